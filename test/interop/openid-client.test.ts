// openid-client, a certified OpenID Connect client, as a SMART app: public, with a key, and as a backend service.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import * as oidc from 'openid-client'
import { authorizeAs } from '../../sandbox/scenarios/person.ts'
import {
  APP_SCOPE,
  becomes,
  type ClientKey,
  clientKey,
  type InteropSandbox,
  REDIRECT_URI,
  startInteropSandbox,
  typesIn,
} from './interop-sandbox.ts'

let sandbox: InteropSandbox
beforeAll(async () => {
  sandbox = await startInteropSandbox(23_600)
}, 90_000)
afterAll(() => sandbox?.stop())

/** All that the client is told is its id and where the FHIR server is. */
async function discover(clientId: string, authentication: oidc.ClientAuth): Promise<oidc.Configuration> {
  const url = new URL(`${sandbox.urls.fhirBase}/.well-known/smart-configuration`)
  return oidc.discovery(url, clientId, undefined, authentication, {
    // Checks the id_token's signature too, not only where it came from.
    execute: [oidc.allowInsecureRequests, oidc.enableNonRepudiationChecks],
  })
}

/** SMART wants the token endpoint as `aud`; the library's own choice is the issuer. */
function keyAuthentication({ key, kid }: ClientKey): oidc.ClientAuth {
  return oidc.PrivateKeyJwt(
    { key, kid },
    {
      [oidc.modifyAssertion]: (_header, payload) => {
        payload.aud = `${sandbox.urls.issuer}/token`
      },
    },
  )
}

async function authorize(config: oidc.Configuration) {
  const checks = {
    pkceCodeVerifier: oidc.randomPKCECodeVerifier(),
    expectedState: oidc.randomState(),
    expectedNonce: oidc.randomNonce(),
    idTokenExpected: true,
  }
  const url = oidc.buildAuthorizationUrl(config, {
    redirect_uri: REDIRECT_URI,
    scope: APP_SCOPE,
    aud: sandbox.urls.fhirBase,
    state: checks.expectedState,
    nonce: checks.expectedNonce,
    code_challenge: await oidc.calculatePKCECodeChallenge(checks.pkceCodeVerifier),
    code_challenge_method: 'S256',
  })
  return { checks, callback: await authorizeAs({ username: 'ana.ruiz' }, url, REDIRECT_URI) }
}

async function get(config: oidc.Configuration, token: string, path: string): Promise<Response> {
  return oidc.fetchProtectedResource(config, token, new URL(`${sandbox.urls.fhirBase}/${path}`), 'GET')
}

/** From the authorization request to a revoked refresh token. */
async function launchAndRevoke(config: oidc.Configuration): Promise<void> {
  const { checks, callback } = await authorize(config)
  const tokens = await oidc.authorizationCodeGrant(config, callback, checks)
  expect(tokens).toMatchObject({
    token_type: 'bearer',
    patient: 'ana-ruiz',
    scope: expect.stringContaining('patient/'),
  })
  expect(tokens.claims()).toMatchObject({ fhirUser: `${sandbox.urls.fhirBase}/Patient/ana-ruiz` })
  const patient = await get(config, tokens.access_token, 'Patient/ana-ruiz')
  expect(await patient.json()).toMatchObject({ resourceType: 'Patient', id: 'ana-ruiz' })
  const found = await get(config, tokens.access_token, 'Observation?patient=ana-ruiz&_count=3')
  expect(typesIn(await found.json())).toEqual(['Observation'])

  const renewed = await oidc.refreshTokenGrant(config, String(tokens.refresh_token))
  expect(renewed.patient).toBe('ana-ruiz')
  expect((await get(config, renewed.access_token, 'Patient/ana-ruiz')).status).toBe(200)

  const refreshToken = renewed.refresh_token ?? String(tokens.refresh_token)
  await oidc.tokenRevocation(config, refreshToken)
  await expect(oidc.refreshTokenGrant(config, refreshToken)).rejects.toMatchObject({ error: 'invalid_grant' })
  const read = () =>
    get(config, renewed.access_token, 'Patient/ana-ruiz').then(
      ({ status }) => status,
      (refused: oidc.WWWAuthenticateChallengeError) => refused.status,
    )
  await becomes(read, 401)
}

describe('as a public client', () => {
  let config: oidc.Configuration
  beforeAll(async () => {
    await sandbox.register({ client_id: 'openid-client', token_endpoint_auth_method: 'none' })
    config = await discover('openid-client', oidc.None())
  })

  test('launches standalone, reads, searches, refreshes and revokes', () => launchAndRevoke(config))

  test.each([
    ['of another issuer', (url: URL) => url.searchParams.set('iss', 'https://attacker.example')],
    ['without an issuer', (url: URL) => url.searchParams.delete('iss')],
  ])('RFC 9207: an answer %s is refused by the client', async (_how, tamper) => {
    const { checks, callback } = await authorize(config)
    expect(callback.searchParams.get('iss')).toBe(sandbox.urls.issuer)
    tamper(callback)
    await expect(oidc.authorizationCodeGrant(config, callback, checks)).rejects.toThrow(oidc.ClientError)
  })
})

test.each(['ES384', 'RS384'] as const)(
  'with an %s key it introspects, and does all that a public client does',
  async (alg) => {
    const key = await clientKey(alg)
    const client_id = `openid-client-${alg}`
    await sandbox.register({ client_id, token_endpoint_auth_method: 'private_key_jwt', jwks: key.jwks })
    const config = await discover(client_id, keyAuthentication(key))
    const { checks, callback } = await authorize(config)
    const tokens = await oidc.authorizationCodeGrant(config, callback, checks)
    expect(await oidc.tokenIntrospection(config, tokens.access_token)).toMatchObject({
      active: true,
      client_id,
      patient: 'ana-ruiz',
      scope: tokens.scope,
    })
    await oidc.tokenRevocation(config, tokens.access_token)
    expect(await oidc.tokenIntrospection(config, tokens.access_token)).toEqual({ active: false })
    await launchAndRevoke(config)
  },
)

test('as a backend service it reads every patient', async () => {
  const key = await clientKey('RS384')
  const client_id = 'openid-client-backend'
  const scope = 'system/Patient.rs'
  const method = 'private_key_jwt'
  await sandbox.register({ client_id, token_endpoint_auth_method: method, scope, redirect_uris: [], jwks: key.jwks })
  const config = await discover(client_id, keyAuthentication(key))
  const tokens = await oidc.clientCredentialsGrant(config, { scope })
  expect(tokens).toMatchObject({ token_type: 'bearer', scope, expires_in: 300 })
  for (const id of ['ana-ruiz', 'ben-okafor']) {
    expect((await get(config, tokens.access_token, `Patient/${id}`)).status).toBe(200)
  }
  expect(typesIn(await (await get(config, tokens.access_token, 'Patient?_count=10')).json())).toEqual(['Patient'])
})
