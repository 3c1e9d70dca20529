// `explain replay`: what other scopes or settings would have decided, from the proxy's log of decisions.
import { parseEnv } from 'node:util'
import { z } from 'zod'
import { type DecisionLine, isSame, type Outcome, type Policy, replay } from '../../smart/audit/decision-line.ts'
import { parsePolicy } from '../../smart/plan/policy.ts'
import { type Command, readText, textOf, UsageError } from './command.ts'

const BASES = ['https://fhir.example']
const NOTHING: Changed = { settings: {} }

const Line = z.object({
  client: z.string(),
  request: z.string(),
  scope: z.string(),
  person: z.enum(['Patient', 'Practitioner', 'RelatedPerson']).optional(),
  patient: z.enum(['none', 'own', 'other']),
  reach: z.union([z.enum(['all', 'none']), z.number().int().min(0).max(1_000_000)]),
  decision: z.enum(['allowed', 'denied']),
  reason: z.custom<NonNullable<DecisionLine['reason']>>((value) => typeof value === 'string').optional(),
  needs: z.string().optional(),
  shape: z.array(z.string()),
  isExact: z.boolean(),
})
const Stated = z.object({ policy: z.record(z.string(), z.string()) })

/** Requests of one kind that would be decided otherwise. */
type Change = { client: string; request: string; scope: string; from: string; to: string; count: number }

export type Replayed = {
  decisions: number
  /** Hung on what the FHIR server was found to do, on roles, or on whom a request named: not asked again. */
  notAskedAgain: number
  changes: readonly Change[]
}

export const replayCommand: Command = {
  name: 'explain replay',
  usage: 'FILE [--scope "SCOPES"] [--settings FILE] [--client ID]',
  about: 'which requests in the proxy’s log (DECISION_LOG=true) other scopes or settings would decide otherwise',
  words: 1,
  options: { scope: { type: 'string' }, settings: { type: 'string' }, client: { type: 'string' } },
  async run({ words: [file = ''], options }) {
    const [scope, settings, client] = ['scope', 'settings', 'client'].map((name) => textOf(options, name))
    if (scope === undefined && settings === undefined)
      throw new UsageError('--scope or --settings is needed: under what is it to be asked again?')
    const changed = settings === undefined ? {} : parseEnv(await readText(settings))
    const value = replayLog(await readText(file), { settings: changed, scope, client })
    return { value, lines: linesOf(value) }
  },
}

/** `scope`: in place of all that there were. `client`: whose decisions alone are looked at. */
type Changed = { settings: Settings; scope?: string | undefined; client?: string | undefined }
type Settings = Partial<Record<string, string>>

export function replayLog(log: string, changed: Changed): Replayed {
  const changes = new Map<string, Change>()
  let [decisions, notAskedAgain] = [0, 0]
  let [before, after] = [policyOf({}, NOTHING), policyOf({}, changed)]
  for (const entry of entriesIn(log)) {
    const stated = Stated.safeParse(entry)
    if (stated.success) {
      const { policy } = stated.data
      ;[before, after] = [policyOf(policy, NOTHING), policyOf(policy, changed)]
    }
    const parsed = Line.safeParse(entry)
    if (!parsed.success || (changed.client !== undefined && parsed.data.client !== changed.client)) continue
    decisions += 1
    const line = parsed.data as DecisionLine
    const [asItWas, asItWouldBe] = [replay(line, before), replay(line, after)]
    if (!line.isExact || asItWas === undefined || asItWouldBe === undefined || !isSame(line, asItWas))
      notAskedAgain += 1
    else if (!isSame(asItWas, asItWouldBe)) count(changes, line, asItWouldBe)
  }
  return { decisions, notAskedAgain, changes: [...changes.values()].sort((one, other) => other.count - one.count) }
}

function count(changes: Map<string, Change>, line: DecisionLine, to: Outcome): void {
  const { client, request, scope } = line
  const change = { client, request, scope, from: told(line), to: told(to) }
  const key = JSON.stringify(change)
  changes.set(key, { ...change, count: (changes.get(key)?.count ?? 0) + 1 })
}

function told({ decision, reason, needs, shape }: Outcome): string {
  if (decision === 'allowed') return `allowed: ${shape.join(' and ')}`
  return `denied: ${reason}${needs === undefined ? '' : `, needs ${needs}`}`
}

/** The settings that the log states, and over them the changed ones. @throws UsageError that names what is wrong */
function policyOf(stated: Settings, changed: Changed): Policy {
  const parsed = parsePolicy({ ...stated, ...changed.settings }, BASES)
  if (!parsed.ok) throw new UsageError(parsed.faults.join('\n'))
  const { practitionerReach, ...policy } = parsed.policy
  // What the old one came to stands in each line.
  const isChanged = changed.settings.PRACTITIONER_REACH !== undefined && practitionerReach !== undefined
  return {
    ...policy,
    ...(isChanged ? { practitionerReach } : {}),
    ...(changed.scope === undefined ? {} : { scope: changed.scope }),
  }
}

/** Lines that are no JSON are none of the proxy's. */
function entriesIn(log: string): unknown[] {
  return log.split('\n').flatMap((line) => {
    try {
      return line.startsWith('{') ? [JSON.parse(line)] : []
    } catch {
      return []
    }
  })
}

function linesOf({ decisions, notAskedAgain, changes }: Replayed): string[] {
  const otherwise = changes.reduce((sum, one) => sum + one.count, 0)
  return [
    `${decisions} decisions, ${otherwise} would be otherwise, ${notAskedAgain} cannot be asked again`,
    ...changes.flatMap(({ client, request, scope, from, to, count }) => [
      `${count} × ${client}: ${request}`,
      `  scope     ${scope}`,
      `  was       ${from}`,
      `  would be  ${to}`,
    ]),
  ]
}
