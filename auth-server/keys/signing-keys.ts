// Our signing keys: ES256 for access tokens (a third of RSA's cost), RS256 for id_tokens (what generic clients expect).
import { readFile } from 'node:fs/promises'
import { type CryptoKey, importJWK, type JWK } from 'jose'
import type { PlannedKey, SigningOrder } from './key-plan.ts'

export type SigningKeys = {
  /** Private JWKS for the library, in signing order: of each algorithm the first signs. */
  jwks: { keys: JWK[] }
  accessToken: { key: CryptoKey; kid: string }
}

export async function signingKeysOf({ signing, published }: SigningOrder): Promise<SigningKeys> {
  const keys = [...signing, ...published].map(withoutPlan)
  const jwk = keys.find((key) => key.alg === 'ES256') as JWK
  const key = (await importJWK(jwk, 'ES256')) as CryptoKey
  return { jwks: { keys }, accessToken: { key, kid: String(jwk.kid) } }
}

function withoutPlan({ use_from: _from, retire_at: _end, ...key }: PlannedKey): JWK {
  return { use: 'sig', ...key } as JWK
}

/** What may be shown of them. */
export function publicJwks({ jwks }: SigningKeys): { keys: JWK[] } {
  return { keys: jwks.keys.map(({ d, p, q, dp, dq, qi, ...shown }) => shown as JWK) }
}

/** @throws Error naming the file when it is missing or no JSON */
export async function readJson(path: string): Promise<unknown> {
  const text = await readFile(path, 'utf8').catch(() => {
    throw new Error(`${path}: cannot be read`)
  })
  try {
    return JSON.parse(text)
  } catch {
    throw new Error(`${path}: is not JSON`)
  }
}
