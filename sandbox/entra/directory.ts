// What the Entra stand-in knows: one tenant, its people and its registered applications. Data only; the protocol is in provider.ts.

import { createHash } from 'node:crypto'
import { z } from 'zod'
import { isSameText } from '../same-text.ts'

/** An account of the tenant, as ID tokens describe it. */
export type Person = {
  username: string
  name: string
  objectId: string
  roles: readonly string[]
  about: string
}

export const registrationSchema = z.strictObject({
  client_id: z.string().min(1),
  client_secret: z.string().min(16),
  redirect_uris: z.array(z.url()).default([]),
  /** Application permissions that an administrator has granted: the `roles` of client-credentials tokens. */
  roles: z.array(z.string()).default([]),
})

/** An application registered in the tenant. */
export type Registration = z.infer<typeof registrationSchema>

export type Directory = {
  tenantId: string
  people: readonly Person[]
  registrations: readonly Registration[]
}

/** Entra's `sub` differs for each application, so that two of them cannot match their users by it. */
export function pairwiseSubject(tenantId: string, clientId: string, objectId: string): string {
  return createHash('sha256').update(`${tenantId}|${clientId}|${objectId}`).digest('base64url')
}

/** Object id of an application's service principal: stable for a registration, shaped like a GUID. */
export function servicePrincipalId(tenantId: string, clientId: string): string {
  const hex = createHash('sha256').update(`${tenantId}|${clientId}`).digest('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    '-',
  )
}

export function findRegistration(directory: Directory, clientId: string): Registration | undefined {
  return directory.registrations.find((one) => one.client_id === clientId)
}

export function findPerson(directory: Directory, username: string): Person | undefined {
  return directory.people.find((one) => one.username.toLowerCase() === username.toLowerCase())
}

export function isSecretOf(registration: Registration, secret: string): boolean {
  return isSameText(secret, registration.client_secret)
}
