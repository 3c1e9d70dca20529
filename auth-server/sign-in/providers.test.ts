// What identity providers say is verified by us, whichever library speaks to them: msal-node checks no more than the nonce.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { STAND_IN_CLIENT, type StandIn, signInAt, startStandIn } from '../testing/openid-stand-in.ts'
import { entraIdentityProvider } from './entra.ts'
import { type IdentityProvider, identityOf } from './identity-provider.ts'
import { openIdProvider } from './openid.ts'
import { providersOfFile } from './providers.ts'

const TENANT = '7c0de5b1-3d1f-4c56-9d0e-0a5b6f2c1e10'
const OID = '11111111-AAAA-4aaa-8aaa-000000000001'
const OTHER_TENANT = '7c0de5b1-3d1f-4c56-9d0e-0a5b6f2c1e11'
const ANA = { sub: 'pairwise', tid: TENANT, oid: OID, name: 'Ana', sid: 'session-1', fhirUser: 'Patient/ana' }

let standIn: StandIn
beforeAll(async () => {
  standIn = await startStandIn()
})
afterAll(() => standIn.close())
beforeEach(() => {
  standIn.person = ANA
  standIn.forge = {}
})

const traits = { id: 'one', label: 'One', callbackPath: '/callback', domains: [], trustsFhirUser: false }
const shared = {
  clientId: STAND_IN_CLIENT.id,
  clientSecret: STAND_IN_CLIENT.secret,
  redirectUri: 'http://smart.test/callback',
}
const entra = () =>
  entraIdentityProvider(traits, {
    ...shared,
    tenantId: TENANT.toUpperCase(),
    authority: standIn.issuer,
    metadataUrl: standIn.metadataUrl,
  })
const openid = (changed = {}) =>
  openIdProvider(traits, {
    ...shared,
    issuer: standIn.issuer,
    scopes: 'openid',
    accountClaim: 'sub',
    allowHttp: true,
    ...changed,
  })

async function signIn(provider: IdentityProvider, changed: Partial<Record<string, string>> = {}) {
  const { url, secrets } = await provider.begin({})
  const { searchParams } = await signInAt(url)
  return provider.finish(searchParams, { ...secrets, ...changed })
}

describe.each([
  ['entra', entra],
  ['oidc', openid],
])('AUTHZ-24: kind %s', (_kind, make) => {
  test('a true answer says who signed in', async () => {
    expect(await signIn(make())).toMatchObject({ name: 'Ana' })
  })
  test.each([
    ['signed with another key', { key: true as const }],
    ['for another audience', { aud: 'someone-else' }],
    ['of another issuer', { iss: 'https://evil.test' }],
    ['expired', { exp: 1000 }],
    ['without an end', { exp: undefined }],
    ['with another nonce', { nonce: 'another' }],
    ['without a nonce', { nonce: undefined }],
  ])('an id_token %s is refused', async (_name, forged) => {
    standIn.forge = forged as StandIn['forge']
    await expect(signIn(make())).rejects.toThrow()
  })
  test.each(['state', 'nonce', 'verifier'])('an answer that does not fit the %s we kept is refused', async (name) => {
    await expect(signIn(make(), { [name]: 'x'.repeat(43) })).rejects.toThrow()
  })
  test('a code works once', async () => {
    const provider = make()
    const { url, secrets } = await provider.begin({})
    const { searchParams } = await signInAt(url)
    await provider.finish(searchParams, secrets)
    await expect(provider.finish(searchParams, secrets)).rejects.toThrow()
  })
  test('a refusal of the provider is a refusal', async () => {
    const provider = make()
    const { secrets } = await provider.begin({})
    const refused = new URLSearchParams({ error: 'access_denied', state: secrets.state })
    await expect(provider.finish(refused, secrets)).rejects.toThrow()
  })
})

describe('Entra', () => {
  test('SEED-24: is asked who somebody is, and for nothing of the directory or of records', async () => {
    const { searchParams } = new URL((await entra().begin({})).url)
    // The library adds the last one; no token of Entra is kept.
    expect(searchParams.get('scope')?.split(' ').sort()).toEqual(['offline_access', 'openid', 'profile'])
    expect(searchParams.has('resource')).toBe(false)
  })
  test('an account is its tenant and object id, in one spelling', async () => {
    expect((await signIn(entra())).account).toEqual({ tid: TENANT, oid: OID.toLowerCase() })
  })
  test.each([
    ['of another tenant', { tid: OTHER_TENANT }],
    ['without a tenant', { tid: undefined }],
    ['without an object id', { oid: undefined }],
  ])('an id_token %s is refused', async (_name, forged) => {
    standIn.forge = forged as StandIn['forge']
    await expect(signIn(entra())).rejects.toThrow()
  })
})

describe('OpenID providers', () => {
  test('an account is the issuer and the subject', async () => {
    expect((await signIn(openid())).account).toEqual({ iss: standIn.issuer, sub: 'pairwise' })
  })
  test('or another claim, where the setting says so', async () => {
    expect((await signIn(openid({ accountClaim: 'oid' }))).account).toEqual({ iss: standIn.issuer, sub: OID })
    await expect(signIn(openid({ accountClaim: 'missing' }))).rejects.toThrow()
  })
  test('metadata that names another issuer than the configured one is not used', async () => {
    const provider = openid({ issuer: 'http://127.0.0.1:1', metadataUrl: standIn.metadataUrl })
    await expect(provider.begin({})).rejects.toThrow('another issuer')
  })
  test('http needs allow_http', async () => {
    await expect(openid({ allowHttp: false }).begin({})).rejects.toThrow()
  })
})

test('an identity keeps the claims that are read, the provider and its session, and no others', async () => {
  const identity = identityOf('one', await signIn(openid()), ['fhirUser', 'nationalId'])
  expect(identity).toMatchObject({ provider: 'one', idpSession: 'session-1', claims: { fhirUser: 'Patient/ana' } })
  expect(Object.keys(identity.claims)).toEqual(['fhirUser'])
})

describe('IDENTITY_PROVIDERS_FILE', () => {
  const citizens = {
    id: 'citizens',
    label: 'Citizens',
    kind: 'oidc',
    issuer: 'https://login.test',
    client_id: 'smart',
    client_secret: 'hidden-value',
  }
  const staff = { id: 'staff', label: 'Staff', kind: 'entra', tenant: TENANT, client_id: 'c', client_secret_env: 'S' }
  const read = (...entries: unknown[]) => providersOfFile(entries, 'https://smart.test', { S: 'secret' })

  test('each has its own callback; the claim of who a person is counts from a directory by default', () => {
    expect(read(citizens, staff)).toMatchObject([
      { id: 'citizens', callbackPath: '/callback/citizens', trustsFhirUser: false },
      { id: 'staff', callbackPath: '/callback/staff', trustsFhirUser: true },
    ])
  })
  test.each([
    ['no secret', { client_secret: undefined }, 'client_secret'],
    ['two secrets', { client_secret_env: 'S' }, 'client_secret'],
    ['a variable that is not set', { client_secret: undefined, client_secret_env: 'NONE' }, 'NONE is not set'],
    ['http', { issuer: 'http://login.test' }, 'issuer'],
    ['http beyond loopback', { issuer: 'http://login.test', allow_http: true }, 'issuer'],
    ['http metadata', { metadata_url: 'http://login.test/.well-known/openid-configuration' }, 'issuer'],
    ['no openid', { scopes: 'profile' }, 'scopes'],
    ['an id that is no path', { id: '../x' }, 'id'],
    ['the id of the ENTRA_ settings', { id: 'entra' }, 'id'],
    ['an unknown kind', { kind: 'saml' }, 'kind'],
    ['an unknown member', { tenant: TENANT }, 'tenant'],
  ])('refuses %s, naming the member and no value', (_name, changed, named) => {
    const faulty = () => read({ ...citizens, ...changed })
    expect(faulty).toThrow(named)
    expect(faulty).not.toThrow('hidden-value')
  })
  test('refuses one id twice', () => expect(() => read(citizens, citizens)).toThrow('one id'))
  test('names all faults at once', () => {
    expect(() => read({ ...citizens, scopes: 'x' }, { ...staff, tenant: 'y' })).toThrow(/0\.scopes.*\n.*1\.tenant/)
  })
})
