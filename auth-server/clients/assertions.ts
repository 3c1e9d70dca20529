// What SMART asks of client assertions (private_key_jwt) and the OAuth library does not do: CLI-01 to CLI-09.
import { decodeJwt, decodeProtectedHeader, type JWK, type JWTHeaderParameters, type JWTPayload } from 'jose'
import type { Middleware } from 'koa'
import { type ClientMetadata, errors, type KoaContextWithOIDC } from 'oidc-provider'
import type { RegisteredClient } from './client.ts'
import type { KeySets } from './key-sets.ts'

export const ASSERTION_ALGORITHMS = ['RS384', 'ES384'] as const
const KEY_TYPES: Readonly<Record<string, string>> = { RS384: 'RSA', ES384: 'EC' }

/** A client's assertion may not live longer than five minutes, and clocks may differ by thirty seconds (CLI-02). */
const MAX_ASSERTION_SECONDS = 330

export type AssertionKeys = NonNullable<ClientMetadata['jwks']>['keys']

/**
 * The one key that may verify an assertion; the library is given no other and fetches none by itself.
 *
 * @throws InvalidClientAuth, whatever the reason (CLI-09)
 */
export async function keyOfAssertion(
  client: RegisteredClient,
  assertion: string,
  keySets: KeySets,
): Promise<AssertionKeys> {
  const { alg, kid, jku } = headerOf(assertion)
  const kty = KEY_TYPES[String(alg)]
  if (kty === undefined) throw new errors.InvalidClientAuth('assertion alg is not one of ours')
  if (typeof kid !== 'string') throw new errors.InvalidClientAuth('assertion has no kid')
  // Before anything is fetched: the registered URL is the only one (CLI-05).
  if (jku !== undefined && jku !== client.jwks_uri) throw new errors.InvalidClientAuth('jku is not the registered one')
  const isWanted = (key: JWK) => key.kid === kid && key.kty === kty
  const keys =
    client.jwks_uri === undefined
      ? (client.jwks?.keys ?? [])
      : await keySets.keysAt(client.jwks_uri, isWanted).catch((cause: Error) => {
          throw new errors.InvalidClientAuth(`no key set of the client: ${cause.message}`)
        })
  const wanted = (keys as JWK[]).filter(isWanted)
  if (wanted.length !== 1) throw new errors.InvalidClientAuth(`${wanted.length} keys with the kid of the assertion`)
  return wanted as AssertionKeys
}

/** Whether the client says that it speaks; what is no JWT is refused elsewhere. */
export function isAssertionOf(client: RegisteredClient, assertion: string): boolean {
  if (client.token_endpoint_auth_method !== 'private_key_jwt') return false
  try {
    return decodeJwt(assertion).sub === client.client_id
  } catch {
    return false
  }
}

function headerOf(assertion: string): JWTHeaderParameters & { jku?: unknown } {
  try {
    return decodeProtectedHeader(assertion) as JWTHeaderParameters
  } catch {
    throw new errors.InvalidClientAuth('assertion is no JWT')
  }
}

/** Rules beyond signature, `iss`, `sub`, `jti` and the past of `exp`, which the library holds to. */
export function assertionRules(tokenUrl: string, now: () => number) {
  return async (_ctx: KoaContextWithOIDC, claims: JWTPayload, header: Record<string, unknown>): Promise<void> => {
    const { exp, aud } = claims
    const isOurs = aud === tokenUrl || (Array.isArray(aud) && aud.length === 1 && aud[0] === tokenUrl)
    if (!isOurs) throw new errors.InvalidClientAuth('assertion aud must be the token endpoint')
    if (typeof exp !== 'number' || exp > now() / 1000 + MAX_ASSERTION_SECONDS) {
      throw new errors.InvalidClientAuth('assertion lives longer than five minutes')
    }
    if (header.typ !== undefined && header.typ !== 'JWT') throw new errors.InvalidClientAuth('assertion typ')
  }
}

/** The library takes some faults of an assertion for faults of the request; to SMART they are all one (CLI-09). */
export function assertionRefusals(): Middleware {
  return async (ctx, next) => {
    await next()
    const { oidc } = ctx as unknown as Partial<KoaContextWithOIDC>
    const { error } = (ctx.body ?? {}) as { error?: unknown }
    if (oidc?.params?.client_assertion === undefined || oidc.client !== undefined) return
    if (ctx.status !== 400 || error !== 'invalid_request') return
    ctx.status = 401
    ctx.body = { error: 'invalid_client', error_description: 'client authentication failed' }
  }
}

/** One method a client: a secret for the header is none for the form, and the other way round (CLI-11). */
export function isRegisteredMethod(ctx: KoaContextWithOIDC | undefined, registered: string | undefined): boolean {
  const used = ctx?.oidc.params?.client_secret === undefined ? 'client_secret_basic' : 'client_secret_post'
  return used === registered
}
