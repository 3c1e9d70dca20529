// What a change takes from a client, and what ends with it at once.
import { isDeepStrictEqual } from 'node:util'
import type { Endings } from '../grants/endings.ts'
import type { RegisteredClient } from './client.ts'

/**
 * Other replicas know a client as it was for two more seconds, and the change itself is yet to be written. A token of these
 * seconds does not show which of both it was given by, so all of them end: better one refresh more than a scope too many.
 */
const MARGIN_SECONDS = 4

/**
 * To be called before the change is written: what could not be ended is not taken away either, and a retry does both.
 * A client that is no longer enabled loses everything. One that lost a scope, a key or a secret gets new access tokens for
 * the old: they hold what is still allowed. A redirect URI is looked up at each use.
 */
export async function endWhatIsLost(
  endings: Pick<Endings, 'endClient' | 'endTokensOf'>,
  before: RegisteredClient,
  after: RegisteredClient,
): Promise<void> {
  if (!after.enabled) return endings.endClient(after.client_id, MARGIN_SECONDS)
  if (hasLost(before, after)) await endings.endTokensOf(after.client_id, MARGIN_SECONDS)
}

function hasLost(before: RegisteredClient, after: RegisteredClient): boolean {
  const lost = <T>(held: readonly T[], kept: readonly T[]): boolean =>
    held.some((one) => !kept.some((other) => isDeepStrictEqual(one, other)))
  const scopesOf = ({ scope }: RegisteredClient) => scope.split(' ').filter((one) => one !== '')
  return (
    lost(scopesOf(before), scopesOf(after)) ||
    lost(before.jwks?.keys ?? [], after.jwks?.keys ?? []) ||
    lost(before.secrets, after.secrets) ||
    (before.jwks_uri !== undefined && before.jwks_uri !== after.jwks_uri) ||
    before.token_endpoint_auth_method !== after.token_endpoint_auth_method
  )
}
