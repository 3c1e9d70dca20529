// Role mode: access tokens that Entra itself issued for the API's own registration (AUTHZ-24). Only `roles`, `scp`, `oid`,
// `tid` and who asked for it are read; what they allow is smart/'s.

import { createHash } from 'node:crypto'
import { type JWTVerifyGetKey, jwtVerify } from 'jose'
import { LRUCache } from 'lru-cache'
import { z } from 'zod'
import { type PersonLinkRow, personsIn } from '../../smart/access/person-links.ts'
import { compileRoles, personaTypes } from '../../smart/access/roles.ts'
import type { Credential, Identified } from './credential.ts'
import type { Revocations } from './revocations.ts'
import { refusalOf } from './verify.ts'

export type RoleSettings = {
  /** Issuers exactly as in `iss`, with the tenant whose they are. */
  issuers: ReadonlyMap<string, string>
  /** The API's own registration: its id, or the URI that it is known by. */
  audiences: readonly string[]
  /** Names of an operator's own, and the role that each stands for. */
  aliases: ReadonlyMap<string, string>
  /** Where one of them is given, only these accounts, and members of these groups, get anything. */
  objectIds: ReadonlySet<string>
  groups: ReadonlySet<string>
}

export type VerifyRolesDeps = {
  settings: RoleSettings
  keysOf(issuer: string): JWTVerifyGetKey
  personLinks(tid: string, oid: string): Promise<readonly PersonLinkRow[]>
  revocations: Revocations
  clock: () => Date
  clockSkewSeconds: number
}

const guid = z.uuid().transform((text) => text.toLowerCase())
const Claims = z.object({
  tid: guid,
  oid: guid,
  ver: z.enum(['1.0', '2.0']),
  iat: z.number(),
  exp: z.number(),
  azp: z.string().optional(),
  appid: z.string().optional(),
  idtyp: z.string().optional(),
  scp: z.string().optional(),
  roles: z.array(z.string()).default([]),
  groups: z.array(z.string()).default([]),
})
type Claims = z.infer<typeof Claims>

const MAX_TOKENS = 5_000
/** How long links are kept before they are read again. */
const LINKS_MS = 60_000

export type VerifyRoles = (token: string, issuer: string) => Promise<Identified>

export function createVerifyRoles(deps: VerifyRolesDeps): VerifyRoles {
  const { settings, clock, clockSkewSeconds } = deps
  const verified = new LRUCache<string, Claims>({ max: MAX_TOKENS })
  const links = new LRUCache<string, Promise<readonly PersonLinkRow[]>>({ max: MAX_TOKENS, ttl: LINKS_MS })

  async function claimsOf(token: string, issuer: string): Promise<Claims | undefined> {
    const key = createHash('sha256').update(token).digest('base64')
    const known = verified.get(key)
    const now = clock()
    if (known !== undefined && (known.exp + clockSkewSeconds) * 1000 > now.getTime()) return known
    const { payload } = await jwtVerify(token, deps.keysOf(issuer), {
      issuer,
      audience: [...settings.audiences],
      algorithms: ['RS256'],
      requiredClaims: ['exp', 'iat', 'nbf'],
      currentDate: now,
      clockTolerance: clockSkewSeconds,
    })
    const claims = Claims.safeParse(payload)
    if (!claims.success || claims.data.tid !== settings.issuers.get(issuer)) return undefined
    // An id_token has neither: it says who signed in, not what may be done.
    if (claims.data.scp === undefined && claims.data.idtyp !== 'app') return undefined
    verified.set(key, claims.data)
    return claims.data
  }

  function isLetIn({ oid, groups }: Claims): boolean {
    const isGated = settings.objectIds.size > 0 || settings.groups.size > 0
    return !isGated || settings.objectIds.has(oid) || groups.some((group) => settings.groups.has(group.toLowerCase()))
  }

  function linksOf({ tid, oid }: Claims): Promise<readonly PersonLinkRow[]> {
    const key = `${tid}.${oid}`
    const kept = links.get(key) ?? deps.personLinks(tid, oid)
    links.set(key, kept, { noUpdateTTL: true })
    // A failure is not remembered.
    kept.catch(() => links.delete(key))
    return kept
  }

  async function credentialOf(
    claims: Claims,
    { issuer, clientId, subject }: Record<'issuer' | 'clientId' | 'subject', string>,
  ): Promise<Credential> {
    const roles = claims.roles.map((role) => settings.aliases.get(role) ?? role)
    const isLimited = personaTypes(roles).length > 0
    const persons = isLimited ? personsIn(await linksOf(claims), clock()) : []
    const access = compileRoles({ clientId, roles, scopes: claims.scp, persons })
    const { person } = access.who
    const named = person === undefined ? undefined : `${person.type}/${person.id}`
    return {
      access,
      actor: {
        clientId,
        subject,
        ...(named === undefined ? {} : { person: named }),
        scope: [...claims.roles, claims.scp ?? ''].join(' ').trim(),
        issuer,
        tenant: claims.tid,
        objectId: claims.oid,
      },
      holder: JSON.stringify(['entra', clientId, claims.tid, claims.oid, named ?? null]),
    }
  }

  return async (token, issuer) => {
    try {
      const claims = await claimsOf(token, issuer)
      const clientId = claims?.azp ?? claims?.appid
      if (claims === undefined || clientId === undefined)
        return { kind: 'invalid', message: 'The access token is not one for this API.' }
      // As the authorization server knows the account: whoever is disabled there is disabled here.
      const subject = createHash('sha256').update(['entra', claims.tid, claims.oid].join('\n')).digest('base64url')
      const state = deps.revocations.stateOf({ client_id: clientId, sub: subject, iat: claims.iat })
      if (state === 'unknown') return { kind: 'unavailable' }
      if (state === 'revoked') return { kind: 'invalid', message: 'The access token was revoked.' }
      if (!isLetIn(claims)) return { kind: 'kept-out' }
      return { kind: 'known', credential: await credentialOf(claims, { issuer, clientId, subject }) }
    } catch (error) {
      return refusalOf(error)
    }
  }
}
