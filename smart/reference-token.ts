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

/**
 * What is stored: the token sealed under its handle, so that whoever reads the table holds nothing usable (SEC-04).
 * Two properties: one holds at most 32,768 characters.
 */
export type ReferenceTokenRow = { sealed: string; sealed2: string; exp: number }

const PROPERTY_CHARACTERS = 32_000
/** Each key seals one token, once: no two texts ever share this. */
const IV = new Uint8Array(12)

/** @param exp seconds since 1970 */
export async function sealToken(token: string, handle: string, exp: number): Promise<ReferenceTokenRow> {
  const cipher = await crypto.subtle.encrypt(
    { name: 'AES-GCM', iv: IV },
    await keyOf(handle),
    new TextEncoder().encode(token),
  )
  const text = btoa(Array.from(new Uint8Array(cipher), (byte) => String.fromCharCode(byte)).join(''))
  return { sealed: text.slice(0, PROPERTY_CHARACTERS), sealed2: text.slice(PROPERTY_CHARACTERS), exp }
}

/** Undefined when the row was not sealed under this handle. */
export async function openToken(row: ReferenceTokenRow, handle: string): Promise<string | undefined> {
  try {
    const cipher = Uint8Array.from(atob(row.sealed + row.sealed2), (byte) => byte.charCodeAt(0))
    const plain = await crypto.subtle.decrypt({ name: 'AES-GCM', iv: IV }, await keyOf(handle), cipher)
    return new TextDecoder().decode(plain)
  } catch {
    return undefined
  }
}

/** The row's name is a hash of the handle too: a label keeps the two apart. */
async function keyOf(handle: string): Promise<CryptoKey> {
  const bits = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(`reference token key\n${handle}`))
  return crypto.subtle.importKey('raw', bits, 'AES-GCM', false, ['encrypt', 'decrypt'])
}

/** The keys of a handle's row, from the base64url SHA-256 of the handle. */
export function referenceKeys(hash: string): { partitionKey: string; rowKey: string } {
  return { partitionKey: hash.slice(0, 1), rowKey: hash }
}
