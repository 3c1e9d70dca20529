// The registered clients, and what the OAuth library is told of them.
import { createHash, timingSafeEqual } from 'node:crypto'
import type { ClientMetadata } from 'oidc-provider'
import { z } from 'zod'

/** https, loopback http for development, or an app's own scheme with a dot (RFC 8252 section 7). */
const redirectUri = z.string().refine((text) => {
  if (!URL.canParse(text) || text.includes('#')) return false
  const { protocol, hostname } = new URL(text)
  if (protocol === 'http:') return ['localhost', '127.0.0.1', '[::1]'].includes(hostname)
  return protocol === 'https:' || /^[a-z][a-z0-9+-]*\.[a-z0-9+.-]+:$/.test(protocol)
}, 'must be https, http on loopback, or an own scheme with a dot, without a fragment')

const clientSchema = z
  .strictObject({
    client_id: z.string().regex(/^[A-Za-z0-9._~-]{1,128}$/),
    /** What people see. */
    client_name: z.string().min(1).max(200),
    kind: z.enum(['public', 'symmetric', 'asymmetric', 'ehr']),
    redirect_uris: z.array(redirectUri).default([]),
    launch_url: redirectUri.optional(),
    /** Allow list: SMART scopes, space separated. */
    scope: z.string().default(''),
    maker: z.string().max(200).optional(),
    /** Why the app wants data, in its own words. */
    purpose: z.string().max(500).optional(),
    jwks: z.object({ keys: z.array(z.looseObject({ kty: z.string(), kid: z.string() })) }).optional(),
    /** SHA-256 of each valid secret, hex; several while one is being replaced. */
    client_secret_sha256: z.array(z.string().regex(/^[0-9a-f]{64}$/)).default([]),
  })
  .refine((client) => client.kind === 'ehr' || client.redirect_uris.length > 0, 'redirect_uris: an app needs one')
  .refine((client) => !needsKeys(client.kind) || client.jwks !== undefined, 'jwks: this kind needs keys')
  .refine(
    (client) => client.kind !== 'symmetric' || client.client_secret_sha256.length > 0,
    'client_secret_sha256: needed',
  )

export type RegisteredClient = z.infer<typeof clientSchema>

export type ClientRegistry = {
  find(clientId: string): RegisteredClient | undefined
  /** The same client in the library's terms. */
  findMetadata(clientId: string): ClientMetadata | undefined
  /** Constant-time against each stored hash. */
  isSecretOf(clientId: string, secret: string): boolean
}

function needsKeys(kind: string): boolean {
  return kind === 'asymmetric' || kind === 'ehr'
}

/** @throws Error with one line per faulty client */
export function clientRegistry(entries: unknown): ClientRegistry {
  const parsed = z.array(clientSchema).safeParse(entries)
  if (!parsed.success) {
    throw new Error(parsed.error.issues.map((issue) => `client ${issue.path.join('.')}: ${issue.message}`).join('\n'))
  }
  const clients = new Map(parsed.data.map((client) => [client.client_id, client]))
  if (clients.size !== parsed.data.length) throw new Error('client_id: registered twice')
  return {
    find: (clientId) => clients.get(clientId),
    findMetadata: (clientId) => {
      const client = clients.get(clientId)
      return client && metadataOf(client)
    },
    isSecretOf: (clientId, secret) => {
      const digest = createHash('sha256').update(secret).digest()
      const hashes = clients.get(clientId)?.client_secret_sha256 ?? []
      return hashes.map((hash) => timingSafeEqual(digest, Buffer.from(hash, 'hex'))).includes(true)
    },
  }
}

const AUTHENTICATION = {
  public: 'none',
  symmetric: 'client_secret_basic',
  asymmetric: 'private_key_jwt',
  ehr: 'private_key_jwt',
} as const

function metadataOf(client: RegisteredClient): ClientMetadata {
  const isEhr = client.kind === 'ehr'
  return {
    client_id: client.client_id,
    client_name: client.client_name,
    redirect_uris: client.redirect_uris,
    response_types: isEhr ? [] : ['code'],
    grant_types: isEhr ? ['client_credentials'] : ['authorization_code', 'refresh_token'],
    token_endpoint_auth_method: AUTHENTICATION[client.kind],
    ...(client.jwks === undefined ? {} : { jwks: client.jwks as NonNullable<ClientMetadata['jwks']> }),
    // The library wants a secret to be there; it is compared by the registry, against hashes.
    ...(client.kind === 'symmetric' ? { client_secret: client.client_secret_sha256.join('') } : {}),
  }
}
