// Who the person is, as the app learns it: id_token, sub and fhirUser.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { createRemoteJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify } from 'jose'
import request from 'supertest'
import { FHIR_BASE, type Fixture, ISSUER, oidOf, startAuthServer } from '../testing/auth-server-fixture.ts'
import { begin, formOf } from '../testing/launch-flow.ts'
import { tokensOf } from '../testing/whole-launch.ts'

let fixture: Fixture
beforeAll(async () => {
  fixture = await startAuthServer()
})
afterAll(() => fixture.close())

const SCOPE = 'openid fhirUser launch/patient patient/Patient.rs'

test('OID-01, SEED-11: fhirUser is the absolute URL of the record that the person acts as, for each their own', async () => {
  for (const [person, patient, record] of [
    ['ana', undefined, 'Patient/ana'],
    ['ben', undefined, 'Patient/ben'],
    ['wei', 'carl', 'Practitioner/wei'],
  ] as const) {
    const { body } = await tokensOf(fixture, person, { scope: SCOPE, ...(patient === undefined ? {} : { patient }) })
    expect(decodeJwt(body.id_token).fhirUser).toBe(`${FHIR_BASE}/${record}`)
  }
})

describe('OID-02: an id_token', () => {
  test('verifies with the published keys alone, and carries the claims of the standard', async () => {
    const { body } = await tokensOf(fixture, 'ana', { scope: SCOPE, changed: { nonce: 'the nonce of the app' } })
    const { port } = fixture.server.address() as { port: number }
    const keys = createRemoteJWKSet(new URL(`http://127.0.0.1:${port}/jwks`))
    const { payload, protectedHeader } = await jwtVerify(body.id_token, keys, {
      issuer: ISSUER,
      audience: 'app',
      algorithms: ['RS256'],
      requiredClaims: ['iss', 'sub', 'aud', 'exp', 'iat', 'nonce'],
    })
    expect(protectedHeader.kid).toEqual(expect.any(String))
    expect(payload.nonce).toBe('the nonce of the app')
    const published = (await request(fixture.server).get('/jwks')).body.keys as Record<string, unknown>[]
    const rsa = published.find(({ kid }) => kid === protectedHeader.kid)
    expect(rsa).toMatchObject({ kty: 'RSA', n: expect.any(String), e: expect.any(String) })
  })
  test('has no nonce where none was sent, and is missing without openid', async () => {
    const { body } = await tokensOf(fixture, 'ana', { scope: SCOPE })
    expect(decodeJwt(body.id_token)).not.toHaveProperty('nonce')
    const without = await tokensOf(fixture, 'ana', { scope: 'launch/patient patient/Patient.rs' })
    expect(without.body).not.toHaveProperty('id_token')
  })
  test('is no access token, and no access token is one', async () => {
    const { body } = await tokensOf(fixture, 'ana', { scope: SCOPE })
    expect(decodeProtectedHeader(body.id_token)).toMatchObject({ alg: 'RS256' })
    expect(decodeProtectedHeader(body.id_token).typ).not.toBe('at+jwt')
    expect(decodeProtectedHeader(body.access_token)).toMatchObject({ alg: 'ES256', typ: 'at+jwt' })
  })
})

test('OID-03: an account without a record gets no fhirUser and no code, whatever its form says', async () => {
  const { browser, page } = await begin(fixture.server, 'noah', { scope: SCOPE })
  expect([page.status, page.headers.location]).toEqual([200, undefined])
  const { action, csrf } = formOf(page)
  for (const form of [{ persona: 'Patient/ana' }, { patient: 'ana' }, { decision: 'share', until: 'now' }]) {
    const answer = await browser.post(action, { csrf, ...form } as Record<string, string | string[]>)
    expect([answer.status, answer.headers.location]).toEqual([answer.status, undefined])
    expect(answer.text).not.toContain('Name of ana')
  }
})

test('OID-03: without fhirUser granted, no token names the person’s record as one', async () => {
  const { body } = await tokensOf(fixture, 'ana', { scope: 'openid launch/patient patient/Patient.rs' })
  expect(decodeJwt(body.id_token)).not.toHaveProperty('fhirUser')
  const access = decodeJwt(body.access_token)
  expect(access).not.toHaveProperty('fhirUser')
  // Ours alone: what the proxy judges reach by.
  expect(access.person).toBe('Patient/ana')
})

test('OID-04: sub is the same at every sign-in, differs between people, and tells neither name nor account', async () => {
  const subOfLaunch = async (person: 'ana' | 'ben') => {
    const { body } = await tokensOf(fixture, person, { scope: SCOPE })
    expect(decodeJwt(body.access_token).sub).toBe(decodeJwt(body.id_token).sub)
    return String(decodeJwt(body.id_token).sub)
  }
  const [first, second, other] = [await subOfLaunch('ana'), await subOfLaunch('ana'), await subOfLaunch('ben')]
  expect(second).toBe(first)
  expect(other).not.toBe(first)
  expect(first).not.toContain('@')
  expect(first).not.toContain(oidOf('ana'))
})
