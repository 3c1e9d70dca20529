// Personas found by a business identifier that the identity provider vouches for, such as a health insurance number:
// the person's own record, and the records of a person as someone's relative.
import { z } from 'zod'
import type { PersonReader, Resource } from '../fhir/person-reader.ts'
import type { Identity } from '../sign-in/identity-provider.ts'
import { PERSON_TYPES } from './person.ts'
import type { Persona, PersonaSource } from './personas.ts'

/** Whose claim is looked up as an identifier of which system, on records of which type. */
export const identifierLookupSchema = z.strictObject({
  /** Only this provider's claim counts: elsewhere people may be free to set it. */
  provider: z.string().min(1),
  claim: z.string().min(1),
  system: z.url().max(500),
  type: z.enum(PERSON_TYPES),
})

export type IdentifierLookup = z.infer<typeof identifierLookupSchema>

/** What the syntax of searches reads as more than text is in no honest identifier. */
const PLAIN_VALUE = /^[^\p{Cc},|\\$]{1,200}$/u
const MAX_MATCHES = 20

/** Exactly one record, or nothing: which of two is meant is not ours to guess. */
export function identifierSource(lookups: readonly IdentifierLookup[], reader: PersonReader): PersonaSource {
  return source('identifier', lookups, reader, ({ type }, matches) => {
    const [only, ...others] = matches
    return only === undefined || others.length > 0 ? [] : [`${type}/${only.id}`]
  })
}

/** The RelatedPerson records with the identifier of a patient: a parent is there once for each child. */
export function relatedPersonSource(lookups: readonly IdentifierLookup[], reader: PersonReader): PersonaSource {
  const relatives = lookups
    .filter(({ type }) => type === 'Patient')
    .map((lookup): IdentifierLookup => ({ ...lookup, type: 'RelatedPerson' }))
  return source('related-person', relatives, reader, (_lookup, matches) =>
    matches.map(({ id }) => `RelatedPerson/${id}`),
  )
}

function source(
  name: 'identifier' | 'related-person',
  lookups: readonly IdentifierLookup[],
  reader: PersonReader,
  recordsOf: (lookup: IdentifierLookup, matches: readonly Resource[]) => string[],
): PersonaSource {
  async function found(lookup: IdentifierLookup, value: string): Promise<Persona[]> {
    const { type, system, provider } = lookup
    const query = new URLSearchParams({ identifier: `${system}|${value}`, _count: String(MAX_MATCHES) })
    const matches = (await reader.search(type, query)).filter((match) => isMatch(match, lookup, value))
    const identifier = { system, value }
    return recordsOf(lookup, matches).map((record) => ({ record, source: name, provider, identifier }))
  }
  return {
    name,
    async of(identity) {
      const own = lookups.flatMap((lookup) => {
        const value = vouchedValue(identity, lookup)
        return value === undefined ? [] : [found(lookup, value)]
      })
      return (await Promise.all(own)).flat()
    },
    async stillHolds(_sub, { record, provider, identifier }) {
      if (identifier === undefined) return false
      const same = lookups.filter((one) => one.provider === provider && one.system === identifier.system)
      const again = await Promise.all(same.map((lookup) => found(lookup, identifier.value)))
      return again.flat().some((persona) => persona.record === record)
    },
  }
}

function vouchedValue(identity: Identity, { provider, claim }: IdentifierLookup): string | undefined {
  const value = identity.claims[claim]
  return identity.provider === provider && typeof value === 'string' && PLAIN_VALUE.test(value) ? value : undefined
}

/** A server that does not know the parameter, or reads it loosely, answers with records that nobody asked for. */
function isMatch(match: Resource, { type, system }: IdentifierLookup, value: string): boolean {
  const identifiers = Array.isArray(match.identifier) ? (match.identifier as { system?: string; value?: string }[]) : []
  const hasIdentifier = identifiers.some((one) => one.system === system && one.value === value)
  return match.resourceType === type && match.active !== false && hasIdentifier
}
