// The OAuth library as it comes, with as little around it as a launch needs: for tests of what we rely on in it.
import { createServer, type Server } from 'node:http'
import { exportJWK, generateKeyPair } from 'jose'
import Provider, { type Adapter, type AdapterPayload, type Configuration, errors } from 'oidc-provider'
import request, { type Response } from 'supertest'
import { fixedOrigin } from '../front/origin.ts'
import { APP, ISSUER } from './auth-server-fixture.ts'
import { Browser } from './browser.ts'
import { authorizeUrl, redeemCode, VERIFIER } from './launch-flow.ts'

export const RESOURCE = 'http://fhir.test'

export type Bare = {
  server: Server
  provider: Provider
  /** What the library asked its storage for, as `Model.method`. */
  storage: string[]
  /** Routes on which it asked for the resource's scopes, and the scope parameter there. */
  asked: { route: string; scope: unknown }[]
  /** Who signs in next. */
  person: string
  clientKey: CryptoKey
  close(): Promise<void>
}

type Granting = (grant: InstanceType<Provider['Grant']>, scopes: string[]) => void
const grantTwice: Granting = (grant, scopes) => {
  grant.addOIDCScope(scopes.filter((scope) => !scope.includes('/')).join(' '))
  grant.addResourceScope(RESOURCE, scopes.join(' '))
}

export async function startBareProvider(
  changed: Configuration = {},
  {
    granting = grantTwice,
    onUpsert,
    middleware,
  }: { granting?: Granting; onUpsert?: (model: string) => void; middleware?: Parameters<Provider['use']>[0] } = {},
): Promise<Bare> {
  const [access, id, ofClient] = await Promise.all(
    (['ES256', 'RS256', 'ES384'] as const).map((alg) => generateKeyPair(alg, { extractable: true })),
  )
  const jwk = async (key: CryptoKey | undefined, alg: string) => ({
    ...(await exportJWK(key as CryptoKey)),
    alg,
    kid: alg,
  })
  const storage: string[] = []
  const asked: Bare['asked'] = []
  const publicKey = await jwk(ofClient?.publicKey, 'ES384')
  const keyed = {
    grant_types: ['client_credentials'],
    redirect_uris: [],
    response_types: [],
    token_endpoint_auth_method: 'private_key_jwt' as const,
  }
  // From storage: what is given at start is copied out of the realm that Jest runs tests in, and refused then.
  const clients: AdapterPayload[] = [
    {
      client_id: 'app',
      redirect_uris: [APP],
      token_endpoint_auth_method: 'none',
      grant_types: ['authorization_code', 'refresh_token'],
    },
    { client_id: 'service', ...keyed, jwks: { keys: [publicKey] } },
    { client_id: 'remote-keys', ...keyed, jwks_uri: 'http://127.0.0.1:9/jwks' },
  ]
  const { features, ...rest } = changed
  const provider = new Provider(ISSUER, {
    adapter: mapAdapter(clients, storage, onUpsert),
    jwks: { keys: [await jwk(access?.privateKey, 'ES256'), await jwk(id?.privateKey, 'RS256')] } as never,
    cookies: { keys: ['cookie-secret'] },
    scopes: ['openid', 'offline_access'],
    responseTypes: ['code'],
    clientAuthMethods: ['none', 'private_key_jwt'],
    enabledJWA: { clientAuthSigningAlgValues: ['ES384'] },
    extraParams: ['aud', 'kept'],
    interactions: { url: (_ctx, { uid }) => `/interaction/${uid}` },
    findAccount: (_ctx, accountId) => ({ accountId, claims: () => ({ sub: accountId }) }),
    assertJwtClientAuthClaimsAndHeader: () => undefined,
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      // Without a policy of ours, which its types ask for.
      introspection: { enabled: true } as never,
      revocation: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => RESOURCE,
        useGrantedResource: () => true,
        getResourceServerInfo: (ctx) => {
          asked.push({ route: String(ctx.oidc.params?.grant_type ?? ctx.oidc.route), scope: ctx.oidc.params?.scope })
          return { scope: 'openid offline_access a/1 b/2', accessTokenFormat: 'jwt', jwt: { sign: { alg: 'ES256' } } }
        },
      },
      ...features,
    },
    ...rest,
  })
  provider.proxy = true
  provider.use(fixedOrigin(ISSUER))
  if (middleware !== undefined) provider.use(middleware)
  const bare = { person: 'ana' }
  provider.use(async (ctx, next) => {
    if (!ctx.path.startsWith('/interaction/')) return next()
    const { params, prompt } = await provider.interactionDetails(ctx.req, ctx.res)
    if (prompt.name === 'login') {
      return provider.interactionFinished(ctx.req, ctx.res, { login: { accountId: bare.person } })
    }
    const grant = new provider.Grant({ accountId: bare.person, clientId: String(params.client_id) })
    granting(grant, String(params.scope).split(' '))
    await provider.interactionFinished(ctx.req, ctx.res, { consent: { grantId: await grant.save() } })
    return undefined
  })
  const server = createServer(provider.callback())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return Object.assign(bare, {
    server,
    provider,
    storage,
    asked,
    clientKey: ofClient?.privateKey as CryptoKey,
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  })
}

function mapAdapter(
  clients: readonly AdapterPayload[],
  storage: string[],
  onUpsert?: (model: string) => void,
): (model: string) => Adapter {
  const rows = new Map<string, AdapterPayload>()
  return (model) => {
    const key = (id: string) => `${model} ${id}`
    const note = (method: string) => void storage.push(`${model}.${method}`)
    return {
      async upsert(id, payload) {
        note('upsert')
        onUpsert?.(model)
        rows.set(key(id), payload)
      },
      async find(id) {
        note('find')
        return model === 'Client' ? clients.find((client) => client.client_id === id) : rows.get(key(id))
      },
      async findByUid(uid) {
        return [...rows.values()].find((row) => row.kind === 'Session' && row.uid === uid)
      },
      async findByUserCode() {
        return undefined
      },
      async consume(id) {
        note('consume')
        const row = rows.get(key(id))
        if (row === undefined) throw new errors.InvalidGrant('gone')
        row.consumed = Math.floor(Date.now() / 1000)
      },
      async destroy(id) {
        note('destroy')
        rows.delete(key(id))
      },
      async revokeByGrantId(grantId) {
        note('revokeByGrantId')
        for (const [at, row] of rows) if (row.grantId === grantId && at.startsWith(`${model} `)) rows.delete(at)
      },
    }
  }
}

/** Follows every redirect of the library's own; ends at the app, or at a page. */
export async function runThrough(browser: Browser, changed: Record<string, string | undefined>): Promise<Response> {
  let at = await browser.get(authorizeUrl({ prompt: undefined, aud: RESOURCE, ...changed }))
  for (let hop = 0; hop < 12 && at.status === 303 && !String(at.headers.location).startsWith(APP); hop++) {
    at = await browser.get(String(at.headers.location))
  }
  return at
}

export const answerIn = (end: Response): URLSearchParams => new URL(String(end.headers.location), ISSUER).searchParams

export async function bareTokens(
  bare: Bare,
  changed: Record<string, string | undefined>,
  browser = new Browser(bare.server),
) {
  const code = answerIn(await runThrough(browser, changed)).get('code')
  return redeemCode(bare.server, String(code), { code_verifier: VERIFIER })
}

export const bareRefresh = (bare: Bare, refresh_token: string) =>
  request(bare.server)
    .post('/token')
    .type('form')
    .send({ grant_type: 'refresh_token', client_id: 'app', refresh_token })
