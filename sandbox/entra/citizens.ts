// A second identity provider of the stand-in: plain OpenID Connect, for citizens instead of employees. Its accounts have a
// `sub` and nothing of Entra's.
import type { Directory, Person } from './directory.ts'

export const CITIZENS_PATH = '/citizens'

/** One patient of the demo data who has no account in the tenant. */
export const CITIZENS: readonly (Person & { personas: readonly string[] })[] = [
  {
    username: 'ines.carvalho@citizens.example',
    name: 'Ines Carvalho',
    objectId: 'citizen-000001',
    roles: [],
    personas: ['Patient/ines-carvalho'],
    about: 'Patient',
  },
]

export function citizensDirectory(registrations: Directory['registrations']): Directory {
  return { tenantId: 'citizens', people: CITIZENS, registrations }
}
