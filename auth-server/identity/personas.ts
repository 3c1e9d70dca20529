// As whom a person may act: the records that an account stands for, and where we know it from.
import type { Identity } from '../sign-in/identity-provider.ts'
import type { Links } from './links.ts'

export type Persona = {
  /** Relative reference, such as `Practitioner/42`. */
  record: string
  source: 'link'
  /** ISO 8601 instant after which it no longer holds. */
  validUntil?: string
}

export type Personas = {
  /** All that hold now, in the order in which sources are configured, each record once. */
  of(identity: Identity): Promise<readonly Persona[]>
  /** Whether what a grant was given for holds still (REF-09). */
  stillHolds(sub: string, persona: Persona): Promise<boolean>
}

export function personas(links: Links): Personas {
  return {
    of: ({ sub }) => links.of(sub),
    stillHolds: async (sub, { record }) => (await links.of(sub)).some((link) => link.record === record),
  }
}
