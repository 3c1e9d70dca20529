// Puts the authorization server together: front middleware, pages and APIs ahead of the OAuth library. Opens nothing.
import type { Middleware } from 'koa'
import type Provider from 'oidc-provider'
import type { Logger } from 'pino'
import { assets } from '../consent-ui/index.ts'
import type { ClientRegistry } from './clients/registry.ts'
import type { IdentityProvider } from './entra/identity-provider.ts'
import { CALLBACK_PATH, signIn } from './entra/sign-in.ts'
import { personReader } from './fhir/person-reader.ts'
import { authorizeFront } from './front/authorize.ts'
import { fixedOrigin } from './front/origin.ts'
import { securityHeaders } from './front/security-headers.ts'
import { tokenFront } from './front/token.ts'
import type { Links } from './identity/links.ts'
import { interactionRoutes } from './interactions/routes.ts'
import { interactionStates } from './interactions/state.ts'
import type { SigningKeys } from './keys/signing-keys.ts'
import { launchStore } from './launch/launches.ts'
import { launchRoutes } from './launch/routes.ts'
import { createProvider } from './provider.ts'
import { grantContexts } from './storage/grant-contexts.ts'
import type { RecordStore } from './storage/record-store.ts'

export type AuthServerParts = {
  issuer: string
  fhirBase: string
  fhirUrl: string
  operator: string
  cookieSecrets: string[]
  keys: SigningKeys
  store: RecordStore
  clients: ClientRegistry
  links: Links
  identityProvider: IdentityProvider
  log: Logger
}

export function createAuthServer(parts: AuthServerParts): Provider {
  const { issuer, fhirBase, operator, keys, store, clients, links, identityProvider, log } = parts
  const contexts = grantContexts(store)
  const launches = launchStore(store)
  const states = interactionStates(store)
  const provider = createProvider({ ...parts, launches, contexts })
  const isSecure = issuer.startsWith('https:')
  const signIns = signIn({ store, states, identityProvider, operator, isSecure, log })
  const reader = { issuer, fhirBase, fhirUrl: parts.fhirUrl, keys }

  provider.use(fixedOrigin(issuer))
  provider.use(securityHeaders(log, operator))
  provider.use(plainRoutes(signIns.callback))
  provider.use(launchRoutes({ issuer, keys, clients, launches }))
  provider.use(
    interactionRoutes({
      provider,
      fhirBase,
      operator,
      clients,
      launches,
      links,
      contexts,
      states,
      signIn: signIns,
      readerFor: (persona) => personReader(reader, persona),
    }),
  )
  provider.use(authorizeFront())
  provider.use(tokenFront(contexts))
  return provider
}

function plainRoutes(callback: ReturnType<typeof signIn>['callback']): Middleware {
  return async (ctx, next) => {
    if (ctx.method !== 'GET') return next()
    if (ctx.path === CALLBACK_PATH) return callback(ctx)
    if (ctx.path === '/health') {
      ctx.set('Cache-Control', 'no-store')
      ctx.body = { status: 'ok' }
      return
    }
    const asset = ctx.path.startsWith('/assets/') ? assets.get(ctx.path.slice('/assets/'.length)) : undefined
    if (asset === undefined) return next()
    ctx.set('Cache-Control', 'public, max-age=31536000, immutable')
    ctx.type = asset.contentType
    ctx.body = asset.body
  }
}
