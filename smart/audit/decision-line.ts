// What was decided, as a line of a log that tells nothing of anybody, and what would be decided in its place under other
// rules. Only what a request, its scopes and the settings decide can be asked again: not whether a record was there. Pure.

import { type Access, compileAccess, type PersonReference } from '../access/access.ts'
import type { PractitionerReach, Reach } from '../access/reach.ts'
import { parseScope, printScope } from '../access/scope.ts'
import { compileCondition } from '../fhir/condition.ts'
import type { Interaction } from '../fhir/interaction.ts'
import type { DenyReason } from '../plan/deny.ts'
import { needsReach, type Plan, type PlanSettings, plan } from '../plan/plan.ts'
import { shapeOf } from '../plan/plan-shape.ts'
import { interactionOf, PATIENT, requestWords } from './request-words.ts'

export type DecisionLine = {
  client: string
  /** As request-words.ts writes it. */
  request: string
  /** Without ids that its filters name. */
  scope: string
  /** What acts; none: the client for itself. */
  person?: PersonReference['type']
  /** Whose launch it is: nobody's, the person's own, or somebody else's. */
  patient: 'none' | 'own' | 'other'
  /** How many patients the person reaches, where that was asked. */
  reach: 'all' | 'none' | number
  decision: 'allowed' | 'denied'
  reason?: DenyReason
  /** The least scope that would have passed. */
  needs?: string
  /** What it came to: plan-shape.ts. */
  shape: readonly string[]
  /** Whether it was found to be decided alike when it is asked again from this line. */
  isExact: boolean
}

export type Decided = { client: string; scope: string; access: Access; reach: Reach; interaction: Interaction }

/** @returns undefined for what no scope decides */
export function decisionLine({ client, scope, access, reach, interaction }: Decided, settings: PlanSettings) {
  const request = requestWords(interaction)
  if (request === undefined) return undefined
  const { person } = access.who
  const isOwn = person?.type === 'Patient' && person.id === access.patient
  const line: Omit<DecisionLine, 'isExact'> = {
    client,
    request,
    scope: scopeWords(scope),
    ...(person === undefined ? {} : { person: person.type }),
    patient: access.patient === undefined ? 'none' : isOwn ? 'own' : 'other',
    reach: reach.kind === 'patients' ? reach.ids.size : reach.kind,
    ...outcomeOf(plan(access, reach, interaction, settings)),
  }
  const again = replay(line, { settings })
  return { ...line, isExact: again !== undefined && isSame(line, again) } satisfies DecisionLine
}

export type Policy = {
  settings: PlanSettings
  /** In place of the scopes that were there. */
  scope?: string
  practitionerReach?: PractitionerReach
}

export type Outcome = Pick<DecisionLine, 'decision' | 'reason' | 'needs' | 'shape'>

/** @returns undefined when the line cannot be read, or what is asked hangs on records */
export function replay(line: Omit<DecisionLine, 'isExact'>, policy: Policy): Outcome | undefined {
  const interaction = interactionOf(line.request)
  if (interaction === undefined) return undefined
  const own = line.patient === 'own' ? PATIENT : 'person'
  const access = compileAccess({
    client_id: line.client,
    scope: policy.scope ?? line.scope,
    ...(line.patient === 'none' ? {} : { patient: PATIENT }),
    ...(line.person === undefined ? {} : { person: `${line.person}/${own}` }),
  })
  const reach = reachOf(line, policy)
  if (reach === undefined && needsReach(access, interaction)) return undefined
  return outcomeOf(plan(access, reach ?? { kind: 'none' }, interaction, policy.settings))
}

export function isSame(one: Outcome, other: Outcome): boolean {
  return one.decision === other.decision && one.reason === other.reason && one.shape.join() === other.shape.join()
}

/** Undefined: whom a panel holds is in records, and was not asked then. */
function reachOf(
  { person, reach }: Pick<DecisionLine, 'person' | 'reach'>,
  { practitionerReach }: Policy,
): Reach | undefined {
  const changed = person === 'Practitioner' ? practitionerReach : undefined
  if (changed === 'panel' && typeof reach !== 'number') return undefined
  const kind = changed === undefined || changed === 'panel' ? reach : changed
  if (kind === 'all' || kind === 'none') return { kind }
  const others = Array.from({ length: Math.max(0, kind - 1) }, (_one, at) => `reached-${at}`)
  return { kind: 'patients', ids: new Set(kind === 0 ? [] : [PATIENT, ...others]) }
}

function outcomeOf(decided: Plan): Outcome {
  const shape = shapeOf(decided)
  if (decided.kind !== 'deny') return { decision: 'allowed', shape }
  const { reason, smallestScope } = decided
  return { decision: 'denied', reason, ...(smallestScope === undefined ? {} : { needs: smallestScope }), shape }
}

/** Filters name codes, times, and now and then a record: whose that is does not belong in a log. */
function scopeWords(scope: string): string {
  return scope.split(' ').map(withoutIds).join(' ')
}

function withoutIds(text: string): string {
  const parsed = parseScope(text)
  if (!parsed.ok) return text.replace(/\?.*$/, '')
  if (parsed.scope.filter.length === 0) return text
  const filter = parsed.scope.filter.map(([parameter, value]): readonly [string, string] => {
    const [first] = compileCondition(parsed.scope.type, parameter, value)?.anyOf ?? []
    if (first?.kind === 'reference') return [parameter, `${first.type}/x`]
    return [parameter, first?.kind === 'token' || first?.kind === 'date' ? value : 'x']
  })
  return printScope({ ...parsed.scope, filter })
}
