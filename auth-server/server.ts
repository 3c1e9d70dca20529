// Puts the authorization server together: front middleware, pages and APIs ahead of the OAuth library. Opens nothing.
import type { Middleware } from 'koa'
import type Provider from 'oidc-provider'
import type { Logger } from 'pino'
import { assets, type BrandAssets } from '../consent-ui/index.ts'
import type { Telemetry } from '../service/telemetry/telemetry.ts'
import { operatorCalls } from './admin/operator-calls.ts'
import { type AdminRoles, ROLES_CLAIM } from './admin/roles.ts'
import { adminRoutes } from './admin/routes.ts'
import { explainOperations } from './api/explain-operations.ts'
import { openApi } from './api/open-api.ts'
import { callerVerifier, ownApi } from './api/own-api.ts'
import { ownArea } from './apps/own-area.ts'
import { ownPages } from './apps/own-pages.ts'
import { reportOperations } from './apps/report-operations.ts'
import { reportStore } from './apps/reports.ts'
import type { AuditRowStore, AuditTrail } from './audit/audit-trail.ts'
import { assertionRefusals } from './clients/assertions.ts'
import { clientChanges } from './clients/changes.ts'
import { keySets } from './clients/key-sets.ts'
import { clientOperations } from './clients/operations.ts'
import { type RegistrationSettings, registration } from './clients/registration.ts'
import type { ClientRecords } from './clients/registry.ts'
import { amounts } from './fhir/amounts.ts'
import { fhirReaders } from './fhir/person-reader.ts'
import { authorizeFront } from './front/authorize.ts'
import { discoveryFront } from './front/discovery.ts'
import { exactPaths } from './front/exact-paths.ts'
import { cookieAttributes } from './front/framing.ts'
import { methods } from './front/methods.ts'
import { goneAddresses, oldAddresses } from './front/old-addresses.ts'
import { fixedOrigin } from './front/origin.ts'
import { type RateLimitSettings, rateLimits } from './front/rate-limits.ts'
import { secretGuesses } from './front/secret-guesses.ts'
import { securityHeaders } from './front/security-headers.ts'
import { tokenFront } from './front/token.ts'
import { endings as createEndings } from './grants/endings.ts'
import { grantStore } from './grants/grants.ts'
import { grantJudge } from './grants/judge.ts'
import { type LifetimeSettings, lifetimesOf } from './grants/lifetimes.ts'
import { grantOperations } from './grants/operations.ts'
import { type AuthServerFacts, health } from './health.ts'
import { accountStore } from './identity/accounts.ts'
import type { Links } from './identity/links.ts'
import { linkOperations } from './identity/operations.ts'
import { claimsRead, type PersonaSettings, personaSources } from './identity/persona-sources.ts'
import { personas } from './identity/personas.ts'
import { sessionStore } from './identity/sessions.ts'
import type { ConsentSettings } from './interactions/ask-consent.ts'
import { moreTime } from './interactions/more-time.ts'
import { rememberedConsents } from './interactions/remembered-consents.ts'
import { interactionRoutes } from './interactions/routes.ts'
import { INTERACTION_SECONDS, interactionStates } from './interactions/state.ts'
import type { SigningKeys } from './keys/signing-keys.ts'
import { launchStore } from './launch/launches.ts'
import { launchOperations } from './launch/operations.ts'
import type { Styles } from './launch/styles.ts'
import { observed } from './observe.ts'
import { framed, type PageSettings } from './pages/frame.ts'
import { createProvider } from './provider.ts'
import { browserBinding } from './sign-in/browser-binding.ts'
import type { IdentityProvider } from './sign-in/identity-provider.ts'
import { ownWindows } from './sign-in/own-window.ts'
import { signIn } from './sign-in/sign-in.ts'
import type { RecordStore } from './storage/record-store.ts'
import type { ReferenceTokens } from './storage/reference-tokens.ts'
import { auditedFeed, type RevocationFeed } from './storage/revocation-feed.ts'
import { introspectionFront, revocationFront } from './tokens/introspection.ts'
import { tokenStatuses } from './tokens/token-status.ts'

export type AuthServerParts = {
  issuer: string
  fhirBase: string
  fhirUrl: string
  pages: PageSettings
  styles: Styles
  /** Origins of EHRs that may show an app's request in a frame. */
  frameAncestors: readonly string[]
  rateLimits: Pick<RateLimitSettings, 'trustedHops' | 'factor'>
  /** All addresses of OAuth endpoints that older systems had are served as well. */
  servesOldAddresses: boolean
  cookieSecrets: string[]
  keys: SigningKeys
  store: RecordStore
  feed: RevocationFeed
  references: ReferenceTokens
  lifetimes: LifetimeSettings & { onlineSeconds: number }
  consent: ConsentSettings
  /** Milliseconds since 1970. */
  now?: () => number
  clients: ClientRecords
  /** Absent: no dynamic registration. */
  registration?: RegistrationSettings | undefined
  /** Key sets of clients may lie at http and loopback addresses: for a sandbox alone. */
  allowLocalKeySets: boolean
  links: Links
  /** How long audit records are kept; pages say so. */
  auditDays: number
  auditRows: AuditRowStore
  /** Absent: no pages for operators. */
  adminRoles?: AdminRoles | undefined
  /** Where the proxy itself answers, where that is known. */
  proxyUrl?: string | undefined
  /** Of a link without an end of its own. */
  linkSeconds: number
  personas: PersonaSettings
  /** The first one is meant when a login hint does not tell. */
  identityProviders: readonly IdentityProvider[]
  audit: AuditTrail
  /** Of the signing keys, for readiness. Default: those that were given, just now. */
  keyState?: AuthServerFacts['keys']
  /** Undefined: it is off. */
  telemetry?: Telemetry | undefined
  log: Logger
}

export function createAuthServer(parts: AuthServerParts): Provider {
  const { issuer, fhirBase, keys, store, clients, identityProviders, links, audit, log } = parts
  const now = parts.now ?? Date.now
  const grants = grantStore(store, now)
  const endings = createEndings(store, grants, auditedFeed(parts.feed, audit), now)
  const launches = launchStore(store)
  const accounts = accountStore(store, now)
  const isSecure = issuer.startsWith('https:')
  const holders = browserBinding({
    name: 'holder',
    path: '/',
    attributes: cookieAttributes(parts.frameAncestors, isSecure),
    lifetimeSeconds: INTERACTION_SECONDS,
  })
  const sessions = sessionStore({
    store,
    accounts,
    grants,
    endings,
    lifetimeSeconds: parts.lifetimes.onlineSeconds,
    isSecure,
  })
  const consents = rememberedConsents(store, endings, now)
  const lifetimes = lifetimesOf(parts.lifetimes, now)
  const reader = { issuer, fhirBase, fhirUrl: parts.fhirUrl, keys }
  const readers = fhirReaders(reader)
  const { service } = readers
  const known = personas(personaSources(parts.personas, { links, identityProviders, reader: service, fhirBase, now }))
  const readerFor = readers.of
  const judge = grantJudge({ endings, personas: known, sessions, launches, readerFor })
  const provider = createProvider({
    ...parts,
    keySets: keySets({ allowLocalKeySets: parts.allowLocalKeySets, now }),
    launches,
    grants,
    endings,
    judge,
    holders,
    guesses: secretGuesses(parts.rateLimits),
    lifetimes,
  })
  const states = interactionStates(provider)
  const windows = ownWindows(store)
  const signIns = signIn({
    store,
    states,
    holders,
    identityProviders,
    keptClaims: [...claimsRead(parts.personas), ...(parts.adminRoles === undefined ? [] : [ROLES_CLAIM])],
    windows,
    onOwnSignIn: async (ctx, identity) => void (await sessions.begin(ctx, identity)),
    isSecure,
    audit,
    log,
  })
  const changes = clientChanges({ clients, endings, log, now })
  const statuses = tokenStatuses({
    issuer,
    fhirBase,
    keys,
    provider,
    grants,
    endings,
    references: parts.references,
  })
  const reports = reportStore(store, now)
  const operations = [
    ...explainOperations({ fhirBase, statuses }),
    ...launchOperations({ clients, launches, endings }),
    ...clientOperations({ clients, changes }),
    ...reportOperations({ reports }),
    ...grantOperations({ grants, endings, consents, accounts }),
    ...linkOperations({
      links,
      grants,
      endings,
      reader: service,
      lifetimes,
      lifetimeSeconds: parts.linkSeconds,
      now,
    }),
  ]
  const verifyCaller = callerVerifier({ issuer, keys, clients, endings })
  const tokens = {
    statuses,
    endings,
    clients,
    verifyCaller,
  }

  provider.use(observed(parts.telemetry))
  provider.use(fixedOrigin(issuer))
  provider.use(oldAddresses(parts.servesOldAddresses))
  provider.use(framed(parts.pages, cookieAttributes(parts.frameAncestors, isSecure)))
  provider.use(securityHeaders(log, parts.frameAncestors))
  provider.use(rateLimits(parts.rateLimits))
  provider.use(goneAddresses())
  provider.use(methods())
  provider.use(
    plainRoutes(JSON.stringify(openApi(issuer, operations)), {
      brandAssets: parts.pages.brand?.assets,
      healthAt: health({ store, keys: parts.keyState ?? FRESH, lost: audit.lost, now }),
    }),
  )
  provider.use(signIns.routes)
  provider.use(windows.routes(signIns))
  provider.use(parts.styles.routes)
  const own = ownPages({ sessions, signIn: signIns })
  provider.use(
    adminRoutes({
      roles: parts.adminRoles,
      own,
      run: operatorCalls(operations, audit),
      auditRows: parts.auditRows,
      proxyUrl: parts.proxyUrl,
      audit,
      now,
    }),
  )
  provider.use(
    ownArea({
      provider,
      reader,
      readers,
      personas: known,
      clients,
      grants,
      endings,
      consents,
      sessions,
      pages: own,
      reports,
      auditDays: parts.auditDays,
      audit,
      now,
    }),
  )
  provider.use(ownApi(verifyCaller, operations, { audit, log }))
  provider.use(registration(parts.registration, changes, audit))
  provider.use(
    interactionRoutes({
      time: moreTime({ provider, holders, launches, cookie: cookieAttributes(parts.frameAncestors, isSecure), now }),
      now,
      provider,
      fhirBase,
      clients,
      launches,
      accounts,
      personas: known,
      sessions,
      consents,
      styles: parts.styles,
      grants,
      lifetimes,
      states,
      holders,
      signIn: signIns,
      windows,
      readerFor,
      amounts: amounts(readers),
      consent: parts.consent,
      audit,
    }),
  )
  provider.use(authorizeFront())
  provider.use(assertionRefusals())
  provider.use(
    tokenFront({ issuer, fhirBase, provider, grants, lifetimes, endings, references: parts.references, audit }),
  )
  provider.use(introspectionFront(tokens))
  provider.use(revocationFront(tokens))
  provider.use(discoveryFront({ issuer, fhirBase, hasRegistration: parts.registration !== undefined }))
  provider.use(exactPaths())
  return provider
}

const FRESH = () => ({ ageSeconds: 0, isFailing: false })

function plainRoutes(
  apiDescription: string,
  {
    brandAssets = new Map(),
    healthAt,
  }: { brandAssets?: BrandAssets['assets'] | undefined; healthAt: ReturnType<typeof health> },
): Middleware {
  return async (ctx, next) => {
    if (ctx.method !== 'GET' && ctx.method !== 'HEAD') return next()
    const asked = await healthAt(ctx.path)
    if (asked !== undefined) {
      ctx.status = asked.status
      ctx.set('Cache-Control', 'no-store')
      ctx.type = 'json'
      ctx.body = asked.body
      return
    }
    if (ctx.path === '/openapi.json') {
      ctx.set('Access-Control-Allow-Origin', '*')
      ctx.type = 'json'
      ctx.body = apiDescription
      return
    }
    const name = ctx.path.startsWith('/assets/') ? ctx.path.slice('/assets/'.length) : ''
    const asset = assets.get(name) ?? brandAssets.get(name)
    if (asset === undefined) return next()
    ctx.set('Cache-Control', 'public, max-age=31536000, immutable')
    ctx.type = asset.contentType
    ctx.body = asset.body
  }
}
