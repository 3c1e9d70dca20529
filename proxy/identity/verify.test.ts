// Access tokens, against keys that a server publishes, or does not.

import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose'
import { listening } from '../../test/testing/listening.ts'
import { until } from '../../test/testing/until.ts'
import { createIssuerKeys } from './issuer-keys.ts'
import { createVerify, type Verify } from './verify.ts'

const ISSUER = 'https://smart.example'
const AUDIENCE = 'https://smart.example/fhir'
const MINUTE = 60_000
const ours = await generateKeyPair('ES256', { extractable: true })
const next = await generateKeyPair('ES256', { extractable: true })
const rsa = await generateKeyPair('RS256', { extractable: true })
const published = async (key: CryptoKey, kid: string): Promise<JWK> => ({ ...(await exportJWK(key)), kid, use: 'sig' })

let jwks: { keys: JWK[] }
/** What the server answers with in place of keys. */
let trouble: number | 'hangs up' | 'nonsense' | undefined
let fetches: number
/** How far the clock of the proxy has gone on. */
let later: number
let failures: unknown[]
let url: string
let close: () => Promise<void>

beforeAll(async () => {
  ;({ url, close } = await listening((_request, response) => {
    fetches += 1
    if (trouble === 'hangs up') response.destroy()
    else if (trouble === 'nonsense') response.end('<html>')
    else if (trouble !== undefined) response.writeHead(trouble).end()
    else response.setHeader('Content-Type', 'application/json').end(JSON.stringify(jwks))
  }))
})
afterAll(() => close())
beforeEach(async () => {
  jwks = { keys: [await published(ours.publicKey, 'k1'), await published(rsa.publicKey, 'rsa')] }
  ;[trouble, fetches, later, failures] = [undefined, 0, 0, []]
})

const clock = () => new Date(Date.now() + later)

function verifying(clockSkewSeconds = 5): Verify {
  const onFailure = (error: unknown) => void failures.push(error)
  return createVerify({
    issuer: ISSUER,
    audience: AUDIENCE,
    keys: createIssuerKeys(url, { graceMilliseconds: 60 * MINUTE, clock, onFailure }),
    clock,
    clockSkewSeconds,
    revocations: { stateOf: () => 'live', isCurrent: () => true, ageSeconds: () => 0 },
    findToken: async () => undefined,
  })
}

type Parts = { claims?: Record<string, unknown>; header?: Record<string, unknown>; key?: CryptoKey | Uint8Array }

async function tokenOf({ claims = {}, header = {}, key = ours.privateKey }: Parts = {}): Promise<string> {
  const now = Math.floor(clock().getTime() / 1000)
  const all = {
    iss: ISSUER,
    aud: AUDIENCE,
    sub: 's',
    client_id: 'app',
    scope: 'patient/*.rs',
    iat: now,
    exp: now + 300,
  }
  const signed = new SignJWT({ ...all, ...claims }).setProtectedHeader({
    alg: 'ES256',
    typ: 'at+jwt',
    kid: 'k1',
    ...header,
  })
  return signed.sign(key)
}

const outcome = async (verify: Verify, parts?: Parts) => (await verify(`Bearer ${await tokenOf(parts)}`)).kind
/** One that was not seen before. */
const another = (): Parts => ({ claims: { jti: randomUUID() } })
const inSeconds = (seconds: number) => Math.floor(clock().getTime() / 1000) + seconds

/** What comes about beside the requests takes a few of them. */
async function settled(ask: () => Promise<string>, expected: string): Promise<string> {
  let given = await ask()
  for (let times = 0; times < 500 && given !== expected; times += 1) given = await ask()
  return given
}

describe('SEED-44: what makes a token none', () => {
  test.each<[string, () => Parts]>([
    ['another issuer', () => ({ claims: { iss: 'https://evil.example' } })],
    ['another audience', () => ({ claims: { aud: ISSUER } })],
    ['one audience among others', () => ({ claims: { aud: [AUDIENCE, ISSUER] } })],
    ['its end', () => ({ claims: { exp: inSeconds(-6) } })],
    ['no end', () => ({ claims: { exp: undefined } })],
    ['a beginning to come', () => ({ claims: { nbf: inSeconds(7) } })],
    ['no time of issue', () => ({ claims: { iat: undefined } })],
    ['no subject', () => ({ claims: { sub: undefined } })],
    ['another kind', () => ({ header: { typ: 'JWT' } })],
    ['an unknown key', () => ({ header: { kid: 'k9' }, key: next.privateKey })],
    ['another’s signature', () => ({ key: next.privateKey })],
    [
      'an algorithm that is not ours, by a key of ours',
      () => ({ header: { alg: 'RS256', kid: 'rsa' }, key: rsa.privateKey }),
    ],
    [
      'a secret in place of a key',
      () => ({ header: { alg: 'HS256' }, key: new TextEncoder().encode('k1'.repeat(20)) }),
    ],
  ])('%s', async (_name, parts) => {
    const verify = verifying()
    expect(await outcome(verify)).toBe('verified')
    expect(await outcome(verify, parts())).toBe('invalid')
  })

  test('no signature', async () => {
    const [, payload] = (await tokenOf()).split('.')
    const header = Buffer.from(JSON.stringify({ alg: 'none', typ: 'at+jwt' })).toString('base64url')
    expect((await verifying()(`Bearer ${header}.${payload}.`)).kind).toBe('invalid')
  })

  test('clocks may differ a little, and no more; remembered tokens are judged alike', async () => {
    const [verify, exact] = [verifying(5), verifying(0)]
    for (const claims of [{ exp: inSeconds(-3) }, { nbf: inSeconds(3) }]) {
      expect([await outcome(verify, { claims }), await outcome(exact, { claims })]).toEqual(['verified', 'invalid'])
    }
    const token = `Bearer ${await tokenOf()}`
    expect((await verify(token)).kind).toBe('verified')
    later = 303_000
    expect((await verify(token)).kind).toBe('verified')
    later = 306_000
    expect((await verify(token)).kind).toBe('invalid')
  })
})

describe('SEED-44: keys', () => {
  test('are fetched once, and again for one that is new', async () => {
    const verify = verifying()
    for (let times = 0; times < 5; times += 1) expect(await outcome(verify)).toBe('verified')
    expect(fetches).toBe(1)
    jwks.keys.push(await published(next.publicKey, 'k2'))
    const byNext: Parts = { header: { kid: 'k2' }, key: next.privateKey }
    expect(await outcome(verify, byNext)).toBe('invalid')
    expect(fetches).toBe(1)
    later = 11 * MINUTE
    await outcome(verify)
    expect(await settled(() => outcome(verify, byNext), 'verified')).toBe('verified')
    expect(fetches).toBe(2)
  })

  test('one that is withdrawn counts for ten minutes at most, while its issuer answers', async () => {
    const verify = verifying()
    await outcome(verify)
    jwks.keys = [await published(next.publicKey, 'k2')]
    later = 11 * MINUTE
    expect(await settled(() => outcome(verify, another()), 'invalid')).toBe('invalid')
    expect(fetches).toBe(2)
  })

  test.each(['hangs up', 'nonsense', 500, 404] as const)(
    'that were never had: nothing is known (%s)',
    async (given) => {
      trouble = given
      const verify = verifying()
      expect(await outcome(verify)).toBe('unavailable')
      trouble = undefined
      expect(await outcome(verify)).toBe('verified')
    },
  )

  test.each(['hangs up', 'nonsense', 503] as const)(
    'go on for an hour while they cannot be had, and operators are told (%s)',
    async (given) => {
      const verify = verifying()
      await outcome(verify)
      trouble = given
      later = 59 * MINUTE
      for (let times = 0; times < 3; times += 1) expect(await outcome(verify, another())).toBe('verified')
      await until(() => failures.length === 1)
      expect(fetches).toBe(2)
      expect(await outcome(verify, { header: { kid: 'k9' } })).toBe('invalid')
      later = 61 * MINUTE
      expect(await outcome(verify, another())).toBe('unavailable')
      trouble = undefined
      expect(await outcome(verify, another())).toBe('verified')
    },
  )
})
