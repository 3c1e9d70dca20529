// What we know of the OAuth library and build on, each found by trying: an upgrade that changes one of these is seen here,
// before it is seen in what we build on it.
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { SignJWT } from 'jose'
import type Provider from 'oidc-provider'
import { errors, interactionPolicy } from 'oidc-provider'
import request from 'supertest'
import { ISSUER } from './testing/auth-server-fixture.ts'
import {
  answerIn,
  type Bare,
  bareRefresh,
  bareTokens,
  RESOURCE,
  runThrough,
  startBareProvider,
} from './testing/bare-provider.ts'
import { Browser } from './testing/browser.ts'
import { authorizeUrl } from './testing/launch-flow.ts'

let bare: Bare
beforeEach(() => {
  // The library remarks at start on everything that is left as it comes.
  for (const level of ['info', 'warn'] as const) jest.spyOn(console, level).mockImplementation(() => {})
})
afterEach(async () => {
  await bare?.close()
  jest.restoreAllMocks()
})

const OFFLINE = { scope: 'openid offline_access a/1', prompt: 'consent' }

async function assertion(clientId: string, { lifetime = '60s', header = {}, jti = crypto.randomUUID() } = {}) {
  return new SignJWT({})
    .setProtectedHeader({ alg: 'ES384', kid: 'ES384', ...header })
    .setIssuer(clientId)
    .setSubject(clientId)
    .setAudience(ISSUER)
    .setJti(jti)
    .setIssuedAt()
    .setExpirationTime(lifetime)
    .sign(bare.clientKey)
}
const ownToken = (client_assertion: string, form: Record<string, string> = {}) =>
  request(bare.server)
    .post('/token')
    .type('form')
    .send({
      grant_type: 'client_credentials',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion,
      ...form,
    })

describe('scopes', () => {
  test('are asked for at authorize, at resume, for the code and for the refresh; the last two carry no scope parameter', async () => {
    bare = await startBareProvider()
    const { body } = await bareTokens(bare, OFFLINE)
    await bareRefresh(bare, body.refresh_token)
    const routes = bare.asked.map(({ route }) => route)
    for (const route of ['authorization', 'resume', 'authorization_code', 'refresh_token'])
      expect(routes).toContain(route)
    const atToken = bare.asked.filter(({ route }) => /_code|_token/.test(route))
    expect(atToken.map(({ scope }) => scope)).toEqual(atToken.map(() => undefined))
  })

  test('offline_access is dropped without a word unless the prompt has consent', async () => {
    bare = await startBareProvider()
    const without = await bareTokens(bare, { ...OFFLINE, prompt: undefined })
    expect(without.body.scope).toBe('openid a/1')
    expect(without.body).not.toHaveProperty('refresh_token')
    expect((await bareTokens(bare, OFFLINE)).body.scope).toBe(OFFLINE.scope)
  })

  test('OpenID scopes that are granted for the resource alone are not in the answer', async () => {
    bare = await startBareProvider(
      {},
      { granting: (grant, scopes) => void grant.addResourceScope(RESOURCE, scopes.join(' ')) },
    )
    const end = answerIn(await runThrough(new Browser(bare.server), OFFLINE))
    const { body } = end.has('code') ? await bareTokens(bare, OFFLINE) : { body: { scope: String(end.get('error')) } }
    expect(body.scope).not.toContain('offline_access')
  })

  test('a client for itself that may have none of them gets a token without any', async () => {
    bare = await startBareProvider()
    const answer = await ownToken(await assertion('service'), { scope: 'nothing/of-this' })
    expect(answer.status).toBe(200)
    expect(answer.body.scope ?? '').toBe('')
  })

  test('a nonce without openid is refused', async () => {
    bare = await startBareProvider()
    const end = await runThrough(new Browser(bare.server), { scope: 'a/1', nonce: 'n' })
    expect(answerIn(end).get('error')).toBe('invalid_request')
  })

  test('further parameters that are declared survive to the interaction, others do not', async () => {
    bare = await startBareProvider()
    const browser = new Browser(bare.server)
    const start = await browser.get(authorizeUrl({ aud: RESOURCE, scope: 'openid a/1', kept: 'yes', other: 'no' }))
    const held = await bare.provider.Interaction.find(String(start.headers.location).split('/').at(-1) ?? '')
    expect(held?.params).toMatchObject({ kept: 'yes' })
    expect(held?.params).not.toHaveProperty('other')
  })
})

describe('interactions', () => {
  test('the policy has the check that we take out, and a check that returns nothing is a fault', async () => {
    const policy = interactionPolicy.base()
    expect(policy.get('consent')?.checks.get('consent_prompt')).toBeDefined()
    policy.add(
      new interactionPolicy.Prompt(
        { name: 'silent' },
        new interactionPolicy.Check('nothing', 'returns nothing', 'x', (() => undefined) as never),
      ),
      1,
    )
    bare = await startBareProvider({ interactions: { policy, url: (_ctx, { uid }) => `/interaction/${uid}` } })
    const end = await runThrough(new Browser(bare.server), OFFLINE)
    expect(end.status === 500 || answerIn(end).get('error') === 'server_error').toBe(true)
  })

  test('their cookie is sent below the interaction alone: the callback of an identity provider does not see it', async () => {
    bare = await startBareProvider()
    const start = await request(bare.server)
      .get(authorizeUrl({ aud: RESOURCE }))
      .redirects(0)
    const cookies = start.headers['set-cookie'] as unknown as string[]
    const own = cookies.filter((cookie) => cookie.startsWith('_interaction='))
    expect(own).toHaveLength(1)
    expect(own[0]).toContain(`path=${start.headers.location}`)
  })

  test('who was signed in before is asked to sign out first: a page with a script, no redirect', async () => {
    bare = await startBareProvider()
    const browser = new Browser(bare.server)
    expect(answerIn(await runThrough(browser, OFFLINE)).has('code')).toBe(true)
    bare.person = 'ben'
    const end = await runThrough(browser, { ...OFFLINE, prompt: 'login consent' })
    expect(end.status).toBe(200)
    expect(end.text).toContain('<script')
  })

  test('the grant of the session is taken again: a second launch would share the first one’s', async () => {
    bare = await startBareProvider()
    const browser = new Browser(bare.server)
    const changed = { scope: 'openid a/1' }
    const [first, second] = [await bareTokens(bare, changed, browser), await bareTokens(bare, changed, browser)]
    const grants = bare.storage.filter((call) => call === 'Grant.upsert')
    expect([first.status, second.status, grants.length]).toEqual([200, 200, 1])
  })

  test('a refresh fails once another grant is the session’s, as it comes', async () => {
    bare = await startBareProvider({
      issueRefreshToken: async () => true,
      loadExistingGrant: async (ctx) => {
        const grantId = ctx.oidc.result?.consent?.grantId
        return grantId === undefined ? undefined : ctx.oidc.provider.Grant.find(grantId)
      },
    })
    const browser = new Browser(bare.server)
    const changed = { scope: 'openid a/1', prompt: 'consent' }
    const first = await bareTokens(bare, changed, browser)
    await bareTokens(bare, changed, browser)
    expect((await bareRefresh(bare, first.body.refresh_token)).body.error).toBe('invalid_grant')
  })
})

describe('tokens', () => {
  test('answers lack Pragma', async () => {
    bare = await startBareProvider()
    const { headers } = await bareTokens(bare, OFFLINE)
    expect([headers['cache-control'], headers.pragma]).toEqual(['no-store', undefined])
  })

  test('the stored record of a refresh token holds the token itself, under jti', async () => {
    bare = await startBareProvider()
    const { body } = await bareTokens(bare, OFFLINE)
    const held = await bare.provider.RefreshToken.adapter.find(body.refresh_token)
    expect(held).toMatchObject({ jti: body.refresh_token })
  })

  test('signed access tokens are not stored, and neither told nor revoked', async () => {
    bare = await startBareProvider()
    const { body } = await bareTokens(bare, OFFLINE)
    expect(bare.storage).not.toContain('AccessToken.upsert')
    for (const path of ['/token/introspection', '/token/revocation']) {
      const answer = await request(bare.server)
        .post(path)
        .type('form')
        .send({ client_id: 'app', token: body.access_token })
      expect([path, answer.status, answer.body.error]).toEqual([path, 400, 'unsupported_token_type'])
    }
  })

  test('a refresh token used twice ends its whole grant', async () => {
    bare = await startBareProvider({ rotateRefreshToken: true })
    const { body } = await bareTokens(bare, OFFLINE)
    const next = await bareRefresh(bare, body.refresh_token)
    expect(next.status).toBe(200)
    expect((await bareRefresh(bare, body.refresh_token)).body.error).toBe('invalid_grant')
    expect((await bareRefresh(bare, next.body.refresh_token)).body.error).toBe('invalid_grant')
  })

  test('a client that only says its name may introspect', async () => {
    bare = await startBareProvider()
    const { body } = await bareTokens(bare, OFFLINE)
    const answer = await request(bare.server)
      .post('/token/introspection')
      .type('form')
      .send({ client_id: 'app', token: body.refresh_token })
    expect([answer.status, answer.body.active]).toEqual([200, true])
  })

  test('a grant type that is not the client’s has no code of its own, and these words', async () => {
    bare = await startBareProvider()
    const answer = await request(bare.server)
      .post('/token')
      .type('form')
      .send({ grant_type: 'client_credentials', client_id: 'app' })
    expect([answer.status, answer.body]).toEqual([
      400,
      { error: 'invalid_request', error_description: 'requested grant type is not allowed for this client' },
    ])
  })
})

describe('client assertions', () => {
  test('a replay is looked for, then saved: an adapter that refuses the second save makes one winner', async () => {
    let saves = 0
    bare = await startBareProvider(
      {},
      {
        onUpsert(model) {
          if (model === 'ReplayDetection' && ++saves > 1) throw new errors.InvalidClientAuth('replayed')
        },
      },
    )
    const once = await assertion('service')
    const answers = await Promise.all(Array.from({ length: 10 }, () => ownToken(once)))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(9)
    expect(bare.storage).toContain('ReplayDetection.find')
  })

  test('an hour of life and a foreign jku are accepted, as it comes', async () => {
    bare = await startBareProvider()
    expect((await ownToken(await assertion('service', { lifetime: '1h' }))).status).toBe(200)
    const jku = await assertion('service', { header: { jku: 'https://evil.test/jwks' } })
    expect((await ownToken(jku)).status).toBe(200)
  })

  test('keys at a private address are not fetched, and the answer does not say so', async () => {
    bare = await startBareProvider()
    const answer = await ownToken(await assertion('remote-keys'))
    expect([answer.status, answer.body.error]).toEqual([401, 'invalid_client'])
    expect(answer.text).not.toContain('127.0.0.1')
  })
})

describe('what is on by itself', () => {
  test('userinfo, sign-out by request, pushed requests and proof of possession are there unless switched off', async () => {
    bare = await startBareProvider()
    const { body } = await request(bare.server).get('/.well-known/openid-configuration')
    expect(Object.keys(body)).toEqual(
      expect.arrayContaining([
        'userinfo_endpoint',
        'end_session_endpoint',
        'pushed_authorization_request_endpoint',
        'dpop_signing_alg_values_supported',
      ]),
    )
  })

  test('middleware of ours runs ahead of its routes, and sees afterwards what they found', async () => {
    const seen: unknown[] = []
    const middleware: Parameters<Provider['use']>[0] = async (ctx, next) => {
      const before = ctx.oidc
      await next()
      if (ctx.path === '/token')
        seen.push(before, ctx.oidc.client?.clientId, ctx.oidc.entities.Grant?.jti !== undefined)
    }
    bare = await startBareProvider({}, { middleware })
    await bareTokens(bare, OFFLINE)
    expect(seen).toEqual([undefined, 'app', true])
  })
})
