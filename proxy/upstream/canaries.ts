// What the FHIR server behind makes of searches, found out by asking it. Read only; whoever is named does not exist, or is
// in a record that it gave a moment ago. No data proves nothing.

import { randomUUID } from 'node:crypto'
import { elementsAt } from '../../smart/fhir/elements.ts'
import type { Parameter } from '../../smart/fhir/interaction.ts'
import { isId, patientIdOf } from '../../smart/fhir/reference.ts'
import { parseJsonBody } from '../answers/body.ts'
import { linkOf } from '../lists/bundle-pages.ts'
import { encodeQuery } from './query.ts'
import type { Upstream } from './upstream.ts'

/** `ignored`: answered as if it had not been asked. `refused`: with an error. */
export type Finding = 'honoured' | 'ignored' | 'refused' | 'no-data' | 'unknown'

type Found = { kind: 'found'; records: readonly Record<string, unknown>[]; next: string | undefined }
type Asked = Found | { kind: 'refused' | 'unknown' }
export type Ask = (target: string) => Promise<Asked>

export type AskSettings = { upstream: Upstream; upstreamUrl: string; timeoutMilliseconds: number }

export function createAsk({ upstream, upstreamUrl, timeoutMilliseconds }: AskSettings): Ask {
  return async (target) => {
    const answer = await upstream.send({ method: 'GET', target }, AbortSignal.timeout(timeoutMilliseconds))
    if (answer.kind !== 'answer') return { kind: 'unknown' }
    if (answer.status === 400 || answer.status === 404 || answer.status === 422) return { kind: 'refused' }
    const bundle = answer.status === 200 ? (parseJsonBody(answer)?.value as Bundle | undefined) : undefined
    if (bundle?.resourceType !== 'Bundle') return { kind: 'unknown' }
    const records = (bundle.entry ?? []).flatMap((entry) =>
      entry?.search?.mode === 'outcome' ? [] : [entry?.resource ?? {}],
    )
    return { kind: 'found', records, next: linkOf(bundle, 'next', upstreamUrl) }
  }
}

/** Some records of a type. */
export function sampleOf(ask: Ask, type: string): Promise<Asked> {
  return ask(searchFor(type, [], 2))
}

/** Whether a search for a patient who does not exist comes back empty, by each of the parameters that confine. */
export async function confinementOf(
  ask: Ask,
  type: string,
  parameters: readonly string[],
  sample: Asked,
): Promise<Finding> {
  const findings: Finding[] = []
  for (const parameter of parameters) {
    const confined = await ask(
      searchFor(type, [[parameter, parameter === '_id' ? randomUUID() : `Patient/${randomUUID()}`]]),
    )
    if (confined.kind === 'found' && confined.records.length > 0) findings.push('ignored')
    else if (sample.kind !== 'found') findings.push(sample.kind)
    else if (confined.kind !== 'found') findings.push(confined.kind)
    else findings.push(sample.records.length > 0 ? 'honoured' : 'no-data')
  }
  return worstOf(findings)
}

/** Whether values joined by commas are alternatives: patients, where the type is confined to some, and ids. */
export async function alternativesOf(
  ask: Ask,
  type: string,
  row: { parameter: string; path: readonly string[] } | undefined,
  sample: Asked,
  bases: readonly string[],
): Promise<Finding> {
  if (sample.kind !== 'found') return sample.kind
  const findings: Finding[] = []
  if (sample.records.length > 0) {
    const { parameter, path } = row ?? { parameter: '_id', path: [] }
    const name = (id: string) => (parameter === '_id' ? id : `Patient/${id}`)
    const nothing = await ask(searchFor(type, [[parameter, `${name(randomUUID())},${name(randomUUID())}`]]))
    if (isWithout(nothing) !== 'honoured') findings.push(isWithout(nothing))
    const known = sample.records.flatMap((record) => namesIn(record, path, bases))[0]
    if (known !== undefined) {
      const one = await ask(searchFor(type, [[parameter, `${name(randomUUID())},${name(known)}`]]))
      // As one long name it finds nothing.
      findings.push(isWithout(one) === 'honoured' ? 'ignored' : honouredWhere(one))
    }
  }
  const ids = idsOf(sample).slice(0, 2)
  if (ids.length === 2) findings.push(isOf(await ask(searchFor(type, [['_id', ids.join()]], 2)), ids))
  return worstOf(findings)
}

/** A question that must give the record, and its opposite, which must not. */
async function opposites(ask: Ask, id: string, [yes, no]: readonly [Parameter, Parameter]): Promise<Finding> {
  const given = isOf(await ask(searchFor('Patient', [['_id', id], yes])), [id])
  const withheld = isWithout(await ask(searchFor('Patient', [['_id', id], no])))
  return worstOf([given, withheld])
}

const GENDERS = ['female', 'male']

/** What the modifiers that apps may use do, tried on a patient whose gender is known. */
export async function modifiersOf(ask: Ask, patients: Asked): Promise<ReadonlyMap<string, Finding>> {
  const one =
    patients.kind === 'found' ? patients.records.find(({ gender }) => GENDERS.includes(String(gender))) : undefined
  if (one === undefined || typeof one.id !== 'string' || !isId(one.id)) {
    const finding = patients.kind === 'found' ? 'no-data' : patients.kind
    return new Map([
      ['missing', finding],
      ['not', finding],
    ])
  }
  const own = String(one.gender)
  const other = GENDERS.find((gender) => gender !== own) ?? ''
  return new Map([
    [
      'missing',
      await opposites(ask, one.id, [
        ['gender:missing', 'false'],
        ['gender:missing', 'true'],
      ]),
    ],
    [
      'not',
      await opposites(ask, one.id, [
        ['gender:not', other],
        ['gender:not', own],
      ]),
    ],
  ])
}

/** Whether a page of one leads to the next entry, below the base. `ignored`: all came at once. `broken`: it leads nowhere. */
export async function pagingOf(ask: Ask, type: string): Promise<Finding | 'broken'> {
  const first = await ask(searchFor(type, []))
  if (first.kind !== 'found') return first.kind
  if (first.records.length > 1) return 'ignored'
  if (first.next === undefined || first.next === 'elsewhere') return 'broken'
  const second = await ask(first.next)
  if (second.kind !== 'found') return second.kind
  const [before, after] = [idsOf(first)[0], idsOf(second)[0]]
  return after !== undefined && after !== before ? 'honoured' : 'broken'
}

/** Whether a parameter that it does not know is refused, as we ask for (`handling=strict`). */
export async function strictnessOf(ask: Ask): Promise<Finding> {
  const asked = await ask(searchFor('Patient', [['no-such-parameter', 'x']]))
  if (asked.kind === 'found') return 'ignored'
  return asked.kind === 'refused' ? 'honoured' : 'unknown'
}

function searchFor(type: string, query: readonly Parameter[], count = 1): string {
  return `${type}?${encodeQuery([...query, ['_count', String(count)]])}`
}

/** Ids of the patients at the path; without a path that of the record itself. */
function namesIn(record: Record<string, unknown>, path: readonly string[], bases: readonly string[]): string[] {
  const found = path.length === 0 ? [record.id] : elementsAt(record, path).map((one) => patientIdOf(one, bases))
  return found.filter((id): id is string => typeof id === 'string' && isId(id))
}

function idsOf({ records }: Found): string[] {
  return records.map(({ id }) => id).filter((id): id is string => typeof id === 'string' && isId(id))
}

function honouredWhere(asked: Asked): Finding {
  return asked.kind === 'found' ? 'honoured' : asked.kind
}

/** Whether it gives each of these, and no others. */
function isOf(asked: Asked, ids: readonly string[]): Finding {
  if (asked.kind !== 'found') return asked.kind
  const given = idsOf(asked)
  const isRight = given.length === ids.length && ids.every((id) => given.includes(id))
  return isRight ? 'honoured' : 'ignored'
}

function isWithout(asked: Asked): Finding {
  if (asked.kind !== 'found') return asked.kind
  return asked.records.length === 0 ? 'honoured' : 'ignored'
}

const WORST: readonly Finding[] = ['ignored', 'refused', 'unknown', 'no-data', 'honoured']

function worstOf(findings: readonly Finding[]): Finding {
  return WORST.find((finding) => findings.includes(finding)) ?? 'no-data'
}

type Bundle = {
  resourceType?: unknown
  entry?: ({ search?: { mode?: unknown }; resource?: Record<string, unknown> } | null)[]
}
