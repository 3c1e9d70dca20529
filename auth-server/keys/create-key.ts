// A new private key, named by its own thumbprint.
import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK } from 'jose'

export async function createKey<Alg extends 'ES256' | 'ES384' | 'RS256'>(
  alg: Alg,
): Promise<JWK & { alg: Alg; kid: string }> {
  const { privateKey } = await generateKeyPair(alg, { extractable: true })
  const jwk = await exportJWK(privateKey)
  return { ...jwk, kid: await calculateJwkThumbprint(jwk), alg, use: 'sig' }
}
