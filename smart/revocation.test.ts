import { describe, expect, test } from '@jest/globals'
import {
  bucketOf,
  bucketsBetween,
  REVOCATION_SECONDS,
  type Revocation,
  revocationKey,
  revocationList,
} from './revocation.ts'

const NOW = Date.UTC(2026, 2, 1, 9, 30, 20) / 1000
const claims = { jti: 'j', gid: 'g', client_id: 'app', sub: 'ana', iat: NOW }

function listOf(...revocations: Revocation[]) {
  const list = revocationList()
  for (const revocation of revocations) list.add(revocation)
  return list
}

describe('REF-06: what is revoked', () => {
  test.each<[string, Revocation, boolean]>([
    ['the token', { kind: 'token', id: 'j', at: NOW + 5 }, true],
    ['another token', { kind: 'token', id: 'k', at: NOW + 5 }, false],
    ['the grant, even of a token issued since by a slower replica', { kind: 'grant', id: 'g', at: NOW - 5 }, true],
    ['a token whose id is that of a grant', { kind: 'grant', id: 'j', at: NOW }, false],
    ['what the grant gave until then', { kind: 'grant-tokens', id: 'g', at: NOW }, true],
    ['what the grant gave before', { kind: 'grant-tokens', id: 'g', at: NOW - 1 }, false],
    ['what another grant gave', { kind: 'grant-tokens', id: 'h', at: NOW }, false],
    ['the client, until then', { kind: 'client', id: 'app', at: NOW }, true],
    ['the client, before the token was issued', { kind: 'client', id: 'app', at: NOW - 1 }, false],
    ['the person, until then', { kind: 'user', id: 'ana', at: NOW + 1 }, true],
    ['everything, until then', { kind: 'all', id: 'all', at: NOW }, true],
    ['another person', { kind: 'user', id: 'ben', at: NOW + 1 }, false],
  ])('%s', (_name, revocation, isRevoked) => expect(listOf(revocation).isRevoked(claims)).toBe(isRevoked))

  test('the later of two entries counts', () => {
    const list = listOf({ kind: 'user', id: 'ana', at: NOW }, { kind: 'user', id: 'ana', at: NOW - 100 })
    expect(list.isRevoked(claims)).toBe(true)
  })
  test('an entry is forgotten when no token of its time can live', () => {
    const list = listOf({ kind: 'grant', id: 'g', at: NOW })
    list.forget(NOW + REVOCATION_SECONDS)
    expect(list.isRevoked(claims)).toBe(true)
    list.forget(NOW + REVOCATION_SECONDS + 1)
    expect(list.isRevoked(claims)).toBe(false)
  })
})

test('buckets are minutes, both ends included', () => {
  expect(bucketOf(NOW)).toBe('2026-03-01T09:30')
  expect(bucketsBetween(NOW - 70, NOW)).toEqual(['2026-03-01T09:29', '2026-03-01T09:30'])
  expect(bucketsBetween(NOW - 20, NOW + 40)).toEqual(['2026-03-01T09:30', '2026-03-01T09:31'])
})
test('an id of any characters is a valid row key of Azure tables', () => {
  expect(revocationKey({ kind: 'client', id: 'a/b#c?d\\e' })).not.toMatch(/[/\\#?]/)
})
