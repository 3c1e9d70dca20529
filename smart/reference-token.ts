// Access tokens too long for the headers on their way: the app gets a handle, and the signed token lies in a table that
// both services read (AUTHZ-18). Behind the handle it is judged like any other.

export const REFERENCE_TOKENS_TABLE = 'referencetokens'

/** Several gateways stop at 8 KB of headers. */
export const MAX_TOKEN_CHARACTERS = 6_000

const PREFIX = 'ref_'

/** @param random 192 random bits or more, base64url */
export function handleOf(random: string): string {
  return PREFIX + random
}

export function isHandle(token: string): boolean {
  return token.startsWith(PREFIX) && !token.includes('.')
}

/** Only the hash of a handle is stored. `token` and `token2`: a property holds at most 32,768 characters. */
export type ReferenceTokenRow = { token: string; token2: string; exp: number }

const PROPERTY_CHARACTERS = 32_000

export function rowOf(token: string, exp: number): ReferenceTokenRow {
  return { token: token.slice(0, PROPERTY_CHARACTERS), token2: token.slice(PROPERTY_CHARACTERS), exp }
}

/** The keys of a handle's row, from the base64url SHA-256 of the handle. */
export function referenceKeys(hash: string): { partitionKey: string; rowKey: string } {
  return { partitionKey: hash.slice(0, 1), rowKey: hash }
}
