// Access tokens: JWTs of our issuer (RFC 9068), verified locally against its published keys.

import { hash } from 'node:crypto'
import { errors, type JWTVerifyGetKey, jwtVerify } from 'jose'
import { LRUCache } from 'lru-cache'
import { z } from 'zod'
import { isHandle } from '../../smart/reference-token.ts'
import type { Revocations } from './revocations.ts'

const Claims = z.object({
  iss: z.string(),
  sub: z.string(),
  client_id: z.string().min(1),
  scope: z.string(),
  exp: z.number(),
  iat: z.number(),
  aud: z.union([z.string(), z.tuple([z.string()])]),
  gid: z.string().optional(),
  jti: z.string().optional(),
  patient: z.string().optional(),
  encounter: z.string().optional(),
  person: z.string().optional(),
})

export type TokenClaims = z.infer<typeof Claims>

export type Verified =
  | { kind: 'verified'; claims: TokenClaims }
  | { kind: 'missing' }
  | { kind: 'invalid'; message: string }
  /** The keys cannot be had: nothing is known of the token. */
  | { kind: 'unavailable' }

export type Verify = (authorization: string | undefined) => Promise<Verified>

export type VerifySettings = {
  issuer: string
  audience: string
  keys: JWTVerifyGetKey
  clock: () => Date
  /** How far the issuer's clock may be from ours. */
  clockSkewSeconds: number
  revocations: Revocations
  /** The signed token behind a handle. */
  findToken(handle: string): Promise<string | undefined>
}

const MAX_TOKENS = 10_000
const MAX_TOKEN_CHARACTERS = 16_384

/** Verified tokens are remembered by hash until they expire, since a signature costs more than the rest of a read. */
export function createVerify(settings: VerifySettings): Verify {
  const { issuer, audience, keys, clock, clockSkewSeconds, revocations, findToken } = settings
  const verified = new LRUCache<string, TokenClaims>({ max: MAX_TOKENS })

  /** Asked on every request, remembered token or not. */
  const unlessRevoked = (claims: TokenClaims): Verified => {
    switch (revocations.stateOf(claims)) {
      case 'live':
        return { kind: 'verified', claims }
      case 'revoked':
        return { kind: 'invalid', message: 'The access token was revoked.' }
      case 'unknown':
        return { kind: 'unavailable' }
    }
  }

  return async (authorization) => {
    if (authorization === undefined) return { kind: 'missing' }
    const token = /^Bearer +([A-Za-z0-9._~+/-]+=*) *$/i.exec(authorization)?.[1]
    if (token === undefined || token.length > MAX_TOKEN_CHARACTERS)
      return { kind: 'invalid', message: 'The Authorization header holds no bearer token.' }

    const key = hash('sha256', token, 'base64')
    const known = verified.get(key)
    const now = clock()
    if (known !== undefined && (known.exp + clockSkewSeconds) * 1000 > now.getTime()) return unlessRevoked(known)

    try {
      const signed = isHandle(token) ? await findToken(token) : token
      if (signed === undefined) return { kind: 'invalid', message: 'The access token is not valid here.' }
      const { payload } = await jwtVerify(signed, keys, {
        issuer,
        audience,
        algorithms: ['ES256'],
        typ: 'at+jwt',
        requiredClaims: ['exp', 'iat', 'sub'],
        currentDate: now,
        clockTolerance: clockSkewSeconds,
      })
      const claims = Claims.safeParse(payload)
      if (!claims.success) return { kind: 'invalid', message: 'The access token lacks what is needed here.' }
      verified.set(key, claims.data)
      return unlessRevoked(claims.data)
    } catch (error) {
      return refusalOf(error)
    }
  }
}

/** Why a token cannot be taken: its own fault, or that its keys cannot be had. */
export function refusalOf(error: unknown): Exclude<Verified, { kind: 'verified' }> {
  if (error instanceof errors.JWTExpired) return { kind: 'invalid', message: 'The access token has expired.' }
  const ofKeys = error instanceof errors.JWKSTimeout || error instanceof errors.JWKSInvalid
  // jose reports a JWKS answer other than 200 as its plain base class, and a refused connection as a TypeError.
  const unreachable = !(error instanceof errors.JOSEError) || error.constructor === errors.JOSEError
  if (ofKeys || unreachable) return { kind: 'unavailable' }
  return { kind: 'invalid', message: 'The access token is not valid here.' }
}
