// Which records a caller sees: some of each type, found by asking the first world.

import { createAsk, type Endpoint } from './endpoint.ts'
import { recordsIn } from './known.ts'

const TYPES = [
  ...['AllergyIntolerance', 'CarePlan', 'CareTeam', 'Condition', 'Coverage', 'Device', 'DiagnosticReport'],
  ...['DocumentReference', 'Encounter', 'Goal', 'Immunization', 'Location', 'Medication', 'MedicationRequest'],
  ...['Observation', 'Organization', 'Patient', 'Practitioner', 'Procedure', 'Provenance', 'RelatedPerson'],
]
const OF_EACH = 6

/** Parsed records. Types that the caller may not search give none. */
export async function findOwnRecords(endpoint: Endpoint): Promise<unknown[]> {
  const ask = createAsk(endpoint)
  try {
    const records: unknown[] = []
    for (const type of TYPES) {
      const { status, body } = await ask({ method: 'GET', target: `/${type}?_count=${OF_EACH}` })
      if (status === 200) records.push(...recordsIn(JSON.parse(Buffer.from(body, 'latin1').toString('utf8'))))
    }
    return records
  } finally {
    ask.close()
  }
}
