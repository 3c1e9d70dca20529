// The end that a person chose: no token and no row outlives it.
import { describe, expect, test } from '@jest/globals'
import type { GrantRecord } from './grants.ts'
import { lifetimesOf } from './lifetimes.ts'

const NOW = Date.parse('2026-11-21T12:00:00Z')
const lifetimes = lifetimesOf({ offlineSeconds: 100 * 24 * 3600, onlineIdleSeconds: 5400 }, () => NOW)

function grantUntil(until: string | undefined, scopes: string[] = ['offline_access']): GrantRecord {
  return {
    grantId: 'g',
    clientId: 'app',
    sub: 'ana',
    persona: { record: 'Patient/ana', source: 'links' },
    context: { person: 'Patient/ana', fhirUser: 'Patient/ana' },
    scopes,
    since: '2026-11-21T11:00:00Z',
    ...(until === undefined ? {} : { until }),
  }
}

describe('AUTHZ-21: until', () => {
  test.each([
    ['half an hour left', '2026-11-21T12:30:00Z', 1800, 1800],
    ['a week left', '2026-11-28T12:00:00Z', 3600, 7 * 24 * 3600],
    ['later than a refresh lasts: rolling as ever (REF-04)', '2027-11-21T12:00:00Z', 3600, 100 * 24 * 3600],
    ['none', undefined, 3600, 100 * 24 * 3600],
  ])('%s', (_name, until, access, refresh) => {
    expect(lifetimes.ofAccessToken(grantUntil(until))).toBe(access)
    expect(lifetimes.ofRefreshToken(grantUntil(until))).toBe(refresh)
    expect(lifetimes.ofGrant(grantUntil(until))).toBeGreaterThanOrEqual(access)
    expect(lifetimes.ofGrant(grantUntil(until))).toBeLessThanOrEqual(refresh + 300)
  })
})
