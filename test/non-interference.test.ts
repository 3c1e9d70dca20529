// Two worlds that differ only in records of a patient whom the caller may not see: every answer is the same, byte by byte.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { ALICE, type Caller, own, seenIn, startWorld, type World, withForeign } from './two-worlds.ts'

const CALLERS: readonly [string, Caller][] = [
  ['a patient', ALICE],
  ['a relative scope', { ...ALICE, scope: 'patient/Observation.rs patient/Provenance.rs patient/Encounter.r' }],
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
})
