// oidc-provider by itself, to compare with: its in-memory storage, the same algorithms and lifetimes, and interactions that
// end at once instead of sign-in and consent.
import Provider, { type Configuration } from 'oidc-provider'
import { APP, FHIR_BASE, ISSUER } from '../../auth-server/testing/auth-server-fixture.ts'
import { CLIENT_ID, SCOPE } from './request.ts'

export const BARE_SECRET = 'a-secret-of-the-bare-resource-server'

const OIDC_SCOPES = ['openid', 'offline_access', 'fhirUser']

export function bareProvider(jwks: NonNullable<Configuration['jwks']>): Provider {
  const provider = new Provider(ISSUER, {
    jwks,
    cookies: { keys: ['a-cookie-secret-for-benchmarks'] },
    clients: [
      {
        client_id: CLIENT_ID,
        token_endpoint_auth_method: 'none',
        redirect_uris: [APP],
        response_types: ['code'],
        grant_types: ['authorization_code', 'refresh_token'],
      },
      {
        client_id: 'resource-server',
        client_secret: BARE_SECRET,
        redirect_uris: [],
        response_types: [],
        grant_types: [],
      },
    ],
    scopes: OIDC_SCOPES,
    claims: { openid: ['sub'], fhirUser: ['fhirUser'] },
    routes: { authorization: '/auth', token: '/token', introspection: '/token/introspection' },
    interactions: { url: (_ctx, { uid }) => `/interaction/${uid}` },
    pkce: { required: () => true },
    findAccount: async (_ctx, sub) => ({ accountId: sub, claims: async () => ({ sub, fhirUser: 'Patient/ana' }) }),
    expiresWithSession: async () => false,
    rotateRefreshToken: true,
    clientBasedCORS: () => false,
    extraParams: ['aud'],
    features: {
      devInteractions: { enabled: false },
      introspection: { enabled: true, allowedPolicy: async () => true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => FHIR_BASE,
        useGrantedResource: () => true,
        getResourceServerInfo: () => ({
          scope: SCOPE,
          audience: FHIR_BASE,
          accessTokenFormat: 'jwt',
          accessTokenTTL: 3600,
          jwt: { sign: { alg: 'ES256' } },
        }),
      },
    },
    ttl: {
      AuthorizationCode: 60,
      Grant: 8_640_000,
      IdToken: 3600,
      Interaction: 3600,
      RefreshToken: 8_640_000,
      Session: 3600,
    },
  })
  provider.use(async (ctx, next) => {
    if (!ctx.path.startsWith('/interaction/')) return next()
    const interaction = await provider.interactionDetails(ctx.req, ctx.res)
    const grant = new provider.Grant({ accountId: 'ana', clientId: CLIENT_ID })
    grant.addResourceScope(FHIR_BASE, SCOPE)
    for (const scope of OIDC_SCOPES) grant.addOIDCScope(scope)
    interaction.result = { login: { accountId: 'ana' }, consent: { grantId: await grant.save() } }
    await interaction.persist()
    ctx.status = 303
    ctx.redirect(interaction.returnTo)
  })
  return provider
}
