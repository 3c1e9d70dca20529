// Who may ask, as it is configured: whose tokens are taken, and with which keys they are verified.

import type { JWTVerifyGetKey } from 'jose'
import type { Logger } from 'pino'
import { type Answer, refusal } from '../answers/answer.ts'
import type { ProxyConfig } from '../config.ts'
import { createIdentify, type Identified, type Identify } from './credential.ts'
import { createIssuerKeys, type KeyState } from './issuer-keys.ts'
import type { Revocations } from './revocations.ts'
import type { SharedTables } from './shared-tables.ts'
import { createVerify } from './verify.ts'
import { createVerifyRoles } from './verify-roles.ts'

export type IdentifyDeps = {
  log: Logger
  clock: () => Date
  revocations: Revocations
  /** The signed token behind a handle. */
  findToken(handle: string): Promise<string | undefined>
  /** What an Entra account is linked to, for role mode; undefined: to nobody. */
  personLinks?: SharedTables['personLinks']
  /** Undefined: as published. */
  keys?: JWTVerifyGetKey
}

export type Identity = {
  identify: Identify
  /** Of the authorization server's keys. */
  keyState(): KeyState
}

export function openIdentify(config: ProxyConfig, deps: IdentifyDeps): Identity {
  const { log, clock } = deps
  const { issuer, fhirBase: audience, clockSkewSeconds } = config
  const keysAt = (url: string) =>
    createIssuerKeys(url, {
      graceMilliseconds: config.keysGraceMinutes * 60_000,
      clock,
      onFailure: (error) => log.warn({ err: error, url }, 'keys cannot be fetched; the ones at hand go on'),
    })
  const published = keysAt(config.jwksUrl)
  const keys = deps.keys ?? published
  const verify = createVerify({ ...deps, issuer, audience, keys, clockSkewSeconds })
  return { identify: createIdentify(verify, rolesOf(config, { ...deps, keysAt })), keyState: published.state }
}

/** Undefined while role mode is off. */
function rolesOf(
  { roles, clockSkewSeconds }: ProxyConfig,
  deps: Pick<IdentifyDeps, 'revocations' | 'personLinks' | 'clock'> & { keysAt: (url: string) => JWTVerifyGetKey },
) {
  if (roles === undefined) return undefined
  const keys = new Map([...roles.keyUrls].map(([issuer, url]) => [issuer, deps.keysAt(url)]))
  const keysOf = (issuer: string) => keys.get(issuer) as JWTVerifyGetKey
  const { personLinks = async () => [] } = deps
  return {
    issuers: roles.issuers,
    verify: createVerifyRoles({ ...deps, personLinks, settings: roles, keysOf, clockSkewSeconds }),
  }
}

/** How a token that opens nothing is answered. */
export function unauthorized(identified: Exclude<Identified, { kind: 'known' }>): Answer {
  switch (identified.kind) {
    case 'missing':
      return refusal(401, 'login', 'An access token is needed.', { 'WWW-Authenticate': 'Bearer' })
    case 'invalid':
      return refusal(401, 'login', identified.message, { 'WWW-Authenticate': 'Bearer error="invalid_token"' })
    case 'kept-out':
      return refusal(403, 'forbidden', 'This account is not among those that are let in here.')
    case 'unavailable':
      return refusal(503, 'transient', 'Access tokens cannot be checked just now.', { 'Retry-After': '5' })
  }
}
