// Which key signs when: the plan of one rotation, its edges, and what is refused.
import { describe, expect, test } from '@jest/globals'
import { type KeyPlan, LAST_TOKEN_SECONDS, parseKeyPlan, planNext, signingOrder } from './key-plan.ts'

const NOON = Date.parse('2026-03-01T12:00:00Z')
const HOUR = 3_600_000
const key = (kid: string, changed: object = {}) => ({ kty: 'EC', kid, alg: 'ES256', d: 'private', ...changed })
const RS = { ...key('rs'), kty: 'RSA', alg: 'RS256' }
const plan = (...keys: object[]): KeyPlan => parseKeyPlan({ keys: [...keys, RS] })
const kids = (keys: readonly { kid: string }[]) => keys.map(({ kid }) => kid)

const ROTATION = plan(key('old'), key('new', { use_from: new Date(NOON).toISOString() }))
const RETIRED = NOON + LAST_TOKEN_SECONDS * 1000

test.each([
  ['before its time the next key is only published', NOON - 1, ['old', 'rs'], ['new'], [], NOON],
  ['from then on it signs, and the old one verifies', NOON, ['new', 'rs'], ['old'], [], RETIRED],
  ['as long as the last token may live', RETIRED - 1, ['new', 'rs'], ['old'], [], RETIRED],
  ['then the old one is gone', RETIRED, ['new', 'rs'], [], ['old'], undefined],
])('SEC-04: %s', (_name, now, signing, published, gone, nextChange) => {
  const order = signingOrder(ROTATION, now)
  expect([kids(order.signing), kids(order.published), kids(order.gone)]).toEqual([signing, published, gone])
  expect(order.nextChange).toBe(nextChange)
})

test('an end that is set counts, for a key that must not be trusted any more', () => {
  const leaked = plan(key('leaked', { retire_at: NOON / 1000 }), key('new', { use_from: NOON / 1000 - 60 }))
  expect(kids(signingOrder(leaked, NOON).gone)).toEqual(['leaked'])
})

test('a next key that is withdrawn takes nobody off', () => {
  const withdrawn = plan(key('old'), key('new', { use_from: NOON / 1000, retire_at: NOON / 1000 - 60 }))
  expect(kids(signingOrder(withdrawn, NOON + 10 * HOUR).signing)).toEqual(['old', 'rs'])
})

test('epoch seconds and ISO 8601 mean the same', () => {
  const [iso, epoch] = [new Date(NOON).toISOString(), NOON / 1000]
  const orders = [iso, epoch].map((use_from) => signingOrder(plan(key('old'), key('new', { use_from })), NOON))
  expect(kids(orders[0]?.signing ?? [])).toEqual(kids(orders[1]?.signing ?? []))
})

describe('planning the next key', () => {
  const next = { kty: 'EC', kid: 'next', alg: 'ES256' as const, d: 'private' }
  test('adds it, and leaves the others as they are', () => {
    const before = plan(key('old'))
    const after = planNext(before, next, new Date(NOON), new Date(NOON + HOUR))
    expect(after.keys.slice(0, 2)).toEqual(before.keys)
    expect(kids(signingOrder(after, NOON).signing)).toEqual(['old', 'rs'])
    expect(kids(signingOrder(after, NOON + HOUR).signing)).toEqual(['next', 'rs'])
  })
  test('is refused while one waits', () => {
    const waiting = plan(key('old'), key('waiting', { use_from: NOON / 1000 + 60 }))
    expect(() => planNext(waiting, next, new Date(NOON), new Date(NOON + HOUR))).toThrow('waiting')
  })
})

test.each([
  ['an algorithm without a key', { keys: [key('one')] }, 'RS256'],
  ['only keys of tomorrow', { keys: [key('one', { use_from: NOON / 1000 + 1 }), RS] }, 'ES256'],
  ['only keys of yesterday', { keys: [key('one', { retire_at: NOON / 1000 }), RS] }, 'ES256'],
  ['one kid twice', { keys: [key('one'), key('one'), RS] }, 'kid'],
  ['a public key', { keys: [{ ...key('one'), d: undefined }, RS] }, 'keys.0.d'],
  ['a date that is none', { keys: [key('one', { use_from: 'tomorrow' }), RS] }, 'use_from'],
  ['no key set', [], ''],
])('refused: %s', (_name, value, named) => {
  const order = () => signingOrder(parseKeyPlan(value), NOON)
  expect(order).toThrow(named)
  expect(order).not.toThrow('private')
})
