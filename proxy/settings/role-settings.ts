// The settings of role mode, which is off until a tenant is named.

import { z } from 'zod'
import { ROLES } from '../../smart/access/roles.ts'
import { baseUrl, list } from './setting-types.ts'

const guids = list.pipe(z.array(z.uuid().transform((text) => text.toLowerCase()))).default([])
const alias = z
  .string()
  .regex(/^[^=]+=[A-Za-z]+$/)
  .refine((text) => ROLES.has(text.split('=')[1] ?? ''), 'names a role that there is not')

export const roleSettings = {
  /** Tenants of Entra whose own access tokens are accepted, with app roles in them. Default none: role mode is off. */
  ROLE_TENANTS: guids,
  /** The API's own registration, never the one that people sign in with: its id, or its application id URI. */
  ROLE_AUDIENCES: list.default([]),
  /** Where Entra is. Default https://login.microsoftonline.com. */
  ROLE_AUTHORITY: baseUrl.default('https://login.microsoftonline.com'),
  /** Role names of your own, each with the one that it stands for: `Nurse=Reader`. */
  ROLE_ALIASES: list.pipe(z.array(alias)).default([]),
  /** Object ids that are let in; with the next one the only ones. */
  ROLE_ALLOWED_OBJECT_IDS: guids,
  /** Object ids of groups whose members are let in: the token must name its groups. */
  ROLE_ALLOWED_GROUPS: guids,
}

type Given = z.infer<z.ZodObject<typeof roleSettings>>

export type RoleConfig = {
  /** Issuers exactly as in `iss`, with the tenant whose they are. */
  issuers: ReadonlyMap<string, string>
  /** By issuer. */
  keyUrls: ReadonlyMap<string, string>
  audiences: readonly string[]
  aliases: ReadonlyMap<string, string>
  objectIds: ReadonlySet<string>
  groups: ReadonlySet<string>
}

/** Undefined: role mode is off. */
export function rolesOf(given: Given): RoleConfig | undefined {
  const { ROLE_TENANTS: tenants, ROLE_AUTHORITY: authority } = given
  if (tenants.length === 0) return undefined
  // Tokens of version 1 and 2, which the registration chooses by `accessTokenAcceptedVersion`.
  const issuers = tenants.flatMap((tid): [string, string][] => [
    [`https://sts.windows.net/${tid}/`, tid],
    [`${authority}/${tid}/v2.0`, tid],
  ])
  return {
    issuers: new Map(issuers),
    keyUrls: new Map(issuers.map(([issuer, tid]) => [issuer, `${authority}/${tid}/discovery/v2.0/keys`])),
    audiences: given.ROLE_AUDIENCES,
    aliases: new Map(given.ROLE_ALIASES.map((text) => text.split('=') as [string, string])),
    objectIds: new Set(given.ROLE_ALLOWED_OBJECT_IDS),
    groups: new Set(given.ROLE_ALLOWED_GROUPS),
  }
}
