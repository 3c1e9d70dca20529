// As whom a person may act: the records that an account stands for, and where we know it from (SEED-49).
import type { Identity } from '../sign-in/identity-provider.ts'
import type { Links } from './links.ts'

export const PERSONA_SOURCES = ['claim', 'links', 'identifier', 'related-person'] as const
export type PersonaSourceName = (typeof PERSONA_SOURCES)[number]

export type Persona = {
  /** Relative reference, such as `Practitioner/42`. */
  record: string
  source: PersonaSourceName
  /** ISO 8601 instant after which it no longer holds. */
  validUntil?: string
  /** The identity provider whose word it rests on. */
  provider?: string
  /** What the record was found by, to look it up again. */
  identifier?: { system: string; value: string }
}

export type PersonaSource = {
  name: PersonaSourceName
  /** All that hold now. */
  of(identity: Identity): Promise<readonly Persona[]>
  /** @param persona one that came from this source */
  stillHolds(sub: string, persona: Persona): Promise<boolean>
}

export type Personas = {
  /** All that hold now, in the order in which sources are configured, each record once. */
  of(identity: Identity): Promise<readonly Persona[]>
  /** Whether what a grant was given for holds still (REF-09). */
  stillHolds(sub: string, persona: Persona): Promise<boolean>
}

/** @param sources a persona from one that is not among them holds no longer */
export function personas(sources: readonly PersonaSource[]): Personas {
  return {
    async of(identity) {
      const found = (await Promise.all(sources.map((source) => source.of(identity)))).flat()
      return found.filter(({ record }, at) => found.findIndex((first) => first.record === record) === at)
    },
    async stillHolds(sub, persona) {
      const source = sources.find(({ name }) => name === persona.source)
      return source !== undefined && (await source.stillHolds(sub, persona))
    },
  }
}

/** The links that an operator keeps. */
export function linkSource(links: Links): PersonaSource {
  return {
    name: 'links',
    of: async ({ sub }) =>
      (await links.of(sub)).map(({ record, validUntil }) => ({ record, source: 'links', validUntil })),
    stillHolds: async (sub, { record }) => (await links.find(sub, record)) !== undefined,
  }
}
