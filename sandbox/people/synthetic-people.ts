// All synthetic records of the sandbox, made anew at each start from a fixed seed: same seed and day, same bytes.
import type { Resource } from '@medplum/fhirtypes'
import { careResources } from './care.ts'
import { type Chart, chartOf } from './chart.ts'
import { clinicResources } from './clinicians.ts'
import { allergyResources, conditionResources } from './conditions.ts'
import { documentResources, procedureResources } from './documents.ts'
import { edgeResources } from './edge-records.ts'
import { laboratoryResources } from './laboratory.ts'
import { immunizationResources, medicationRequestResources, medicationResources } from './medications.ts'
import { messyResources } from './messy-records.ts'
import { socialResources, surveyResources } from './observations.ts'
import { encounterResources, parentResources, patientResource, visitsOf } from './patients.ts'
import { createRandom } from './random.ts'
import { ROSTER, type RosterEntry } from './roster.ts'
import { vitalResources } from './vital-signs.ts'

const SEED = 'harbour clinic 1'

/** The day that ages, visits and results are counted back from, unless a caller names another. */
export const SYNTHETIC_TODAY = '2026-11-01'

/**
 * Every record, in an order where most references point backwards.
 *
 * @param today YYYY-MM-DD
 */
export function syntheticPeople(today: string = SYNTHETIC_TODAY): Resource[] {
  const resources = [
    ...clinicResources(),
    ...medicationResources(),
    ...ROSTER.flatMap((person, at) => recordsOf(person, at + 1, today)),
    ...parentResources(),
    ...edgeResources(today),
    ...messyResources(today),
  ]
  const lastUpdated = `${today}T06:00:00.000Z`
  return resources.map((resource) => ({ ...resource, meta: { ...resource.meta, lastUpdated } }))
}

function recordsOf(person: RosterEntry, number: number, today: string): Resource[] {
  // One stream a person: adding somebody changes nobody else.
  const random = createRandom(`${SEED} ${person.id}`)
  const patient = patientResource(person, number, random, today)
  const chart = chartOf(person, random, today, visitsOf(person, random, today))
  return [patient, ...PARTS.flatMap((part) => part(chart))]
}

const PARTS: readonly ((chart: Chart) => Resource[])[] = [
  encounterResources,
  conditionResources,
  allergyResources,
  vitalResources,
  laboratoryResources,
  socialResources,
  surveyResources,
  medicationRequestResources,
  immunizationResources,
  procedureResources,
  documentResources,
  careResources,
]
