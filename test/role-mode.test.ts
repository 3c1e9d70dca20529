// Role mode: access tokens that Entra itself issued for the API, with app roles in them, beside tokens of our own.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import request from 'supertest'
import type { Loaded } from '../proxy/processors/call.ts'
import type { PersonLinkRow } from '../smart/access/person-links.ts'
import { processorsFor } from './testing/processors-for.ts'
import { entriesOf, startWorld, type World, withForeign } from './two-worlds.ts'

const TENANT = '11111111-1111-4111-8111-111111111111'
const API = 'api://fhir.contoso.example'
const ids = {
  ana: 'aaaaaaaa-0000-4000-8000-000000000001',
  wei: 'aaaaaaaa-0000-4000-8000-000000000002',
  two: 'aaaaaaaa-0000-4000-8000-000000000003',
  over: 'aaaaaaaa-0000-4000-8000-000000000004',
  service: 'aaaaaaaa-0000-4000-8000-000000000005',
}
const CLINIC = 'bbbbbbbb-0000-4000-8000-000000000001'

const { publicKey, privateKey } = await generateKeyPair('RS256', { extractable: true })
const other = await generateKeyPair('RS256', { extractable: true })
const keys = createServer(async (_incoming, response) => {
  const jwk = { ...(await exportJWK(publicKey)), kid: 'k', alg: 'RS256', use: 'sig' }
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ keys: [jwk] }))
})
let authority = ''

type More = { claims?: object; header?: object; key?: CryptoKey; issuer?: string; audience?: string; seconds?: number }

function tokenOf(oid: string, roles: readonly string[], more: More = {}): Promise<string> {
  const { issuer = `${authority}/${TENANT}/v2.0`, audience = API, seconds = 300 } = more
  return new SignJWT({
    oid,
    tid: TENANT,
    ver: '2.0',
    azp: 'portal',
    sub: 'x',
    scp: 'user_impersonation',
    roles,
    ...more.claims,
  })
    .setProtectedHeader({ alg: 'RS256', typ: 'JWT', kid: 'k', ...more.header })
    .setIssuer(issuer)
    .setAudience(audience)
    .setIssuedAt()
    .setNotBefore('0 seconds')
    .setExpirationTime(Math.floor(Date.now() / 1000) + seconds)
    .sign(more.key ?? privateKey)
}

const NEXT_YEAR = new Date(Date.now() + 365 * 86_400_000).toISOString()
const LINKS: Record<string, PersonLinkRow[]> = {
  [ids.ana]: [{ record: 'Patient/alice', validUntil: NEXT_YEAR }],
  [ids.wei]: [
    { record: 'Practitioner/wei', validUntil: NEXT_YEAR },
    { record: 'Patient/bob', validUntil: NEXT_YEAR },
  ],
  [ids.two]: [
    { record: 'Patient/alice', validUntil: NEXT_YEAR },
    { record: 'Patient/bob', validUntil: NEXT_YEAR },
  ],
  [ids.over]: [{ record: 'Patient/alice', validUntil: '2020-01-01T00:00:00Z' }],
}
const disabled = new Set<string>()

async function start(settings: Record<string, string> = {}, processors: readonly Loaded[] = []): Promise<World> {
  return startWorld(withForeign(), false, {
    settings: { ROLE_TENANTS: TENANT, ROLE_AUDIENCES: API, ROLE_AUTHORITY: authority, ...settings },
    deps: {
      processors,
      personLinks: async (_tid, oid) => LINKS[oid] ?? [],
      revocations: {
        stateOf: ({ client_id }) => (disabled.has(client_id) ? 'revoked' : 'live'),
        isCurrent: () => true,
        ageSeconds: () => 0,
      },
    },
  })
}

const get = (world: World, token: string, path: string) =>
  request(world.proxy).get(`/fhir/${path}`).set('Authorization', `Bearer ${token}`)

describe('SEED-43, AUTHZ-24', () => {
  let world: World
  beforeAll(async () => {
    await new Promise<void>((resolve) => keys.listen(0, '127.0.0.1', resolve))
    authority = `http://127.0.0.1:${(keys.address() as AddressInfo).port}`
    world = await start({ ROLE_ALIASES: 'Ward Nurse=Reader' })
  })
  afterAll(async () => {
    await world.close()
    keys.closeAllConnections()
    await new Promise((resolve) => keys.close(resolve))
  })

  test.each<[string, string, readonly string[], string, string[]]>([
    ['a reader: everyone', ids.service, ['Reader'], 'Patient', ['Patient/alice', 'Patient/bob']],
    ['a name of an operator’s own', ids.service, ['Ward Nurse'], 'Patient', ['Patient/alice', 'Patient/bob']],
    ['a patient: herself', ids.ana, ['Reader', 'Patient'], 'Patient', ['Patient/alice']],
    [
      'SEED-50: a clinician: own patients',
      ids.wei,
      ['Reader', 'Practitioner'],
      'Patient',
      ['Patient/alice', 'Patient/bob'],
    ],
    [
      'only links of the role’s type count',
      ids.wei,
      ['Reader', 'Patient'],
      'Observation',
      ['Observation/of-bob', 'Observation/gone'],
    ],
  ])('%s', async (_name, oid, roles, path, expected) => {
    const answer = await get(world, await tokenOf(oid, roles), path)
    expect(answer.status).toBe(200)
    expect(entriesOf(answer, 'match').sort()).toEqual(expected.toSorted())
  })
  test('a role for which records are de-identified: by its name, whatever else is held', async () => {
    const processors = await processorsFor([{ use: 'de-identify', settings: { only: { scopes: ['DataScientist'] } } }])
    const scientific = await start({}, processors)
    const seen = async (...roles: string[]) =>
      (await get(scientific, await tokenOf(ids.service, roles), 'Practitioner/wei')).body.name
    expect([await seen('Reader'), await seen('DataScientist'), await seen('Reader', 'DataScientist')]).toEqual([
      [{ family: 'Chen' }],
      undefined,
      undefined,
    ])
    await scientific.close()
  })
  test.each<[string, string, readonly string[]]>([
    ['no role', ids.service, []],
    ['a role that is not ours', ids.service, ['Owner']],
    ['two persons of one type', ids.two, ['Reader', 'Patient']],
    ['SEED-47: a link that is over', ids.over, ['Reader', 'Patient']],
    ['no link', ids.service, ['Reader', 'Practitioner']],
  ])('%s: nothing', async (_name, oid, roles) => {
    const answer = await get(world, await tokenOf(oid, roles), 'Patient/alice')
    expect([answer.status, answer.body.issue[0].code]).toEqual([403, 'forbidden'])
  })
  test('another patient and nobody: the same 404', async () => {
    const token = await tokenOf(ids.ana, ['Reader', 'Patient'])
    const [bob, nobody] = await Promise.all(['bob', 'nobody'].map((id) => get(world, token, `Patient/${id}`)))
    expect([bob?.status, bob?.text]).toEqual([404, nobody?.text])
  })
  test('an application of its own, and a token of version 1', async () => {
    const own = { claims: { scp: undefined, idtyp: 'app' } }
    expect((await get(world, await tokenOf(ids.service, ['Reader'], own), 'Patient/bob')).status).toBe(200)
    const first = {
      claims: { ver: '1.0', azp: undefined, appid: 'portal' },
      issuer: `https://sts.windows.net/${TENANT}/`,
    }
    expect((await get(world, await tokenOf(ids.service, ['Reader'], first), 'Patient/bob')).status).toBe(200)
  })
  test('a writer writes, and sees nothing', async () => {
    const token = await tokenOf(ids.service, ['Writer'])
    const made = await request(world.proxy)
      .post('/fhir/Observation')
      .set('Authorization', `Bearer ${token}`)
      .type('application/fhir+json')
      .send(JSON.stringify({ resourceType: 'Observation', status: 'final', code: { text: 'x' } }))
    expect([made.status, made.text]).toEqual([201, ''])
    expect((await get(world, token, 'Observation')).status).toBe(403)
  })
  test.each<[string, More]>([
    ['another key', { key: other.privateKey }],
    ['a key id that is not known', { header: { kid: 'none' } }],
    ['another audience: a token of the registration that people sign in with', { audience: 'sign-in' }],
    ['another issuer', { issuer: 'https://login.example/x/v2.0' }],
    ['another tenant’s', { claims: { tid: '22222222-2222-4222-8222-222222222222' } }],
    ['an id_token: no scp, no idtyp', { claims: { scp: undefined } }],
    ['over', { seconds: -10 }],
    ['no object id', { claims: { oid: undefined } }],
    ['a version that there is not', { claims: { ver: '3.0' } }],
    ['from nobody', { claims: { azp: undefined } }],
  ])('SEED-44: %s: 401', async (_name, more) => {
    const answer = await get(world, await tokenOf(ids.service, ['Administrator'], more), 'Patient/alice')
    expect([answer.status, answer.headers['www-authenticate']]).toEqual([401, 'Bearer error="invalid_token"'])
  })
  test('an unsigned token: 401', async () => {
    const claims = Buffer.from(
      JSON.stringify({ iss: `${authority}/${TENANT}/v2.0`, aud: API, roles: ['Administrator'] }),
    )
    const header = Buffer.from(JSON.stringify({ alg: 'none' }))
    const token = `${header.toString('base64url')}.${claims.toString('base64url')}.`
    expect((await get(world, token, 'Patient/alice')).status).toBe(401)
  })
  test('SMART claims in such a token count for nothing', async () => {
    const claims = { patient: 'bob', person: 'Patient/bob', scope: 'patient/*.rs', fhirUser: 'Patient/bob' }
    expect((await get(world, await tokenOf(ids.ana, [], { claims }), 'Patient/bob')).status).toBe(403)
    const token = await tokenOf(ids.ana, ['Reader', 'Patient'], { claims })
    expect((await get(world, token, 'Patient/bob')).status).toBe(404)
  })
  test('a client that was ended', async () => {
    disabled.add('portal')
    expect((await get(world, await tokenOf(ids.service, ['Reader']), 'Patient/alice')).status).toBe(401)
    disabled.delete('portal')
  })
  test('tokens of our own go on', async () => {
    expect((await world.get('Patient/alice')).status).toBe(200)
  })

  test('only accounts, and members of groups, that are let in', async () => {
    const gated = await start({ ROLE_ALLOWED_OBJECT_IDS: ids.ana, ROLE_ALLOWED_GROUPS: CLINIC.toUpperCase() })
    const statusOf = async (oid: string, claims: object = {}) =>
      (await get(gated, await tokenOf(oid, ['Reader'], { claims }), 'Patient/alice')).status
    expect(await statusOf(ids.ana)).toBe(200)
    expect(await statusOf(ids.wei)).toBe(403)
    expect(await statusOf(ids.wei, { groups: [CLINIC] })).toBe(200)
    await gated.close()
  })
  test('off unless a tenant is named', async () => {
    const off = await startWorld(withForeign(), false)
    expect((await get(off, await tokenOf(ids.service, ['Reader']), 'Patient/alice')).status).toBe(401)
    await off.close()
  })
  test('Entra’s keys cannot be had: 503', async () => {
    const apart = await start({ ROLE_AUTHORITY: 'http://127.0.0.1:9' })
    const token = await tokenOf(ids.service, ['Reader'], { issuer: `http://127.0.0.1:9/${TENANT}/v2.0` })
    expect((await get(apart, token, 'Patient/alice')).status).toBe(503)
    await apart.close()
  })
})
