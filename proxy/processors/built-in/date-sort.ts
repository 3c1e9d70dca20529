// Lists in the order of their dates, before FHIR servers that cannot sort so (SEED-53): gathered up to a cap, put in order
// and paged here, in the server's own characters.

import type { Interaction, Parameter } from '../../../smart/fhir/interaction.ts'
import { inOrder, type OrderKey, parseOrder } from '../../../smart/fhir/order.ts'
import { operationOutcome } from '../../../smart/fhir/outcome.ts'
import { searchset } from '../../lists/searchset.ts'
import { encodeQuery } from '../../upstream/query.ts'
import { type After, defineProcessor, type Services } from '../processor.ts'
import { belongingTo, entriesOf, type ListEntry } from './list-entries.ts'

/** By which search parameters, the first that a record has a value of. R4 gives Claim and Condition none named `date`. */
const KEYS: Readonly<Record<string, readonly string[]>> = {
  CarePlan: ['date'],
  CareTeam: ['date'],
  Claim: ['created'],
  Condition: ['onset-date', 'recorded-date'],
  DiagnosticReport: ['date'],
  Encounter: ['date'],
  EpisodeOfCare: ['date'],
  Observation: ['date'],
  Procedure: ['date'],
}

/** Asked of the FHIR server at one time. */
const PAGE = 200
/** Far more than a cap of small records comes to. */
const MAX_CHARACTERS = 32 * 1024 * 1024
/** Of a further page: how many come before it. Only in addresses that were made here. */
const OFFSET = '_offset'

export default defineProcessor<{ cap: number }>({
  name: 'date-sort',
  kind: 'convenience',
  timeLimitSeconds: 60,
  settings: (z) => z.strictObject({ cap: z.int().min(1).max(50_000).default(5_000) }),
  create: ({ cap }, { fhirBase }) => ({
    before({ interaction }) {
      const sorted = sortedBy(interaction)
      if (sorted === undefined) return { kind: 'go-on' }
      const { type, key, others } = sorted
      // What is to be compared has to be there.
      const withKey = ([name, value]: Parameter): Parameter =>
        name === '_elements' ? [name, [value, ...key.elements].join()] : [name, value]
      return { kind: 'go-on', path: `${type}?${encodeQuery([...others.map(withKey), ['_count', String(PAGE)]])}` }
    },
    needsWhole: ({ interaction }) => sortedBy(interaction) !== undefined,
    async after({ interaction }, answer, services) {
      const sorted = sortedBy(interaction)
      if (sorted === undefined || answer.kind === 'file') return { kind: 'go-on' }
      const gathered = await gather(answer.body, cap, services)
      if ('kind' in gathered) return gathered
      const { matches, included, isCut } = gathered
      if (isCut) services.log('warn', 'list-cut', { cap })

      const { offset, count = matches.length } = sorted
      const shown = inOrder(matches, [sorted.key]).slice(offset, offset + count)
      const at = (start: number) => `${fhirBase}/${sorted.type}?${addressOf(sorted, start)}`
      const link = [
        { relation: 'self', url: at(offset) },
        ...(offset + count < matches.length ? [{ relation: 'next', url: at(offset + count) }] : []),
        ...(offset > 0 ? [{ relation: 'previous', url: at(Math.max(0, offset - count)) }] : []),
      ]
      const entries = [...shown, ...belongingTo(shown, included)].map(({ text }) => text)
      const { total } = JSON.parse(answer.body) as { total?: unknown }
      const counted = typeof total === 'number' && !isCut ? { total } : {}
      return { kind: 'replace', body: searchset(isCut ? [...entries, remark(cap)] : entries, { link, ...counted }) }
    },
  }),
})

type Sorted = {
  type: string
  key: OrderKey
  sort: string
  others: readonly Parameter[]
  count: number | undefined
  offset: number
}

/** Undefined: another kind of request, or another order. */
function sortedBy(interaction: Readonly<Interaction>): Sorted | undefined {
  if (interaction.kind !== 'search') return undefined
  const { type, parameters } = interaction
  const [sort = '', ...sorts] = valuesOf(parameters, '_sort')
  const [count, ...counts] = valuesOf(parameters, '_count')
  const [offset = '0', ...offsets] = valuesOf(parameters, OFFSET)
  const key = keyOf(type, sort)
  const isOther = sorts.length > 0 || counts.length > 0 || offsets.length > 0 || count === '0'
  const isCountOnly = valuesOf(parameters, '_summary').includes('count')
  if (key === undefined || isOther || isCountOnly || !/^\d{1,6}$/.test(count ?? '1') || !/^\d{1,6}$/.test(offset))
    return undefined
  const others = parameters.filter(([name]) => !['_sort', '_count', OFFSET].includes(name))
  return { type, key, sort, others, count: count === undefined ? undefined : Number(count), offset: Number(offset) }
}

function valuesOf(parameters: readonly Parameter[], name: string): string[] {
  return parameters.filter(([one]) => one === name).map(([, value]) => value)
}

function keyOf(type: string, sort: string): OrderKey | undefined {
  if (sort !== 'date' && sort !== '-date') return undefined
  const keys = (Object.hasOwn(KEYS, type) ? (KEYS[type] ?? []) : []).flatMap((name) => parseOrder(type, name) ?? [])
  if (keys.length === 0) return undefined
  return {
    by: 'date',
    paths: keys.flatMap(({ paths }) => paths),
    elements: keys.flatMap(({ elements }) => elements),
    isDescending: sort === '-date',
  }
}

function addressOf({ others, sort, count }: Sorted, offset: number): string {
  return encodeQuery([
    ...others,
    ['_sort', sort],
    ...(count === undefined ? [] : [['_count', String(count)] as const]),
    ...(offset === 0 ? [] : [[OFFSET, String(offset)] as const]),
  ])
}

type Gathered = { matches: ListEntry[]; included: ListEntry[]; isCut: boolean }

async function gather(first: string, cap: number, { ask }: Services): Promise<Gathered | After> {
  const matches: ListEntry[] = []
  const included = new Map<string, ListEntry>()
  let body = first
  for (let characters = 0; ; ) {
    const list = entriesOf(body)
    matches.push(...list.matches)
    for (const one of list.included) included.set(one.key, one)
    characters += body.length
    if (matches.length > cap || (list.next !== undefined && (matches.length === cap || characters > MAX_CHARACTERS)))
      return { matches: matches.slice(0, cap), included: [...included.values()], isCut: true }
    if (list.next === undefined) return { matches, included: [...included.values()], isCut: false }
    const page = await ask(list.next)
    if (page.status !== 200) return { kind: 'stop', ...page }
    body = page.body
  }
}

function remark(cap: number): string {
  const words = `Of more than ${cap} records the first ${cap} that the FHIR server gave were put in order; ask for less.`
  return `{"resource":${JSON.stringify(operationOutcome('too-costly', words, 'warning'))},"search":{"mode":"outcome"}}`
}
