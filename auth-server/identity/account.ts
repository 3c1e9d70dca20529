// Who signed in: an account of an identity provider, never known by an address that may change hands (AUTHZ-24).
import { createHash } from 'node:crypto'
import { z } from 'zod'

/** Directories print them in either case. */
const guid = z.uuid().transform((text) => text.toLowerCase())

/** An Entra account, by tenant and object id, or any other provider's, by issuer and subject. */
export const accountSchema = z.union([
  z.strictObject({ tid: guid, oid: guid }),
  z.strictObject({ iss: z.url().max(500), sub: z.string().min(1).max(255) }),
])

export type Account = z.infer<typeof accountSchema>

/** Our own subject: stable, never reassigned, and tells no one the account's ids (OID-04). */
export function subjectOf(account: Account): string {
  const parts = 'tid' in account ? ['entra', account.tid, account.oid] : [account.iss, account.sub]
  return createHash('sha256').update(parts.join('\n')).digest('base64url')
}
