// Who is an operator, by the app roles that the Entra tenant gives: whoever has none of them finds no page.
import { z } from 'zod'
import type { AdminRole } from '../../consent-ui/admin/index.ts'
import type { Operation } from '../api/own-api.ts'
import type { Identity } from '../sign-in/identity-provider.ts'
import { ENTRA_ID } from '../sign-in/providers.ts'

/** The strongest first. */
const ROLES = ['admin', 'support', 'auditor'] as const satisfies readonly AdminRole[]

/** The claim of the id_token with the app roles of our own registration. */
export const ROLES_CLAIM = 'roles'

/** By the names of app roles. */
export type AdminRoles = ReadonlyMap<string, AdminRole>

/** `SmartAdmin=admin,SmartSupport=support,SmartAuditor=auditor` */
export const adminRolesSetting = z.string().transform((text, context): AdminRoles => {
  const pairs = text.split(',').map((pair) => pair.trim().split('='))
  const roles = new Map<string, AdminRole>()
  for (const [name = '', role, ...more] of pairs) {
    const known = ROLES.find((one) => one === role)
    if (name === '' || known === undefined || more.length > 0)
      context.addIssue({
        code: 'custom',
        message: 'must be pairs such as SmartAdmin=admin, of admin, support, auditor',
      })
    else roles.set(name, known)
  }
  return roles
})

/** Only the tenant of the ENTRA_ settings is believed: at other providers anybody might name roles so. */
export function roleOf({ provider, claims }: Identity, roles: AdminRoles): AdminRole | undefined {
  const held = claims[ROLES_CLAIM]
  if (provider !== ENTRA_ID || !Array.isArray(held)) return undefined
  const given = new Set(held.map((name) => roles.get(String(name))))
  return ROLES.find((role) => given.has(role))
}

/** Support helps people whose access must end; auditors only look. */
const OF_SUPPORT: ReadonlySet<string> = new Set([
  'DELETE /grants/{sub}/{id}',
  'POST /grants/end',
  'POST /reports/{number}/dealt-with',
])

export function mayRun(role: AdminRole, { method, path }: Pick<Operation, 'method' | 'path'>): boolean {
  if (role === 'admin' || method === 'GET') return true
  return role === 'support' && OF_SUPPORT.has(`${method} ${path}`)
}
