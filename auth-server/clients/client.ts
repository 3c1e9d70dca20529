// A registered client: RFC 7591 metadata under its own names, and what SMART and this server add.
import type { ClientMetadata } from 'oidc-provider'
import { z } from 'zod'
import { parseScope } from '../../smart/scope.ts'

/** https, loopback http for development, or an app's own scheme with a dot (RFC 8252 section 7). */
const redirectUri = z.string().refine((text) => {
  if (!URL.canParse(text) || text.includes('#')) return false
  const { protocol, hostname } = new URL(text)
  if (protocol === 'http:') return ['localhost', '127.0.0.1', '[::1]'].includes(hostname)
  return protocol === 'https:' || /^[a-z][a-z0-9+-]*\.[a-z0-9+.-]+:$/.test(protocol)
}, 'must be https, http on loopback, or an own scheme with a dot, without a fragment')

export const AUTHENTICATION_METHODS = ['none', 'client_secret_basic', 'client_secret_post', 'private_key_jwt'] as const

export const clientSchema = z
  .strictObject({
    client_id: z.string().regex(/^[A-Za-z0-9._~-]{1,128}$/),
    /** What people see. */
    client_name: z.string().min(1).max(200),
    token_endpoint_auth_method: z.enum(AUTHENTICATION_METHODS),
    redirect_uris: z.array(redirectUri).default([]),
    launch_url: redirectUri.optional(),
    /** Allow list: SMART scopes, space separated; `system/` and `__` ones for the client itself. */
    scope: z.string().default(''),
    maker: z.string().max(200).optional(),
    /** Why the app wants data, in its own words. */
    purpose: z.string().max(500).optional(),
    /** Scopes without which the app says it does not work; people may still refuse them. */
    required_scope: z.string().optional(),
    jwks: z.object({ keys: z.array(z.looseObject({ kty: z.string(), kid: z.string() })) }).optional(),
    jwks_uri: z.url({ protocol: /^https?$/ }).optional(),
    /** SHA-256 of each valid secret, hex; several while one is being replaced. */
    client_secret_sha256: z.array(z.string().regex(/^[0-9a-f]{64}$/)).default([]),
    /** A client that is not enabled is unknown to every endpoint. */
    enabled: z.boolean().default(true),
    /** Takes the unsigned base64 launch of the older Azure proxy, only for patients whom the person may open (SEED-14). */
    legacy_launch: z.boolean().default(false),
    /** In development: the token answer names the scopes that were trimmed, and why. */
    sandbox: z.boolean().default(false),
  })
  .refine((client) => client.redirect_uris.length > 0 || actsForItself(client), 'redirect_uris: an app needs one')
  .refine(
    (client) => client.token_endpoint_auth_method !== 'private_key_jwt' || !!client.jwks !== !!client.jwks_uri,
    'jwks: private_key_jwt needs jwks or jwks_uri, not both',
  )
  .refine((client) => !hasSecret(client) || client.client_secret_sha256.length > 0, 'client_secret_sha256: needed')

export type RegisteredClient = z.infer<typeof clientSchema>

function hasSecret(client: { token_endpoint_auth_method: string }): boolean {
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

/** An own scheme, or a loopback address whose port the app picks anew each time (RFC 8252 section 7.3). */
function isNative(uri: string): boolean {
  const { protocol, hostname, port } = new URL(uri)
  if (protocol === 'https:') return false
  return protocol !== 'http:' || (port === '' && ['127.0.0.1', '[::1]'].includes(hostname))
}

/** The client in the OAuth library's terms. */
export function metadataOf(client: RegisteredClient): ClientMetadata {
  const isApp = client.redirect_uris.length > 0
  return {
    client_id: client.client_id,
    client_name: client.client_name,
    redirect_uris: client.redirect_uris,
    application_type: client.redirect_uris.some(isNative) ? 'native' : 'web',
    response_types: isApp ? ['code'] : [],
    grant_types: [
      ...(isApp ? (['authorization_code', 'refresh_token'] as const) : []),
      ...(actsForItself(client) ? (['client_credentials'] as const) : []),
    ],
    token_endpoint_auth_method: client.token_endpoint_auth_method,
    ...(client.jwks === undefined ? {} : { jwks: client.jwks as NonNullable<ClientMetadata['jwks']> }),
    ...(client.jwks_uri === undefined ? {} : { jwks_uri: client.jwks_uri }),
    // The library wants a secret to be there; it is compared by the registry, against hashes.
    ...(hasSecret(client) ? { client_secret: client.client_secret_sha256.join('') } : {}),
  }
}
