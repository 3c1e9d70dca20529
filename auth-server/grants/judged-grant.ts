// The grant behind a code or refresh token: found and judged once a request, where nothing has come up against it (REF-09).
import { errors, type KoaContextWithOIDC } from 'oidc-provider'
import type { Logger } from 'pino'
import { narrowRefresh } from '../tokens/refresh.ts'
import type { Endings } from './endings.ts'
import { type GrantRecord, type Grants, gidOf } from './grants.ts'
import type { Judge } from './judge.ts'

export type JudgedToken = {
  kind: string
  grantId?: string | undefined
  redirectUri?: string | undefined
}

/** Undefined means `invalid_grant`: what was found against it is for the log, and the grant is ended. */
export type FindJudgedGrant = (
  ctx: KoaContextWithOIDC,
  sub: string,
  token: JudgedToken,
) => Promise<GrantRecord | undefined>

export function findJudgedGrant(parts: {
  fhirBase: string
  grants: Grants
  endings: Endings
  judge: Judge
  log: Logger
}): FindJudgedGrant {
  const { fhirBase, grants, endings, judge, log } = parts
  return async (ctx, sub, token) => {
    const gid = gidOf(String(token.grantId))
    const grant = await grants.find(sub, gid)
    if (grant === undefined) return undefined
    // Taken from the client since: what was sent there is worth nothing.
    if (token.redirectUri !== undefined && ctx.oidc.client?.redirectUriAllowed(token.redirectUri) !== true)
      return undefined
    const isRefresh = token.kind === 'RefreshToken'
    const fault = await (isRefresh ? judge.fully(grant) : judge.quickly(grant))
    if (fault !== undefined) {
      log.info({ client: grant.clientId, fault }, 'grant ended')
      await endings.endGrant(sub, gid)
      return undefined
    }
    ctx.state.grant = grant
    if (isRefresh) narrowRefresh(ctx, fhirBase, grant)
    return grant
  }
}

/** The grant of this token request. @throws InvalidGrant when none was found: no token without a judged grant */
export function grantOf(ctx: KoaContextWithOIDC): GrantRecord {
  const grant = (ctx.state as { grant?: GrantRecord }).grant
  if (grant === undefined) throw new errors.InvalidGrant('grant is not known')
  return grant
}
