// The stand-in's RS256 key, kept as a JWK so that tokens stay valid over restarts.

import { calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, type JWK } from 'jose'
import type { SigningKey } from './token-issuer.ts'

export async function createSigningJwk(): Promise<JWK> {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true })
  return exportJWK(privateKey)
}

/** @param jwk a private RSA key */
export async function readSigningKey(jwk: JWK): Promise<SigningKey> {
  const publicJwk: JWK = { kty: 'RSA', n: jwk.n ?? '', e: jwk.e ?? '' }
  const [privateKey, publicKey] = await Promise.all([
    importJWK(jwk, 'RS256'),
    importJWK(publicJwk, 'RS256', { extractable: true }),
  ])
  if (privateKey instanceof Uint8Array || publicKey instanceof Uint8Array) throw new Error('not an RSA key')
  return { kid: await calculateJwkThumbprint(publicJwk), privateKey, publicKey }
}
