import { expect, test } from '@jest/globals'
import type { EndedGrant, GrantRecord } from '../grants/grants.ts'
import { recentChoices, recentFirst } from './recent-choices.ts'

const grant = (record: string, patient: string, since: string, lastUsed?: string): GrantRecord => ({
  grantId: `${record} ${patient} ${since}`,
  clientId: 'app',
  sub: 'sub',
  persona: { record, source: 'links' },
  context: { person: record, fhirUser: record, patient },
  scopes: [],
  since,
  ...(lastUsed === undefined ? {} : { lastUsed }),
})

test('by last use, each once, ended access among them; patients of one persona alone', async () => {
  const ended: EndedGrant = { ...grant('Practitioner/1', 'carl', '2026-04-01'), ended: '2026-04-02', wasStopped: true }
  const { personas, patientsOf } = await recentChoices(
    {
      of: async () => [
        grant('RelatedPerson/1', 'mateo', '2026-03-01'),
        grant('Practitioner/1', 'ana', '2026-01-01', '2026-05-01'),
        grant('Practitioner/1', 'carl', '2026-02-01'),
      ],
      endedOf: async () => [ended],
    },
    'sub',
  )
  expect(personas).toEqual(['Practitioner/1', 'RelatedPerson/1'])
  expect(patientsOf('Practitioner/1')).toEqual(['ana', 'carl'])
  expect(patientsOf('RelatedPerson/1')).toEqual(['mateo'])
  expect(patientsOf('Patient/1')).toEqual([])
})

test('those named come first, the rest keeps its order', () => {
  expect(recentFirst(['a', 'b', 'c', 'd'], (one) => one, ['c', 'x', 'b'])).toEqual(['c', 'b', 'a', 'd'])
})
