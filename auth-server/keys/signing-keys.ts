// Our signing keys: ES256 for access tokens (a third of RSA's cost), RS256 for id_tokens (what generic clients expect).
import { readFile } from 'node:fs/promises'
import { type CryptoKey, importJWK, type JWK } from 'jose'
import { z } from 'zod'

export type SigningKeys = {
  /** Private JWKS for the library, in signing order. */
  jwks: { keys: JWK[] }
  accessToken: { key: CryptoKey; kid: string }
}

const privateJwks = z.object({
  keys: z
    .array(z.looseObject({ kty: z.string(), kid: z.string(), alg: z.enum(['ES256', 'RS256']), d: z.string() }))
    .refine((keys) => keys.some((key) => key.alg === 'ES256'), 'an ES256 key is missing')
    .refine((keys) => keys.some((key) => key.alg === 'RS256'), 'an RS256 key is missing'),
})

/** @throws when the file is missing or does not hold both keys; the message names the file, never the keys */
export async function readSigningKeys(path: string): Promise<SigningKeys> {
  const parsed = privateJwks.safeParse(await readJson(path))
  if (!parsed.success) throw new Error(`${path}: ${parsed.error.issues.map((issue) => issue.message).join('; ')}`)
  const keys = parsed.data.keys.map((key) => ({ use: 'sig', ...key })) as JWK[]
  const jwk = keys.find((key) => key.alg === 'ES256') as JWK
  const key = (await importJWK(jwk, 'ES256')) as CryptoKey
  return { jwks: { keys }, accessToken: { key, kid: String(jwk.kid) } }
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
