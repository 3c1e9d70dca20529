// Two worlds that differ only in records of a patient whom the caller may not see: every answer is the same, byte by byte.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { ALICE, type Caller, own, seenIn, startWorld, type World, withForeign } from './two-worlds.ts'

const CALLERS: readonly [string, Caller][] = [
  ['a patient', ALICE],
  ['a relative scope', { ...ALICE, scope: 'patient/Observation.rs patient/Provenance.rs patient/Encounter.r' }],
  [
    'scopes with several conditions',
    {
      ...ALICE,
      scope:
        'patient/Patient.rs patient/Encounter.rs patient/Observation.rs?category=http://c|lab patient/Observation.rs?performer=Practitioner/wei,Patient/bob',
    },
  ],
  ['a clinician with one patient', { scope: 'user/*.rs', person: 'Practitioner/ann' }],
  ['a clinician without a panel', { scope: 'user/*.rs patient/*.rs', person: 'Practitioner/nobody', patient: 'alice' }],
]

const REQUESTS = [
  'Observation',
  'Observation?_count=1',
  'Observation?_summary=count',
  'Observation?_sort=-_lastUpdated&_include=Observation:subject',
  'Observation?_include=Observation:performer&_include=Observation:encounter&_include=Observation:has-member',
  'Observation?_include:iterate=Observation:has-member&_include:iterate=Encounter:part-of',
  'Observation?_revinclude=Provenance:target&_revinclude=Observation:has-member',
  'Observation?_count=1&_revinclude=Provenance:target&_revinclude:iterate=Provenance:target',
  'Encounter?_revinclude=Observation:encounter&_revinclude=MedicationRequest:encounter&_revinclude=Encounter:part-of',
  'Patient?_revinclude=Provenance:target&_revinclude=Observation:subject&_revinclude=Observation:performer',
  'Practitioner?_revinclude=Patient:general-practitioner&_revinclude=Observation:performer',
  'Medication?_revinclude=MedicationRequest:medication',
  'Organization?_revinclude=Encounter:service-provider&_revinclude:iterate=Provenance:target',
  'Practitioner?_revinclude=Provenance:agent',
  'Observation?encounter.status=finished',
  'Observation?encounter.service-provider.name=Ward&_count=1',
  'Observation?performer:Patient._id=bob',
  'Observation?has-member.patient._id=bob',
  'Practitioner?_has:Patient:general-practitioner:_id=bob',
  'Patient?_has:Observation:performer:_has:Observation:has-member:_id=of-bob',
  'Encounter?_has:Observation:encounter:_id=gone&_include=Encounter:part-of',
  'Patient/alice/Observation',
  'Patient/alice/Observation?_count=1&_revinclude=Provenance:target',
  'Patient/bob/Observation',
  'Patient/alice/Practitioner',
  'Patient/alice/*',
  'Practitioner/wei/Observation',
  'Observation/sugar/_history',
  'Observation/of-bob/_history',
  'Patient/bob/_history',
  'Observation/_history',
  '_history',
  '?_type=Observation,Encounter',
  '?_type=Practitioner,Organization',
  '?_summary=count',
  'Observation/of-bob',
  'Observation/gone',
  'Provenance/of-both',
  'Provenance/of-bobs',
  'Provenance/of-sugar',
  'Provenance/of-nothing-there',
] as const

const IDS = ['alice', 'bob', 'sugar', 'salt', 'of-bob', 'gone', 'visit', 'visit-of-bob', 'wei', 'of-both', 'nothing']

/** Of each type: what it can be followed by, and what it can be searched by. */
const ASKED: Readonly<Record<string, { includes: readonly string[]; criteria: readonly string[] }>> = {
  Observation: {
    includes: ['subject', 'performer', 'encounter', 'has-member'].map((name) => `_include=Observation:${name}`),
    criteria: [
      ...['patient', 'subject', 'encounter', 'performer', 'has-member', '_id'],
      ...['encounter._id', 'encounter.part-of', 'encounter.service-provider._id', 'patient._id'],
      ...['performer:Patient._id', 'performer:Practitioner._id', 'has-member:Observation.patient'],
      ...['has-member:Observation._has:Observation:has-member:_id', '_has:Observation:has-member:_id'],
    ],
  },
  Encounter: {
    includes: [
      '_include=Encounter:part-of',
      '_include=Encounter:service-provider',
      '_revinclude=Observation:encounter',
    ],
    criteria: ['patient', 'part-of', '_id', 'part-of._id', 'part-of.patient', '_has:Observation:encounter:_id'],
  },
  Patient: {
    includes: ['Observation:subject', 'Observation:performer', 'Encounter:patient'].map(
      (name) => `_revinclude=${name}`,
    ),
    criteria: [
      ...['general-practitioner', '_id', 'general-practitioner:Practitioner._id', '_has:Observation:performer:_id'],
      ...['_has:Observation:patient:_id', '_has:Observation:patient:encounter._id'],
    ],
  },
  Practitioner: {
    includes: ['Patient:general-practitioner', 'Observation:performer'].map((name) => `_revinclude=${name}`),
    criteria: ['_id', '_has:Observation:performer:_id', '_has:Patient:general-practitioner:_id'],
  },
  MedicationRequest: {
    includes: ['_include=MedicationRequest:medication', '_include=MedicationRequest:encounter'],
    criteria: ['patient', 'encounter', '_id', 'encounter._id', 'encounter.patient'],
  },
  Medication: {
    includes: ['_revinclude=MedicationRequest:medication'],
    criteria: ['_id', '_has:MedicationRequest:medication:_id', '_has:MedicationRequest:medication:encounter._id'],
  },
}
const ALL_TYPES = [
  '_revinclude=Provenance:target',
  '_include:iterate=Observation:has-member',
  '_include:iterate=Encounter:part-of',
  '_revinclude:iterate=Observation:encounter',
  '_revinclude:iterate=MedicationRequest:encounter',
  '_revinclude:iterate=Provenance:target',
  '_count=1',
  '_count=2',
  '_sort=-_id',
  '_total=accurate',
  '_summary=count',
  '_elements=id',
]
const someType = fc.constantFrom(...Object.keys(ASKED))
const someSearch = fc.constantFrom(...Object.entries(ASKED)).chain(([type, { includes, criteria }]) => {
  const criterion = fc.tuple(fc.constantFrom(...criteria), fc.constantFrom(...IDS)).map((pair) => pair.join('='))
  return fc
    .tuple(
      fc.oneof({ weight: 4, arbitrary: fc.constant('') }, fc.constantFrom('Patient/alice/', 'Patient/bob/')),
      fc.array(fc.constantFrom(...includes, ...ALL_TYPES), { minLength: 1, maxLength: 4 }),
      fc.oneof({ weight: 2, arbitrary: fc.constant<string[]>([]) }, fc.array(criterion, { maxLength: 2 })),
    )
    .map(([compartment, shape, conditions]) => `${compartment}${type}?${[...shape, ...conditions].join('&')}`)
})
const someRecord = fc
  .tuple(someType, fc.constantFrom(...IDS), fc.constantFrom('', '/_history', '/_history/1'))
  .map((parts) => parts.join('/').replace('//', '/').replace(/\/$/, ''))
const someRequest = fc.oneof({ weight: 4, arbitrary: someSearch }, someRecord)

describe.each([
  ['strict', false],
  ['lenient', true],
])('SEED-42, before a %s server', (_name, lenient) => {
  let without: World
  let beside: World
  beforeAll(async () => {
    without = await startWorld(own, lenient)
    beside = await startWorld(withForeign(), lenient)
  })
  afterAll(async () => {
    await without.close()
    await beside.close()
  })

  test.each(CALLERS.flatMap(([who, caller]) => REQUESTS.map((path) => [who, path, caller] as const)))(
    '%s: %s',
    async (_who, path, caller) => {
      const [one, other] = [await without.get(path, caller), await beside.get(path, caller)]
      expect(seenIn(other, beside)).toEqual(seenIn(one, without))
      expect([...without.alarms, ...beside.alarms]).toEqual([])
    },
  )

  test.each(CALLERS)(
    '%s: whatever is asked, on all pages',
    async (_who, caller) => {
      await fc.assert(
        fc.asyncProperty(someRequest, async (path) => {
          let [one, other] = [await without.get(path, caller), await beside.get(path, caller)]
          for (let pages = 0; pages < 4; pages += 1) {
            expect(seenIn(other, beside)).toEqual(seenIn(one, without))
            const [next, otherNext] = [nextOf(one.body), nextOf(other.body)]
            if (next === undefined || otherNext === undefined) break
            one = await without.get(next, caller)
            other = await beside.get(otherNext, caller)
          }
        }),
        { numRuns: 150 },
      )
      expect([...without.alarms, ...beside.alarms]).toEqual([])
    },
    60_000,
  )
})

function nextOf({ link }: { link?: { relation: string; url: string }[] }): string | undefined {
  return link?.find(({ relation }) => relation === 'next')?.url
}
