// The OAuth and OpenID Connect library, configured for SMART App Launch 2.2. Every helper that it warns of is set.
import Provider, { type Configuration, errors, interactionPolicy } from 'oidc-provider'
import type { Logger } from 'pino'
import { ENDPOINTS } from '../smart/discovery.ts'
import type { AuditTrail } from './audit/audit-trail.ts'
import { ASSERTION_ALGORITHMS, assertionRules, isRegisteredMethod } from './clients/assertions.ts'
import { AUTHENTICATION_METHODS } from './clients/client.ts'
import type { KeySets } from './clients/key-sets.ts'
import type { ClientRegistry } from './clients/registry.ts'
import { ASKED_CONSENT, REFUSED_RESPONSE_MODE, SIGN_IN_PROMPT } from './front/authorize.ts'
import { cookieAttributes } from './front/framing.ts'
import type { SecretGuesses } from './front/secret-guesses.ts'
import type { Endings } from './grants/endings.ts'
import { type Grants, gidOf } from './grants/grants.ts'
import type { Judge } from './grants/judge.ts'
import { findJudgedGrant, grantOf } from './grants/judged-grant.ts'
import type { Lifetimes } from './grants/lifetimes.ts'
import type { SigningKeys } from './keys/signing-keys.ts'
import { claimLaunch } from './launch/claim.ts'
import type { Launches } from './launch/launches.ts'
import { type Problem, problemPage } from './pages/problem.ts'
import { logRefusals } from './provider-log.ts'
import { defaultResource, resourceServerInfo } from './resource-servers.ts'
import type { BrowserBinding } from './sign-in/browser-binding.ts'
import { oidcAdapter } from './storage/oidc-adapter.ts'
import type { RecordStore } from './storage/record-store.ts'

export type ProviderParts = {
  issuer: string
  fhirBase: string
  keys: SigningKeys
  cookieSecrets: string[]
  store: RecordStore
  clients: ClientRegistry
  keySets: KeySets
  launches: Launches
  grants: Grants
  endings: Endings
  judge: Judge
  holders: BrowserBinding
  guesses: SecretGuesses
  lifetimes: Lifetimes
  frameAncestors: readonly string[]
  audit: AuditTrail
  log: Logger
}

const MINUTE = 60

export function createProvider(parts: ProviderParts): Provider {
  const { issuer, clients, guesses } = parts
  const provider = new Provider(issuer, configuration(parts))
  provider.proxy = true

  // Secrets are stored as hashes only.
  provider.Client.prototype.compareClientSecret = async function compareClientSecret(
    this: { clientId: string; clientAuthMethod?: string },
    secret: string,
  ) {
    const { ctx } = Provider
    const isRight = async () =>
      isRegisteredMethod(ctx, this.clientAuthMethod) && (await clients.isSecretOf(this.clientId, secret))
    return ctx !== undefined && guesses.compare(ctx, this.clientId, isRight)
  } as typeof provider.Client.prototype.compareClientSecret

  logRefusals(provider, parts)
  return provider

  function configuration({
    fhirBase,
    keys,
    cookieSecrets,
    store,
    holders,
    keySets,
    endings,
    lifetimes,
    log,
  }: ProviderParts): Configuration {
    const servers = { issuer, fhirBase, clients, log }
    const findGrant = findJudgedGrant(parts)
    const policy = interactionPolicy.base()
    // Consent is always asked in our own interaction; the library's check would ask a second time.
    policy.get('consent')?.checks.remove('consent_prompt')
    const attributes = cookieAttributes(parts.frameAncestors, issuer.startsWith('https:'))
    const cookie = { httpOnly: true, signed: true, ...attributes } as const

    return {
      adapter: oidcAdapter({ store, clients, keySets, endings }),
      jwks: keys.jwks as NonNullable<Configuration['jwks']>,
      cookies: { keys: cookieSecrets, long: cookie, short: cookie },
      routes: {
        authorization: ENDPOINTS.authorization,
        token: ENDPOINTS.token,
        jwks: ENDPOINTS.jwks,
        introspection: ENDPOINTS.introspection,
        revocation: ENDPOINTS.revocation,
      },
      scopes: ['openid', 'offline_access', 'online_access', 'fhirUser', 'profile'],
      claims: { openid: ['sub'], fhirUser: ['fhirUser'] },
      responseTypes: ['code'],
      allowOmittingSingleRegisteredRedirectUri: false,
      clientAuthMethods: [...AUTHENTICATION_METHODS],
      enabledJWA: {
        clientAuthSigningAlgValues: [...ASSERTION_ALGORITHMS],
        idTokenSigningAlgValues: ['RS256'],
      },
      clientDefaults: { id_token_signed_response_alg: 'RS256' },
      pkce: { required: () => true },
      interactions: { policy, url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
      extraParams: {
        aud: null,
        [ASKED_CONSENT]: null,
        [SIGN_IN_PROMPT]: null,
        [REFUSED_RESPONSE_MODE]: (_ctx, mode) => {
          if (mode !== undefined) throw new errors.InvalidRequest('response_mode must be query')
        },
        launch: async (ctx, id, client) => claimLaunch(ctx, id, client.clientId, parts),
      },
      features: {
        devInteractions: { enabled: false },
        userinfo: { enabled: false },
        rpInitiatedLogout: { enabled: false },
        dPoP: { enabled: false },
        pushedAuthorizationRequests: { enabled: false },
        clientCredentials: { enabled: true },
        introspection: { enabled: true, allowedPolicy: async () => false },
        revocation: { enabled: true, allowedPolicy: async (_ctx, client, token) => token.clientId === client.clientId },
        resourceIndicators: {
          enabled: true,
          defaultResource: defaultResource(servers),
          getResourceServerInfo: resourceServerInfo(servers),
          useGrantedResource: () => true,
        },
      },
      ttl: {
        AccessToken: (ctx) => lifetimes.ofAccessToken(grantOf(ctx)),
        AuthorizationCode: MINUTE,
        ClientCredentials: 5 * MINUTE,
        Grant: lifetimes.offlineSeconds,
        IdToken: 60 * MINUTE,
        Interaction: 60 * MINUTE,
        RefreshToken: (ctx) => lifetimes.ofRefreshToken(grantOf(ctx)),
        Session: 60 * MINUTE,
      },
      rotateRefreshToken: true,
      expiresWithSession: async () => false,
      issueRefreshToken: async (_ctx, client, code) =>
        client.grantTypeAllowed('refresh_token') &&
        (code.scopes.has('offline_access') || code.scopes.has('online_access')),
      revokeGrantPolicy: () => true,
      loadExistingGrant: async (ctx) => {
        // Never a grant of an earlier launch: the launch context hangs on it.
        const { grantId, holder } = (ctx.oidc.result?.consent ?? {}) as { grantId?: string; holder?: string }
        if (grantId === undefined) return undefined
        const uid = String(ctx.params.uid)
        if (!holders.isBound(ctx, uid, holder)) throw new errors.SessionNotFound('answer for another browser')
        holders.release(ctx, uid)
        return ctx.oidc.provider.Grant.find(grantId)
      },
      findAccount: async (ctx, sub, token) => {
        const fhirUser = token === undefined ? undefined : (await findGrant(ctx, sub, token))?.context.fhirUser
        if (token !== undefined && fhirUser === undefined) return undefined
        return { accountId: sub, claims: async () => ({ sub, ...(fhirUser === undefined ? {} : { fhirUser }) }) }
      },
      extraTokenClaims: async (ctx, token) => {
        if (!('grantId' in token) || token.grantId === undefined) return undefined
        const { patient, encounter, person, fhirUser, tenant } = grantOf(ctx).context
        const isScopeOf = (scope: string) => token.scope?.split(' ').includes(scope) === true
        return {
          gid: gidOf(token.grantId),
          person,
          ...(patient === undefined ? {} : { patient }),
          ...(encounter === undefined ? {} : { encounter }),
          ...(tenant === undefined ? {} : { tenant }),
          ...(isScopeOf('fhirUser') ? { fhirUser } : {}),
        }
      },
      assertJwtClientAuthClaimsAndHeader: assertionRules(`${issuer}${ENDPOINTS.token}`, Date.now),
      // Key sets of clients are fetched by ours, with care; nothing else of theirs is fetched.
      fetch: () => Promise.reject(new Error('the library fetches nothing')),
      extraClientMetadata: { properties: ['cors_origins'] },
      clientBasedCORS: (_ctx, origin, client) =>
        [...(client.redirectUris ?? []), ...((client.cors_origins ?? []) as string[])].some((uri) =>
          isOriginOf(origin, uri),
        ),
      renderError: async (ctx, out, error) => {
        const isOurs = ['server_error', 'temporarily_unavailable'].includes(out.error)
        const problem: Problem =
          error instanceof errors.SessionNotFound ? 'timed-out' : isOurs ? 'unavailable' : 'app-not-set-up'
        problemPage(ctx, problem)
      },
      pairwiseIdentifier: async (_ctx, accountId) => accountId,
      subjectTypes: ['public'],
    }
  }
}

function isOriginOf(origin: string, uri: string): boolean {
  // `null` is the origin of every app scheme, and of any page that hides its own.
  return origin !== 'null' && URL.canParse(uri) && new URL(uri).origin === origin
}
