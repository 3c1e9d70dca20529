// The processor date-sort before the sandbox's FHIR server: lists in the order of their dates, of the caller's records alone.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Resource } from '@medplum/fhirtypes'
import { type Audit, NO_AUDIT } from '../proxy/audit/audit.ts'
import type { AccessRecord } from '../smart/audit/audit.ts'
import { processorsFor } from './testing/processors-for.ts'
import { until } from './testing/until.ts'
import {
  ALICE,
  type Caller,
  entriesOf,
  FHIR_BASE,
  observation,
  own,
  seenIn,
  startWorld,
  type World,
} from './two-worlds.ts'

const CAP = 450
const NORA: Caller = { scope: 'user/*.rs', person: 'Practitioner/nora' }

const day = (at: number) => new Date(Date.UTC(2020, 0, 1 + at)).toISOString().slice(0, 10)
/** Their ids are in no order, and some are of the other kinds of date. */
const records = (patient: string, count: number): Resource[] =>
  Array.from({ length: count }, (_, at) => {
    const date = day((at * 277) % count)
    const effective = [
      { effectiveDateTime: date },
      { effectivePeriod: { start: date } },
      { effectiveInstant: `${date}T00:00:00Z` },
    ]
    return observation(`${patient}-${at}`, patient, { ...effective[at % 3], valueQuantity: { value: 70.1 } })
  })
const dateOf = ({ effectiveDateTime, effectivePeriod, effectiveInstant }: Record<string, never>): string =>
  String(effectiveDateTime ?? (effectivePeriod as { start?: string } | undefined)?.start ?? effectiveInstant).slice(
    0,
    10,
  )

const meta = { lastUpdated: '2026-01-01T00:00:00.000Z' }
const patient = (id: string) => ({ resourceType: 'Patient', id, meta }) as Resource
const claim = (id: string, created: string) =>
  ({ resourceType: 'Claim', id, meta, created, patient: { reference: 'Patient/alice' } }) as unknown as Resource
const condition = (id: string, dates: object) =>
  ({ resourceType: 'Condition', id, meta, subject: { reference: 'Patient/alice' }, ...dates }) as unknown as Resource

const ALICES = [
  ...records('alice', 430),
  observation('undated', 'alice', { encounter: { reference: 'Encounter/visit' } }),
  ...own.filter(({ resourceType }) => resourceType === 'Encounter' || resourceType === 'Organization'),
  claim('c2', '2026-02-02'),
  claim('c1', '2026-01-01'),
  claim('c3', '2026-03-03'),
  condition('late', { onsetDateTime: '2020-05-05', recordedDate: '2026-01-01' }),
  condition('early', { recordedDate: '2020-01-01' }),
  condition('middle', { onsetPeriod: { start: '2020-03-03' } }),
]
const EVERYONES = [
  patient('bob'),
  ...records('bob', 40),
  patient('alice'),
  ...ALICES,
  ...records('carol', 40),
  patient('carol'),
]

const taken: AccessRecord[] = []
const audit: Audit = { ...NO_AUDIT, isOn: true, take: (all) => void taken.push(...(all as AccessRecord[])) }
let world: World
let without: World
let alone: World
beforeAll(async () => {
  const processors = await processorsFor([{ use: 'date-sort', settings: { cap: CAP } }])
  world = await startWorld(EVERYONES, false, { deps: { processors, audit } })
  without = await startWorld([patient('alice'), ...ALICES], false, { deps: { processors } })
  alone = await startWorld(EVERYONES, false)
})
afterAll(() => Promise.all([world, without, alone].map((one) => one.close())))

const resources = (answer: { body: { entry?: { resource: Record<string, never> }[] } }) =>
  (answer.body.entry ?? []).map(({ resource }) => resource)

test.each([
  ['date', 1],
  ['-date', -1],
])(
  'SEED-53: _sort=%s: all pages as one list, in the order of whatever date they have, hers alone',
  async (sort, sign) => {
    const answer = await world.get(`Observation?_sort=${sort}`)
    expect(answer.status).toBe(200)
    const dates = resources(answer).map(dateOf)
    expect(dates).toHaveLength(431)
    const dated = dates.slice(0, -1)
    expect(dated).toEqual(dated.toSorted((a, b) => (a < b ? -sign : sign)))
    // What has no date comes last.
    expect(resources(answer).at(-1)?.id).toBe('undated')
    expect(answer.text).not.toMatch(/bob|carol/)
    expect(answer.body.link).toEqual([{ relation: 'self', url: `${FHIR_BASE}/Observation?_sort=${sort}` }])
    expect(answer.body.total).toBe((await alone.get('Observation')).body.total)
  },
)

test('SEED-53: each record stands there once, with the digits that the server gave it', async () => {
  const answer = await world.get('Observation?_sort=-date')
  const before = await alone.get('Observation/alice-7')
  expect(answer.text).toContain(before.text)
  expect(new Set(entriesOf(answer, 'match')).size).toBe(431)
})

test('SEED-53: in pages of the app’s own size, which go on from each other', async () => {
  const whole = entriesOf(await world.get('Observation?_sort=-date'), 'match')
  const paged: string[] = []
  let pages = 0
  for (let next: string | undefined = 'Observation?_sort=-date&_count=150'; next !== undefined; pages += 1) {
    const answer = await world.get(next)
    expect(answer.body.entry.length).toBeLessThanOrEqual(150)
    paged.push(...entriesOf(answer, 'match'))
    next = answer.body.link.find(({ relation }: { relation: string }) => relation === 'next')?.url
  }
  expect([pages, paged]).toEqual([3, whole])
})

test.each([
  ['Claim?_sort=-date', ['Claim/c3', 'Claim/c2', 'Claim/c1']],
  ['Condition?_sort=date', ['Condition/early', 'Condition/middle', 'Condition/late']],
  ['Patient/alice/Claim?_sort=date', ['Claim/c1', 'Claim/c2', 'Claim/c3']],
])('SEED-53: %s, which R4 knows no such order of', async (path, expected) => {
  expect((await alone.get(path)).status).toBe(400)
  expect(entriesOf(await world.get(path), 'match')).toEqual(expected)
})

describe('SEED-53: all else is left to the FHIR server, byte for byte', () => {
  test.each([
    'Observation?_sort=_lastUpdated',
    'Observation?_sort=-_lastUpdated&_count=5',
    'Observation?_sort=date,_id&_count=5',
    'Observation?_sort=-date&_sort=_id',
    'Observation?_sort=date&_summary=count',
    'Observation?_sort=date&_count=0',
    'Observation?_sort=updated',
    'Observation?_count=5',
    'Encounter/visit',
    'Claim?_sort=created',
    'Patient?_sort=date',
    'Observation?_offset=5',
    'Observation?_sort=date&_count=ten',
  ])('%s', async (path) => {
    expect(seenIn(await world.get(path), world)).toEqual(seenIn(await alone.get(path), alone))
  })
})

test('SEED-53: beyond the cap the list says that it is cut, and has no total', async () => {
  const answer = await world.get('Observation?_sort=-date', NORA)
  const outcomes = answer.body.entry.filter(({ search }: { search: { mode: string } }) => search.mode === 'outcome')
  expect(outcomes).toEqual([
    {
      resource: {
        resourceType: 'OperationOutcome',
        issue: [{ severity: 'warning', code: 'too-costly', diagnostics: expect.stringContaining('450') }],
      },
      search: { mode: 'outcome' },
    },
  ])
  expect(entriesOf(answer, 'match')).toHaveLength(CAP)
  expect(answer.body.total).toBeUndefined()
  const within = await world.get('Observation?_sort=-date')
  expect(within.text).not.toContain('OperationOutcome')
})

test('SEED-53: what comes along comes with the page of what it belongs to', async () => {
  const path = 'Observation?_sort=-date&_include=Observation:encounter&_include:iterate=Encounter:service-provider'
  const all = await world.get(path)
  expect(entriesOf(all, 'include').sort()).toEqual(['Encounter/visit', 'Organization/ward'])
  expect(entriesOf(await world.get(`${path}&_count=2`), 'include')).toEqual([])
  const back = await world.get('Encounter?_sort=date&_count=1&_revinclude=Observation:encounter')
  expect(entriesOf(back, 'include')).toEqual(['Observation/undated'])
})

test('SEED-53: elements that the app leaves out are compared all the same', async () => {
  const answer = await world.get('Observation?_sort=-date&_count=3&_elements=code')
  expect(entriesOf(answer, 'match')).toEqual(entriesOf(await world.get('Observation?_sort=-date&_count=3'), 'match'))
})

test.each([
  'Observation?_sort=-date',
  'Observation?_sort=date&_count=7',
  'Claim?_sort=date',
  'Observation?_sort=date&subject=Patient/bob',
])('non-interference, SEED-39: %s', async (path) => {
  expect(seenIn(await world.get(path), world)).toEqual(seenIn(await without.get(path), without))
})

test('SEED-66: records of further pages are recorded like all that are shown', async () => {
  taken.length = 0
  await world.get('Observation?_sort=-date')
  await until(() => taken.length > 0)
  expect(taken).toHaveLength(1)
  expect(taken[0]?.disclosed).toEqual([{ patient: 'alice', types: { Observation: 431 } }])
  expect(taken[0]?.uri).toContain('Observation')
})

test('a scope that does not allow it is refused as ever', async () => {
  const answer = await world.get('Observation?_sort=date', { ...ALICE, scope: 'patient/Patient.rs' })
  expect([answer.status, answer.headers['www-authenticate']]).toEqual([
    403,
    expect.stringContaining('insufficient_scope'),
  ])
})
