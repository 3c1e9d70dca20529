// A registered client: RFC 7591 metadata under its own names, and what SMART and this server add.
import type { ClientMetadata } from 'oidc-provider'
import { z } from 'zod'
import { canBeGranted } from '../../smart/access/granting.ts'
import { parseScope } from '../../smart/access/scope.ts'
import { isApiScope } from '../api/api-scopes.ts'
import { secretSchema } from './secret.ts'

const LOOPBACK_HOSTS = ['localhost', '127.0.0.1', '[::1]']

/** https, loopback http for development, or an app's own scheme with a dot (RFC 8252 section 7). */
const redirectUri = z
  .string()
  .max(2000)
  .refine((text) => {
    if (!URL.canParse(text) || text.includes('#')) return false
    const { protocol, hostname } = new URL(text)
    if (protocol === 'http:') return LOOPBACK_HOSTS.includes(hostname)
    return protocol === 'https:' || /^[a-z][a-z0-9+-]*\.[a-z0-9+.-]+:$/.test(protocol)
  }, 'must be https, http on loopback, or an own scheme with a dot, without a fragment')

const origin = redirectUri.refine((text) => URL.canParse(text) && new URL(text).origin === text, 'must be an origin')

const SECRET_KEY_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k']

const publicKey = z
  .looseObject({ kty: z.enum(['EC', 'RSA']), kid: z.string().min(1).max(200) })
  .refine((key) => !SECRET_KEY_MEMBERS.some((member) => member in key), 'must be the public part alone')

/** A misspelt scope would never be granted, and nobody would see why: it is refused where it is written. */
const scopeList = z
  .string()
  .max(8000)
  .superRefine((text, faults) => {
    const unknown = text.split(' ').filter((scope) => scope !== '' && !canBeGranted(scope) && !isApiScope(scope))
    for (const scope of unknown.slice(0, 10)) {
      faults.addIssue({ code: 'custom', message: `${scope.slice(0, 200)} is no scope that can be granted` })
    }
  })

export const AUTHENTICATION_METHODS = ['none', 'client_secret_basic', 'client_secret_post', 'private_key_jwt'] as const

/** What may be said of a client; how it is known and kept is added below. */
export const clientMembers = {
  /** What people see. */
  client_name: z.string().min(1).max(200),
  token_endpoint_auth_method: z.enum(AUTHENTICATION_METHODS),
  redirect_uris: z.array(redirectUri).max(50).default([]),
  launch_url: redirectUri.optional(),
  /** Origins besides those of the redirect URIs whose pages may call the token endpoint. */
  cors_origins: z.array(origin).max(50).optional(),
  /** Allow list: SMART scopes, space separated; `system/` and `__` ones for the client itself. */
  scope: scopeList.default(''),
  maker: z.string().max(200).optional(),
  /** Addresses of mail at which people reach the maker, the first to ask that data be deleted (RFC 7591 section 2). */
  contacts: z.array(z.email().max(200)).max(5).optional(),
  /** Why the app wants data, in its own words. */
  purpose: z.string().max(500).optional(),
  /** Scopes without which the app says it does not work; people may still refuse them. */
  required_scope: scopeList.optional(),
  /** What stops working without them, by scope, in the app's own words. */
  required_reasons: z.record(scopeList, z.string().min(1).max(200)).optional(),
  /** The app's answers on what it does with data; what is left out was not answered. */
  data_use: z
    .strictObject({
      sells: z.boolean().optional(),
      shares: z.boolean().optional(),
      deletes_on_request: z.boolean().optional(),
      ends_when_stopped: z.boolean().optional(),
    })
    .optional(),
  /** Its privacy policy. */
  policy_uri: z
    .url({ protocol: /^https$/ })
    .max(2000)
    .optional(),
  /** Who at the operator has looked at the app; operators alone say so. */
  checked_by: z.string().min(1).max(200).optional(),
  /** Clinicians who start it on an open chart are not asked again; operators alone say so, of apps that they have checked. */
  staff_approved: z.boolean().default(false),
  jwks: z.object({ keys: z.array(publicKey).max(20) }).optional(),
  /** https; a sandbox takes http on loopback too. */
  jwks_uri: z
    .url({ protocol: /^https?$/ })
    .max(2000)
    .refine((url) => url.startsWith('https:') || LOOPBACK_HOSTS.includes(new URL(url).hostname), 'must be https')
    .optional(),
  /** A client that is not enabled is unknown to every endpoint. */
  enabled: z.boolean().default(true),
  /** Takes the unsigned base64 launch of the older Azure proxy, only for patients whom the person may open (SEED-14). */
  legacy_launch: z.boolean().default(false),
  /** In development: the token answer names the scopes that were trimmed, and why. */
  sandbox: z.boolean().default(false),
}

export const clientId = z.string().regex(/^[A-Za-z0-9._~-]{1,128}$/)

export const clientSchema = z
  .strictObject({
    client_id: clientId,
    ...clientMembers,
    /** Hashes; several while one is being replaced. */
    secrets: z.array(secretSchema).max(10).default([]),
  })
  .refine((client) => client.redirect_uris.length > 0 || actsForItself(client), {
    path: ['redirect_uris'],
    error: 'an app needs one',
  })
  .refine(
    ({ token_endpoint_auth_method: method, jwks, jwks_uri }) =>
      method === 'private_key_jwt' ? !!jwks !== !!jwks_uri : !jwks && !jwks_uri,
    { path: ['jwks'], error: 'private_key_jwt needs jwks or jwks_uri, not both; nothing else has any' },
  )
  .refine((client) => !client.staff_approved || client.checked_by !== undefined, {
    path: ['staff_approved'],
    error: 'an app that staff are not asked about needs checked_by: who has looked at it',
  })
  .refine((client) => hasSecret(client) === client.secrets.length > 0, {
    path: ['secrets'],
    error: 'client_secret_basic and client_secret_post need one; nothing else has any',
  })

export type RegisteredClient = z.infer<typeof clientSchema>

export function hasSecret(client: { token_endpoint_auth_method: string }): boolean {
  return client.token_endpoint_auth_method.startsWith('client_secret_')
}

/** Scopes that no person grants: those of backend services (BKS) and of our own APIs (INT-03). */
export function ownScopesOf(client: { scope: string }): string[] {
  return client.scope.split(' ').filter((scope) => {
    const parsed = parseScope(scope)
    return scope.startsWith('__') || (parsed.ok && parsed.scope.context === 'system')
  })
}

/** Tokens of its own need a key: a secret is not enough for all patients at once (BKS-01). */
export function actsForItself(client: { scope: string; token_endpoint_auth_method: string }): boolean {
  return client.token_endpoint_auth_method === 'private_key_jwt' && ownScopesOf(client).length > 0
}

/** Whether an app lives on a person's device: an own scheme, or a loopback address whose port the app picks anew each time (RFC 8252 section 7.3). */
export function isNative(uri: string): boolean {
  const { protocol, hostname, port } = new URL(uri)
  if (protocol === 'https:') return false
  return protocol !== 'http:' || (port === '' && ['127.0.0.1', '[::1]'].includes(hostname))
}

/**
 * The client in the OAuth library's terms.
 * @param keys what an assertion may be verified with; the library fetches none by itself
 */
export function metadataOf(
  client: RegisteredClient,
  keys: NonNullable<ClientMetadata['jwks']>['keys'],
): ClientMetadata {
  const isApp = client.redirect_uris.length > 0
  return {
    client_id: client.client_id,
    client_name: client.client_name,
    redirect_uris: client.redirect_uris,
    ...(client.cors_origins === undefined ? {} : { cors_origins: client.cors_origins }),
    application_type: client.redirect_uris.some(isNative) ? 'native' : 'web',
    response_types: isApp ? ['code'] : [],
    grant_types: [
      ...(isApp ? (['authorization_code', 'refresh_token'] as const) : []),
      ...(actsForItself(client) ? (['client_credentials'] as const) : []),
    ],
    token_endpoint_auth_method: client.token_endpoint_auth_method,
    ...(client.token_endpoint_auth_method === 'private_key_jwt' ? { jwks: { keys } } : {}),
    // The library wants a secret to be there; it is compared by the registry, against hashes.
    ...(hasSecret(client) ? { client_secret: client.secrets.map(({ sha256 }) => sha256).join('') } : {}),
  }
}
