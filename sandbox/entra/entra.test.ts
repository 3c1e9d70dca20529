import { createHash } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import { ConfidentialClientApplication, CryptoProvider } from '@azure/msal-node'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { createRemoteJWKSet, decodeJwt, jwtVerify } from 'jose'
import request from 'supertest'
import { DEMO_PEOPLE, SANDBOX_TENANT_ID as tid } from '../people/demo-people.ts'
import { entraApp } from './app.ts'
import { createSigningJwk, readSigningKey } from './signing-key.ts'

const CLIENT_ID = 'smart-auth-server'
const SECRET = 'a-secret-for-tests-only'
const REDIRECT_URI = 'http://127.0.0.2:4000/callback'
const VERIFIER = 'v'.repeat(43)
const CHALLENGE = createHash('sha256').update(VERIFIER).digest('base64url')
const [ana, , , wei] = DEMO_PEOPLE

let server: Server
let base: string

beforeAll(async () => {
  const key = await readSigningKey(await createSigningJwk())
  server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  base = `http://localhost:${typeof address === 'object' ? address?.port : 0}`
  const registrations = [
    { client_id: CLIENT_ID, client_secret: SECRET, redirect_uris: [REDIRECT_URI], roles: [] },
    { client_id: 'other-client', client_secret: SECRET, redirect_uris: ['http://127.0.0.1:1/cb'], roles: [] },
    { client_id: 'daemon', client_secret: SECRET, redirect_uris: [], roles: ['Fhir.Read.All'] },
  ]
  server.on(
    'request',
    entraApp({ baseUrl: base, directory: { tenantId: tid, people: DEMO_PEOPLE, registrations }, key }).callback(),
  )
})
afterAll(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})

const metadata = async () => {
  const answer = await request(server).get(`/${tid}/v2.0/.well-known/openid-configuration`).expect(200)
  return answer.body
}

const authorizationParams = (changed: Record<string, string> = {}) => ({
  client_id: CLIENT_ID,
  redirect_uri: REDIRECT_URI,
  response_type: 'code',
  scope: 'openid profile',
  state: 'the-state',
  nonce: 'the-nonce',
  code_challenge: CHALLENGE,
  code_challenge_method: 'S256',
  ...changed,
})

async function signIn(changed: Record<string, string> = {}): Promise<URL> {
  const answer = await request(server)
    .post(`/${tid}/oauth2/v2.0/authorize`)
    .type('form')
    .send({ ...authorizationParams(changed), person: ana?.username })
    .expect(303)
  return new URL(answer.headers.location ?? '')
}

const redeem = (code: string, changed: Record<string, string> = {}) =>
  request(server)
    .post(`/${tid}/oauth2/v2.0/token`)
    .type('form')
    .send({
      grant_type: 'authorization_code',
      client_id: CLIENT_ID,
      client_secret: SECRET,
      redirect_uri: REDIRECT_URI,
      code_verifier: VERIFIER,
      code,
      ...changed,
    })

test('the real msal-node signs in against it over http, through authorityMetadata', async () => {
  const { host } = new URL(base)
  const msal = new ConfidentialClientApplication({
    auth: {
      clientId: CLIENT_ID,
      clientSecret: SECRET,
      authority: `https://${host}/${tid}`,
      knownAuthorities: [host],
      authorityMetadata: JSON.stringify(await metadata()),
    },
  })
  const { verifier, challenge } = await new CryptoProvider().generatePkceCodes()
  const url = new URL(
    await msal.getAuthCodeUrl({
      scopes: ['openid', 'profile'],
      redirectUri: REDIRECT_URI,
      state: 's1',
      nonce: 'n1',
      codeChallenge: challenge,
      codeChallengeMethod: 'S256',
    }),
  )
  expect(url.origin).toBe(base)

  const page = await request(server)
    .get(url.pathname + url.search)
    .expect(200)
  expect(page.text).toContain('Dr. Wei Chen')
  const signedIn = await request(server)
    .post(url.pathname)
    .type('form')
    .send({ ...Object.fromEntries(url.searchParams), person: wei?.username })
    .expect(303)
  const callback = new URL(signedIn.headers.location ?? '')
  expect(callback.searchParams.get('state')).toBe('s1')

  const result = await msal.acquireTokenByCode(
    {
      scopes: ['openid', 'profile'],
      code: callback.searchParams.get('code') ?? '',
      redirectUri: REDIRECT_URI,
      codeVerifier: verifier,
      state: 's1',
      nonce: 'n1',
    },
    { code: callback.searchParams.get('code') ?? '', state: callback.searchParams.get('state') ?? '' },
  )
  const { issuer, jwks_uri } = await metadata()
  const { payload } = await jwtVerify(result.idToken, createRemoteJWKSet(new URL(jwks_uri)), {
    issuer,
    audience: CLIENT_ID,
  })
  expect(payload).toMatchObject({
    iss: `${base}/${tid}/v2.0`,
    tid,
    oid: wei?.objectId,
    preferred_username: 'wei.chen@contoso.example',
    name: 'Dr. Wei Chen',
    roles: ['Practitioner'],
    nonce: 'n1',
    ver: '2.0',
  })
  expect(result.account?.homeAccountId).toBe(`${wei?.objectId}.${tid}`)
})

test('sub differs between applications, oid does not', async () => {
  const first = decodeJwt((await redeem((await signIn()).searchParams.get('code') ?? '').expect(200)).body.id_token)
  const other = { client_id: 'other-client', redirect_uri: 'http://127.0.0.1:1/cb' }
  const code = (await signIn(other)).searchParams.get('code') ?? ''
  const second = decodeJwt((await redeem(code, other).expect(200)).body.id_token)
  expect(first.oid).toBe(second.oid)
  expect(first.sub).not.toBe(second.sub)
})

test('a person without an app role has no roles claim', async () => {
  const answer = await redeem((await signIn()).searchParams.get('code') ?? '').expect(200)
  expect(decodeJwt(answer.body.id_token)).not.toHaveProperty('roles')
  expect(answer.body).not.toHaveProperty('client_info')
})

test('client_info names account and tenant when asked for', async () => {
  const code = (await signIn({ client_info: '1' })).searchParams.get('code') ?? ''
  const { client_info } = (await redeem(code).expect(200)).body
  expect(JSON.parse(Buffer.from(client_info, 'base64url').toString())).toEqual({ uid: ana?.objectId, utid: tid })
})

test('login_hint puts that person first', async () => {
  const answer = await request(server)
    .get(`/${tid}/oauth2/v2.0/authorize`)
    .query(authorizationParams({ login_hint: 'NORA.hale@contoso.example' }))
    .expect(200)
  expect(/name="person" value="([^"]+)"/.exec(answer.text)?.[1]).toBe('nora.hale@contoso.example')
})

test('what a caller puts into the request is escaped on the page', async () => {
  const answer = await request(server)
    .get(`/${tid}/oauth2/v2.0/authorize`)
    .query(authorizationParams({ state: '"><script>alert(1)</script>' }))
    .expect(200)
  expect(answer.text).not.toContain('<script')
  expect(answer.headers['content-security-policy']).toContain("default-src 'none'")
})

describe('authorize shows a page, and redirects nowhere', () => {
  test.each([
    ['an unknown client_id', { client_id: 'nobody' }],
    ['a redirect_uri with a longer path', { redirect_uri: `${REDIRECT_URI}/x` }],
    ['a redirect_uri of another host', { redirect_uri: 'https://evil.example/callback' }],
  ])('%s', async (_name, changed) => {
    const answer = await request(server).get(`/${tid}/oauth2/v2.0/authorize`).query(authorizationParams(changed))
    expect(answer.status).toBe(400)
    expect(answer.headers.location).toBeUndefined()
  })
})

describe('authorize sends the error back', () => {
  test.each([
    ['no nonce', { nonce: '' }, 'invalid_request'],
    ['no state', { state: '' }, 'invalid_request'],
    ['no PKCE', { code_challenge: '' }, 'invalid_request'],
    ['plain PKCE', { code_challenge_method: 'plain' }, 'invalid_request'],
    ['no openid', { scope: 'profile' }, 'invalid_scope'],
    ['another response type', { response_type: 'token' }, 'unsupported_response_type'],
    ['prompt=none', { prompt: 'none' }, 'login_required'],
    ['an unknown prompt', { prompt: 'shout' }, 'invalid_request'],
  ])('%s', async (_name, changed, error) => {
    const answer = await request(server).get(`/${tid}/oauth2/v2.0/authorize`).query(authorizationParams(changed))
    expect(answer.status).toBe(303)
    expect(new URL(answer.headers.location ?? '').searchParams.get('error')).toBe(error)
  })
})

describe('the token endpoint refuses', () => {
  test.each([
    ['a wrong secret', { client_secret: 'guess' }, 401, 'invalid_client'],
    ['a wrong verifier', { code_verifier: 'w'.repeat(43) }, 400, 'invalid_grant'],
    ['another redirect_uri', { redirect_uri: 'http://127.0.0.1:1/cb' }, 400, 'invalid_grant'],
    ['the code of another client', { client_id: 'other-client' }, 400, 'invalid_grant'],
    ['an unknown grant type', { grant_type: 'password' }, 400, 'unsupported_grant_type'],
  ])('%s', async (_name, changed, status, error) => {
    const code = (await signIn()).searchParams.get('code') ?? ''
    const answer = await redeem(code, changed)
    expect(answer.status).toBe(status)
    expect(answer.body.error).toBe(error)
  })

  test('a code that was used', async () => {
    const code = (await signIn()).searchParams.get('code') ?? ''
    await redeem(code).expect(200)
    await redeem(code).expect(400)
  })

  test('a body beyond the limit', async () => {
    await redeem('x'.repeat(40_000)).expect(400)
  })
})

test('client credentials, by HTTP Basic: an application token with roles', async () => {
  const answer = await request(server)
    .post(`/${tid}/oauth2/v2.0/token`)
    .auth('daemon', SECRET)
    .type('form')
    .send({ grant_type: 'client_credentials', scope: 'api://fhir/.default' })
    .expect(200)
  const claims = decodeJwt(answer.body.access_token)
  expect(claims).toMatchObject({ aud: 'api://fhir', azp: 'daemon', idtyp: 'app', roles: ['Fhir.Read.All'], tid })
  expect(claims.sub).toBe(claims.oid)
})

test('another tenant, and any other path, is 404', async () => {
  await request(server).get('/common/v2.0/.well-known/openid-configuration').expect(404)
  await request(server).get('/%00/..%2f').expect(404)
})

describe('the second provider: plain OpenID Connect', () => {
  test('signs a citizen in, with nothing of Entra in the id_token', async () => {
    const { body: found } = await request(server).get('/citizens/.well-known/openid-configuration').expect(200)
    expect(found.issuer).toBe(`${base}/citizens`)
    const page = await request(server).get('/citizens/authorize').query(authorizationParams()).expect(200)
    expect(page.text).toContain('Contoso citizens sign-in')
    const signedIn = await request(server)
      .post('/citizens/authorize')
      .type('form')
      .send({ ...authorizationParams(), person: 'ines.carvalho@citizens.example' })
      .expect(303)
    const { body } = await request(server)
      .post('/citizens/token')
      .type('form')
      .send({
        grant_type: 'authorization_code',
        client_id: CLIENT_ID,
        client_secret: SECRET,
        redirect_uri: REDIRECT_URI,
        code_verifier: VERIFIER,
        code: new URL(signedIn.headers.location ?? '').searchParams.get('code'),
      })
      .expect(200)
    const { payload } = await jwtVerify(body.id_token, createRemoteJWKSet(new URL(found.jwks_uri)), {
      issuer: found.issuer,
      audience: CLIENT_ID,
    })
    expect(payload).toMatchObject({ sub: 'citizen-000001', name: 'Ines Carvalho', sid: expect.any(String) })
    for (const claim of ['tid', 'oid', 'ver']) expect(payload).not.toHaveProperty(claim)
  })

  test('knows nobody of the tenant, and its codes are worth nothing there', async () => {
    const nobody = await request(server)
      .post('/citizens/authorize')
      .type('form')
      .send({ ...authorizationParams(), person: ana?.username })
    expect(nobody.status).toBe(200)
    const citizen = await request(server)
      .post('/citizens/authorize')
      .type('form')
      .send({ ...authorizationParams(), person: 'ines.carvalho@citizens.example' })
    await redeem(new URL(citizen.headers.location ?? '').searchParams.get('code') ?? '').expect(400)
  })
})
