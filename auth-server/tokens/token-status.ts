// What a token of ours is now: the one answer that introspection gives, whoever asks and whatever kind it is.
import { createLocalJWKSet, type JWTPayload, jwtVerify } from 'jose'
import type Provider from 'oidc-provider'
import { tokenAnswerMembers } from '../../smart/launch-context.ts'
import type { Endings } from '../grants/endings.ts'
import { type GrantRecord, type Grants, gidOf } from '../grants/grants.ts'
import { publicJwks, type SigningKeys } from '../keys/signing-keys.ts'
import type { ReferenceTokens } from '../storage/reference-tokens.ts'

/** RFC 7662 section 2.2, with the launch context that the token answer had (INT-02). */
export type TokenStatus = { active: false } | ({ active: true; client_id: string } & Record<string, unknown>)

export type AccessTokenClaims = JWTPayload & { client_id: string; scope: string; gid?: string; fhirUser?: string }

export type TokenStatuses = {
  /** The claims of an access token that we signed and that has not ended by its time; whether it was revoked is not asked. */
  verify(token: string): Promise<AccessTokenClaims | undefined>
  of(token: string): Promise<TokenStatus>
}

const INACTIVE: TokenStatus = { active: false }

export function tokenStatuses(parts: {
  issuer: string
  fhirBase: string
  keys: SigningKeys
  provider: Provider
  grants: Grants
  endings: Endings
  references: ReferenceTokens
}): TokenStatuses {
  const { issuer, fhirBase, keys, provider, grants, endings, references } = parts
  const publicKeys = createLocalJWKSet(publicJwks(keys))
  const options = {
    issuer,
    audience: [fhirBase, issuer],
    typ: 'at+jwt',
    algorithms: ['ES256'],
    requiredClaims: ['exp', 'iat', 'sub', 'client_id', 'scope', 'jti'],
  }
  const verify = async (text: string): Promise<AccessTokenClaims | undefined> =>
    jwtVerify(await references.resolve(text), publicKeys, options).then(
      ({ payload }) => payload as AccessTokenClaims,
      () => undefined,
    )

  async function ofAccessToken(claims: AccessTokenClaims): Promise<TokenStatus> {
    const { sub = '', client_id, scope, exp, iat = 0, jti, aud, gid, fhirUser } = claims
    const [isEnded, grant] = await Promise.all([
      endings.isEnded({ clientId: client_id, sub, at: iat * 1000, ...(jti === undefined ? {} : { jti }) }),
      gid === undefined ? undefined : grants.find(sub, gid),
    ])
    const isNarrower = grant?.narrowedAt !== undefined && Date.parse(grant.narrowedAt) >= iat * 1000
    if (isEnded || isNarrower || (gid !== undefined && grant === undefined)) return INACTIVE
    return {
      active: true,
      ...contextOf(grant, scope),
      ...(fhirUser === undefined ? {} : { fhirUser }),
      token_type: 'Bearer',
      iss: issuer,
      client_id,
      scope,
      sub,
      exp,
      iat,
      aud,
      jti,
    }
  }

  async function ofRefreshToken(text: string): Promise<TokenStatus> {
    const token = await provider.RefreshToken.find(text)
    const { accountId: sub, grantId, clientId: client_id, exp, iat, consumed } = token ?? {}
    if (sub === undefined || grantId === undefined || client_id === undefined || consumed) return INACTIVE
    const grant = await grants.find(sub, gidOf(grantId))
    if (grant === undefined) return INACTIVE
    if (await endings.isEnded({ clientId: client_id, sub, at: Date.parse(grant.since) })) return INACTIVE
    const scope = grant.scopes.join(' ')
    return { active: true, ...contextOf(grant, scope), iss: issuer, client_id, scope, sub, exp, iat }
  }

  return {
    verify,
    async of(token) {
      const claims = await verify(token)
      return claims === undefined ? ofRefreshToken(token) : ofAccessToken(claims)
    },
  }
}

function contextOf(grant: GrantRecord | undefined, scope: string) {
  return grant === undefined ? {} : tokenAnswerMembers(grant.context, scope.split(' '))
}
