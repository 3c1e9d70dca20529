// The settings of the proxy that decide, read from their text: for whoever asks what others would have decided. Pure.

import type { Policy } from '../audit/decision-line.ts'
import { DEFAULT_RULES } from '../fhir/compartment.ts'
import { mayBeShared } from '../fhir/shared-types.ts'
import { DEFAULT_OPERATIONS, parseStatedRule } from './plan-operation.ts'

export type ParsedPolicy = { ok: true; policy: Policy } | { ok: false; faults: string[] }

export type PolicySetting = 'PRACTITIONER_REACH' | 'PANEL_LIMIT' | 'OPERATIONS' | 'SHARED_TYPES' | 'COMPARTMENT'

/**
 * @param stated by their names, as in the environment; others are left alone
 * @param bases base URLs under which a reference means a record of ours
 */
export function parsePolicy(stated: Readonly<Partial<Record<string, string>>>, bases: readonly string[]): ParsedPolicy {
  const faults: string[] = []
  const shared = listOf(stated.SHARED_TYPES)
  const operations = listOf(stated.OPERATIONS)?.map((text) => ({ text, rule: parseStatedRule(text) }))
  for (const type of shared ?? []) if (!mayBeShared(type)) faults.push(`SHARED_TYPES: ${type} cannot be shared`)
  for (const { text, rule } of operations ?? [])
    if (rule === undefined) faults.push(`OPERATIONS: ${text} states no rule`)
  const { PANEL_LIMIT: limit = '500', COMPARTMENT: definition = 'subject', PRACTITIONER_REACH: reach } = stated
  if (!/^[1-9]\d{0,5}$/.test(limit)) faults.push('PANEL_LIMIT: is a number from 1')
  if (definition !== 'subject' && definition !== 'full') faults.push('COMPARTMENT: is subject or full')
  if (reach !== undefined && reach !== 'none' && reach !== 'panel' && reach !== 'all')
    faults.push('PRACTITIONER_REACH: is none, panel or all')
  if (faults.length > 0) return { ok: false, faults }
  const settings: Policy['settings'] = {
    panelLimit: Number(limit),
    bases,
    compartment: {
      shared: shared === undefined ? DEFAULT_RULES.shared : new Set(shared),
      definition: definition === 'full' ? 'full' : 'subject',
    },
    operations:
      operations === undefined
        ? DEFAULT_OPERATIONS
        : new Map(operations.flatMap(({ rule }) => (rule === undefined ? [] : [rule]))),
  }
  const isReach = reach === 'none' || reach === 'panel' || reach === 'all'
  return { ok: true, policy: { settings, ...(isReach ? { practitionerReach: reach } : {}) } }
}

/** Undefined: nothing was stated. */
function listOf(text: string | undefined): string[] | undefined {
  if (text === undefined || text === '') return undefined
  const stated = text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
  return stated.length === 1 && stated[0] === 'none' ? [] : stated
}
