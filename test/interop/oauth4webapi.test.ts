// oauth4webapi, the strict layer below many clients: every answer is judged by it, as an app and as a resource server.
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import * as oauth from 'oauth4webapi'
import { authorizeAs } from '../../sandbox/scenarios/person.ts'
import {
  APP_SCOPE,
  clientKey,
  type InteropSandbox,
  REDIRECT_URI,
  startInteropSandbox,
  typesIn,
} from './interop-sandbox.ts'

const HTTP = { [oauth.allowInsecureRequests]: true } as const

let sandbox: InteropSandbox
let server: oauth.AuthorizationServer
beforeAll(async () => {
  sandbox = await startInteropSandbox(23_610)
  server = await discover(sandbox.urls.fhirBase)
}, 90_000)
afterAll(() => sandbox?.stop())

/** The SMART document names the issuer; the RFC 8414 document of that issuer is what the library reads. */
async function discover(fhirBase: string): Promise<oauth.AuthorizationServer> {
  const smart = (await (await fetch(`${fhirBase}/.well-known/smart-configuration`)).json()) as { issuer: string }
  const issuer = new URL(smart.issuer)
  const answer = await oauth.discoveryRequest(issuer, { ...HTTP, algorithm: 'oauth2' })
  return oauth.processDiscoveryResponse(issuer, answer)
}

/** @returns what the token endpoint answered, the id_token verified with the published key */
async function launch(client: oauth.Client, authentication: oauth.ClientAuth): Promise<oauth.TokenEndpointResponse> {
  const [verifier, state, nonce] = [
    oauth.generateRandomCodeVerifier(),
    oauth.generateRandomState(),
    oauth.generateRandomNonce(),
  ]
  const url = new URL(String(server.authorization_endpoint))
  url.search = `${new URLSearchParams({
    client_id: client.client_id,
    response_type: 'code',
    redirect_uri: REDIRECT_URI,
    scope: APP_SCOPE,
    aud: sandbox.urls.fhirBase,
    state,
    nonce,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  })}`
  const callback = await authorizeAs({ username: 'wei.chen', patient: 'ana-ruiz' }, url, REDIRECT_URI)
  const parameters = oauth.validateAuthResponse(server, client, callback, state)
  const exchange = [server, client, authentication, parameters, REDIRECT_URI, verifier, HTTP] as const
  const answer = await oauth.authorizationCodeGrantRequest(...exchange)
  const tokens = await oauth.processAuthorizationCodeResponse(server, client, answer, {
    expectedNonce: nonce,
    requireIdToken: true,
  })
  await oauth.validateApplicationLevelSignature(server, answer, HTTP)
  return tokens
}

async function read(token: string, path: string): Promise<Response> {
  return oauth.protectedResourceRequest(
    token,
    'GET',
    new URL(`${sandbox.urls.fhirBase}/${path}`),
    undefined,
    null,
    HTTP,
  )
}

test('RFC 8414 and OpenID Connect discovery agree with the SMART configuration', async () => {
  const issuer = new URL(sandbox.urls.issuer)
  const openId = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, HTTP))
  expect(openId).toEqual(server)
  const smart = await (await fetch(`${sandbox.urls.fhirBase}/.well-known/smart-configuration`)).json()
  for (const member of [
    'issuer',
    'jwks_uri',
    'authorization_endpoint',
    'token_endpoint',
    'introspection_endpoint',
    'revocation_endpoint',
    'code_challenge_methods_supported',
    'authorization_response_iss_parameter_supported',
  ])
    expect({ [member]: server[member] }).toEqual({ [member]: (smart as Record<string, unknown>)[member] })
})

test('a public client launches as a clinician, reads, searches and refreshes', async () => {
  const client = { client_id: 'oauth4webapi' }
  await sandbox.register({ ...client, token_endpoint_auth_method: 'none' })
  const tokens = await launch(client, oauth.None())
  expect(oauth.getValidatedIdTokenClaims(tokens)).toMatchObject({
    fhirUser: `${sandbox.urls.fhirBase}/Practitioner/wei-chen`,
  })
  expect((await read(tokens.access_token, 'Patient/ana-ruiz')).status).toBe(200)
  expect(typesIn(await (await read(tokens.access_token, 'Observation?_count=3')).json())).toEqual(['Observation'])
  const refreshed = await oauth.processRefreshTokenResponse(
    server,
    client,
    await oauth.refreshTokenGrantRequest(server, client, oauth.None(), String(tokens.refresh_token), HTTP),
  )
  expect(refreshed).toMatchObject({ patient: 'ana-ruiz', scope: tokens.scope })
})

test.each(['client_secret_basic', 'client_secret_post'])('with %s it introspects and revokes', async (method) => {
  const client = { client_id: `oauth4webapi-${method}` }
  const secret = await sandbox.register({ ...client, token_endpoint_auth_method: method })
  const authentication = method.endsWith('basic') ? oauth.ClientSecretBasic(secret) : oauth.ClientSecretPost(secret)
  const tokens = await launch(client, authentication)
  const introspect = async (token: string) =>
    oauth.processIntrospectionResponse(
      server,
      client,
      await oauth.introspectionRequest(server, client, authentication, token, HTTP),
    )
  for (const token of [tokens.access_token, String(tokens.refresh_token)]) {
    expect(await introspect(token)).toMatchObject({ active: true, ...client, patient: 'ana-ruiz', scope: tokens.scope })
  }
  const revoked = await oauth.revocationRequest(server, client, authentication, String(tokens.refresh_token), HTTP)
  await oauth.processRevocationResponse(revoked)
  expect(await introspect(String(tokens.refresh_token))).toEqual({ active: false })
  expect(await introspect(tokens.access_token)).toEqual({ active: false })
})

test('RFC 9068: a resource server that uses the library accepts our access tokens, for their audience alone', async () => {
  const key = await clientKey('ES384')
  const client = { client_id: 'oauth4webapi-key' }
  await sandbox.register({ ...client, token_endpoint_auth_method: 'private_key_jwt', jwks: key.jwks })
  const authentication = oauth.PrivateKeyJwt(key, {
    [oauth.modifyAssertion]: (_header, payload) => {
      payload.aud = String(server.token_endpoint)
    },
  })
  const { access_token: token } = await launch(client, authentication)
  const request = () => new Request(sandbox.urls.fhirBase, { headers: { authorization: `Bearer ${token}` } })
  const validate = (audience: string) => oauth.validateJwtAccessToken(server, request(), audience, HTTP)
  expect(await validate(sandbox.urls.fhirBase)).toMatchObject({ ...client, iss: sandbox.urls.issuer })
  await expect(validate(sandbox.urls.issuer)).rejects.toThrow('unexpected JWT "aud"')
})
