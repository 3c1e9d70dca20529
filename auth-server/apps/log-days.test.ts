import { describe, expect, test } from '@jest/globals'
import type { GrantRecord } from '../grants/grants.ts'
import type { AccessLine } from './access-lines.ts'
import { logDays, told } from './log-days.ts'

const LAB = 'patient/Observation.rs?category=http://terminology.hl7.org/CodeSystem/observation-category|laboratory'
const line = (more: Partial<AccessLine> = {}): AccessLine => ({
  id: 'e',
  at: '2026-05-03T08:00:00.000Z',
  deed: 'saw',
  clientId: 'app',
  person: 'Patient/ana',
  subject: 'ana',
  types: [{ type: 'Observation', count: 3 }],
  request: 'r',
  ...more,
})
const grant = (more: Partial<GrantRecord> = {}): GrantRecord => ({
  grantId: 'g',
  clientId: 'app',
  sub: 'ana',
  persona: { record: 'Patient/ana', source: 'links' },
  context: { person: 'Patient/ana', patient: 'ana', fhirUser: 'Patient/ana' } as GrantRecord['context'],
  scopes: [LAB, 'patient/Goal.rs', 'offline_access'],
  since: '2026-05-03T07:30:00.000Z',
  ...more,
})
const tell = (of: AccessLine, ...grants: GrantRecord[]) => told(of, grants, 'UTC')

describe('SEED-66: what a grant tells of an access', () => {
  test.each<[string, GrantRecord, Partial<AccessLine>, boolean]>([
    ['within the life of its first token', grant(), {}, false],
    ['later', grant({ since: '2026-05-03T06:59:00.000Z' }), {}, true],
    ['later, of an app that may not come back', grant({ since: '2026-05-01T00:00:00Z', scopes: [LAB] }), {}, false],
    ['of another app', grant({ since: '2026-05-01T00:00:00Z', clientId: 'other' }), {}, false],
    ['of somebody else with the same app', grant({ since: '2026-05-01T00:00:00Z' }), { subject: 'ben' }, false],
    ['before it was given', grant({ since: '2026-05-04T00:00:00Z' }), {}, false],
  ])('the app came back by itself: %s', (_name, given, of, expected) => {
    expect(tell(line(of), given).isWithoutSignIn).toBe(expected)
  })

  test.each<[string, Partial<GrantRecord>, string | undefined]>([
    ['one category alone', {}, 'laboratory'],
    ['all of the type', { scopes: ['patient/Observation.rs'] }, undefined],
    ['another one too', { scopes: [LAB, LAB.replace('laboratory', 'vital-signs')] }, undefined],
    ['everything', { scopes: [LAB, 'patient/*.rs'] }, undefined],
    ['narrowed since', { narrowedAt: '2026-05-03T09:00:00.000Z' }, undefined],
  ])('which kind it was: %s', (_name, given, expected) => {
    expect(tell(line(), grant(given)).types[0]?.category).toBe(expected)
  })
})

test('by day there, by who it was, and what was done within a minute is one line', async () => {
  const lines = [
    line({ at: '2026-05-03T22:30:10.000Z', request: 'c' }),
    line({ at: '2026-05-03T22:30:05.000Z', types: [{ type: 'Observation', count: 2 }], request: 'b' }),
    line({ at: '2026-05-03T22:30:01.000Z', person: 'Practitioner/wei' }),
    line({ at: '2026-05-03T21:00:00.000Z', deed: 'tried' }),
  ].map((one) => told(one, [], 'Europe/Madrid'))
  const days = await logDays(lines, async ({ person }) => ({ role: 'staff', name: String(person) }))
  expect(days.map(({ day, groups }) => [day, groups.map((group) => [group.actor.name, group.lines.length])])).toEqual([
    [
      '2026-05-04',
      [
        ['Patient/ana', 1],
        ['Practitioner/wei', 1],
      ],
    ],
    ['2026-05-03', [['Patient/ana', 1]]],
  ])
  expect(days[0]?.groups[0]).toMatchObject({
    lines: [{ types: [{ type: 'Observation', count: 5 }] }],
    requests: ['c', 'b'],
  })
})
