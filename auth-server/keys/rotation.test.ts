// A rotation as tokens see it, over HTTP: SEED-10. And the watch that carries it out.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { exportJWK, generateKeyPair, type JWK } from 'jose'
import { pino } from 'pino'
import request from 'supertest'
import { memoryStore } from '../storage/memory.ts'
import { requestOwnToken } from '../testing/api-client.ts'
import { type Fixture, startAuthServer } from '../testing/auth-server-fixture.ts'
import { type KeyPlan, LAST_TOKEN_SECONDS, parseKeyPlan, signingOrder } from './key-plan.ts'
import { watchKeys } from './key-watch.ts'
import { type SigningKeys, signingKeysOf } from './signing-keys.ts'

const NOON = Date.parse('2026-03-01T12:00:00Z')
const RETIRED = NOON + LAST_TOKEN_SECONDS * 1000
const log = pino({ level: 'silent' })
let plan: KeyPlan

beforeAll(async () => {
  const jwk = async (kid: string, alg: string): Promise<JWK> => {
    const { privateKey } = await generateKeyPair(alg, { extractable: true })
    return { ...(await exportJWK(privateKey)), kid, alg }
  }
  const next = { ...(await jwk('new', 'ES256')), use_from: new Date(NOON).toISOString() }
  plan = parseKeyPlan({ keys: [await jwk('old', 'ES256'), await jwk('rs', 'RS256'), next] })
})

describe('SEED-10: replicas at different moments of a rotation, on one storage', () => {
  const replicas: Record<string, Fixture> = {}
  const tokens: Record<string, string> = {}
  const shared = memoryStore()

  beforeAll(async () => {
    for (const [name, at] of Object.entries({ before: NOON - 1, during: NOON + 1, after: RETIRED })) {
      const keys = await signingKeysOf(signingOrder(plan, at))
      const fixture = await startAuthServer({ store: shared, keys })
      replicas[name] = fixture
      tokens[name] = (await requestOwnToken(fixture, { scope: '__clients' })).body.access_token
    }
  })
  afterAll(() => Promise.all(Object.values(replicas).map((one) => one.close())))

  const status = async (replica: string, token: string) => {
    const asking = request((replicas[replica] as Fixture).server).get('/clients')
    return (await asking.set('authorization', `Bearer ${tokens[token]}`)).status
  }
  const publishedKids = async (replica: string) => {
    const { body, text } = await request((replicas[replica] as Fixture).server).get('/jwks')
    for (const hidden of ['"d"', 'use_from', 'retire_at']) expect(text).not.toContain(hidden)
    return body.keys.map(({ kid }: JWK) => kid).sort()
  }

  test.each([
    ['a token of the old key during the overlap', 'during', 'before', 200],
    ['a token of the new key where the old one still signs', 'before', 'during', 200],
    ['a token of the new key where the old one is gone', 'after', 'during', 200],
    ['a token of the old key after its end', 'after', 'before', 401],
  ])('%s at the replica %s: %3$s', async (_name, replica, token, expected) => {
    expect(await status(replica, token)).toBe(expected)
  })
  test.each([
    ['before', ['new', 'old', 'rs']],
    ['during', ['new', 'old', 'rs']],
    ['after', ['new', 'rs']],
  ])('/jwks %s', async (replica, expected) => expect(await publishedKids(replica)).toEqual(expected))
})

describe('the watch', () => {
  let now = NOON - 1
  let read: () => Promise<KeyPlan> = async () => plan
  const changes: SigningKeys[] = []
  const start = () =>
    watchKeys({
      source: { read: () => read() },
      reloadSeconds: 3600,
      now: () => now,
      log,
      onChange: (keys) => void changes.push(keys),
    })

  test('changes at the planned instants and only then, also while the source is away', async () => {
    const watch = await start()
    expect(watch.keys.accessToken.kid).toBe('old')
    await watch.check()
    expect(changes).toHaveLength(0)
    now = NOON
    read = () => Promise.reject(new Error('away'))
    await watch.check()
    expect([changes.length, watch.keys.accessToken.kid]).toEqual([1, 'new'])
    now = RETIRED
    await watch.check()
    expect(watch.keys.jwks.keys.map(({ kid }) => kid)).toEqual(['new', 'rs'])
    watch.stop()
  })
  test('stays with what it has when the source turns unusable', async () => {
    read = async () => plan
    const watch = await start()
    changes.length = 0
    read = async () => ({ keys: [] })
    await watch.check()
    expect([changes.length, watch.keys.accessToken.kid]).toEqual([0, 'new'])
    watch.stop()
  })
  test('does not begin without keys', async () => {
    read = async () => ({ keys: [] })
    await expect(start()).rejects.toThrow('ES256')
  })
  test('looks again by itself when a planned instant comes', async () => {
    read = async () => plan
    const began = Date.now()
    now = NOON - 300
    const changed = new Promise<SigningKeys>((resolve) => {
      const clock = () => NOON - 300 + (Date.now() - began)
      void watchKeys({ source: { read }, reloadSeconds: 3600, now: clock, log, onChange: resolve })
    })
    expect((await changed).accessToken.kid).toBe('new')
  })
})
