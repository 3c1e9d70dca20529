// Two worlds of the sandbox's people for the leak kit. They differ in patients whom no caller here may see: in the second
// one of them is new, one is changed and partly removed, and both have records that refer to the callers' records.
import type { Resource } from '@medplum/fhirtypes'
import { ROSTER } from '../../sandbox/people/roster.ts'
import { syntheticPeople } from '../../sandbox/people/synthetic-people.ts'
import { startWorld, type World } from '../two-worlds.ts'

export type LeakWorlds = { one: World; other: World; hidden: readonly Resource[]; close(): Promise<void> }

const SEEN = ['ana-ruiz', 'clara-winters', 'idris-kamara', 'mateo-lopez', 'lucia-lopez']
/** In the second world only, and in both. */
const NEW = 'ben-okafor'
const CHANGED = 'daniel-roth'

const to = (reference: string) => ({ reference })
const record = (resource: object) =>
  ({ meta: { lastUpdated: '2026-11-01T06:00:00.000Z' }, ...resource }) as unknown as Resource
const SUGAR = 'Observation/ana-ruiz-glucose-1'

/** Of the hidden patients, around what the callers see. */
const AROUND: readonly Resource[] = [
  record({
    ...{ resourceType: 'Observation', id: 'around-member', status: 'final', code: { text: 'sum' } },
    ...{ subject: to(`Patient/${NEW}`), performer: [to('Patient/ana-ruiz')], hasMember: [to(SUGAR)] },
    ...{ derivedFrom: [to(SUGAR)], encounter: to('Encounter/ana-ruiz-encounter-1'), valueQuantity: { value: 99 } },
  }),
  record({
    ...{ resourceType: 'DiagnosticReport', id: 'around-report', status: 'final', code: { text: 'report' } },
    ...{ subject: to(`Patient/${NEW}`), result: [to(SUGAR)], performer: [to('Practitioner/wei-chen')] },
  }),
  record({
    ...{ resourceType: 'Provenance', id: 'around-provenance', recorded: '2026-01-01T00:00:00Z' },
    ...{ target: [to(SUGAR), to('Observation/around-member')], agent: [{ who: to('Practitioner/wei-chen') }] },
  }),
  record({
    ...{ resourceType: 'List', id: 'around-list', status: 'current', mode: 'working', subject: to('Patient/ana-ruiz') },
    entry: [{ item: to(SUGAR) }, { item: to(`Patient/${NEW}`) }],
  }),
  record({
    ...{ resourceType: 'QuestionnaireResponse', id: 'around-answers', status: 'completed' },
    ...{ subject: to(`Patient/${NEW}`), author: to('Patient/ana-ruiz'), source: to('RelatedPerson/maria-for-mateo') },
  }),
  record({
    ...{ resourceType: 'Account', id: 'around-account', status: 'active' },
    subject: [to('Patient/ana-ruiz'), to(`Patient/${NEW}`)],
  }),
  record({
    ...{ resourceType: 'Task', id: 'around-task', status: 'ready', intent: 'order', for: to(`Patient/${NEW}`) },
    ...{ focus: to(SUGAR), owner: to('Practitioner/wei-chen') },
  }),
  record({
    ...{ resourceType: 'Person', id: 'around-person' },
    link: [{ target: to('Patient/ana-ruiz') }, { target: to(`Patient/${NEW}`) }],
  }),
]

/** Of those who are seen, naming what is hidden: in both worlds. */
const POINTING_OUT: readonly Resource[] = ['ana-ruiz', 'mateo-lopez'].map((patient) =>
  record({
    ...{ resourceType: 'Observation', id: `${patient}-points-out`, status: 'final', code: { text: 'sum' } },
    ...{ subject: to(`Patient/${patient}`), encounter: to(`Encounter/${NEW}-encounter-1`) },
    ...{
      performer: [to(`Patient/${NEW}`)],
      hasMember: [to(`Observation/${NEW}-glucose-1`), to('Observation/nowhere')],
    },
    category: [
      { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/observation-category', code: 'laboratory' }] },
    ],
  }),
)

/** @param alsoHidden more records of the second world, which the caller at hand may not see */
export async function startLeakWorlds(lenient: boolean, alsoHidden: readonly Resource[] = []): Promise<LeakWorlds> {
  const people = syntheticPeople()
  const of = (ids: readonly string[]) => people.filter((one) => ids.includes(whoseOf(one)))
  const shared = people.filter((one) => whoseOf(one) === '' && one.resourceType !== 'Group')
  const seen = [...shared, ...of(SEEN), ...POINTING_OUT]
  const added = [
    ...of([NEW]),
    ...people.filter(({ resourceType }) => resourceType === 'Group'),
    ...AROUND,
    ...alsoHidden,
  ]
  const changed = of([CHANGED])
  const [middle, half] = [Math.floor(seen.length / 2), Math.floor(added.length / 2)]

  const one = await startWorld([...changed, ...seen], lenient)
  const other = await startWorld(
    [...added.slice(0, half), ...changed, ...seen.slice(0, middle), ...added.slice(half), ...seen.slice(middle)],
    lenient,
  )
  await change(other.upstreamUrl, changed)
  return {
    one,
    other,
    // Of records that are hidden from one caller alone a few are lost among all others.
    hidden: alsoHidden.length > 0 ? alsoHidden : [...added, ...changed],
    close: async () => {
      await one.close()
      await other.close()
    },
  }
}

/** Each third record gets a new version, each third is removed. */
async function change(upstreamUrl: string, records: readonly Resource[]): Promise<void> {
  for (const [at, one] of records.entries()) {
    if (at % 3 === 0 || one.resourceType === 'Patient') continue
    const isRemoved = at % 3 === 1
    const answer = await fetch(`${upstreamUrl}/${one.resourceType}/${one.id}`, {
      method: isRemoved ? 'DELETE' : 'PUT',
      headers: { 'content-type': 'application/fhir+json' },
      ...(isRemoved ? {} : { body: JSON.stringify({ ...one, language: 'en' }) }),
    })
    if (!answer.ok) throw new Error(`${one.resourceType}/${one.id}: ${answer.status}`)
  }
}

/** The patient whose record it is, by its speaking id; empty for what belongs to none. */
function whoseOf({ id = '' }: Resource): string {
  if (id === 'maria-for-mateo') return 'mateo-lopez'
  if (id === 'maria-for-lucia') return 'lucia-lopez'
  return ROSTER.find((one) => id === one.id || id.startsWith(`${one.id}-`))?.id ?? ''
}
