// Who asks, and what that allows: from the Authorization header, whoever issued the token in it.

import { decodeJwt } from 'jose'
import { type Access, compileAccess } from '../../smart/access/access.ts'
import type { Actor } from '../request-context.ts'
import type { TokenClaims, Verify } from './verify.ts'
import type { VerifyRoles } from './verify-roles.ts'

export type Credential = {
  access: Access
  actor: Actor
  /** The grant and its holder, as one string: paging links work for nobody else. */
  holder: string
}

export type Identified =
  | { kind: 'known'; credential: Credential }
  | { kind: 'missing' }
  | { kind: 'invalid'; message: string }
  /** Known, and not among those whom an operator lets in. */
  | { kind: 'kept-out' }
  /** The keys, or what else decides, cannot be had: nothing is known of the token. */
  | { kind: 'unavailable' }

export type Identify = (authorization: string | undefined) => Promise<Identified>

/** @param roles undefined: only tokens of our own issuer are accepted */
export function createIdentify(
  verify: Verify,
  roles: { issuers: ReadonlyMap<string, string>; verify: VerifyRoles } | undefined,
): Identify {
  // A verified token is remembered as the same claims, request after request: what they allow is worked out once.
  const credentials = new WeakMap<TokenClaims, Credential>()
  const credentialFor = (claims: TokenClaims): Credential => {
    const credential = credentials.get(claims) ?? credentialOf(claims)
    credentials.set(claims, credential)
    return credential
  }

  return async (authorization) => {
    const token = /^Bearer +(\S+) *$/i.exec(authorization ?? '')?.[1] ?? ''
    const issuer = roles === undefined ? undefined : issuerOf(token)
    if (roles !== undefined && issuer !== undefined && roles.issuers.has(issuer)) return roles.verify(token, issuer)
    const verified = await verify(authorization)
    return verified.kind === 'verified' ? { kind: 'known', credential: credentialFor(verified.claims) } : verified
  }
}

/** What a token says of itself, to choose who verifies it. */
function issuerOf(token: string): string | undefined {
  try {
    return decodeJwt(token).iss
  } catch {
    return undefined
  }
}

function credentialOf({ iss, jti, gid, client_id, sub, person, patient, encounter, scope }: TokenClaims): Credential {
  const who = { ...(patient === undefined ? {} : { patient }), ...(person === undefined ? {} : { person }) }
  return {
    access: compileAccess({ client_id, scope, ...who, ...(encounter === undefined ? {} : { encounter }) }),
    actor: {
      clientId: client_id,
      subject: sub,
      ...who,
      scope,
      issuer: iss,
      ...(jti === undefined ? {} : { tokenId: jti }),
    },
    holder: JSON.stringify([gid ?? null, client_id, sub, person ?? null, patient ?? null]),
  }
}
