// The sources of personas, as the settings order them.
import type { PersonReader } from '../fhir/person-reader.ts'
import type { IdentityProvider } from '../sign-in/identity-provider.ts'
import { claimSource } from './claim-source.ts'
import { type IdentifierLookup, identifierSource, relatedPersonSource } from './identifier-source.ts'
import type { Links } from './links.ts'
import { linkSource, type PersonaSource, type PersonaSourceName } from './personas.ts'

export type PersonaSettings = {
  /** In the order in which people see what they give. */
  sources: readonly PersonaSourceName[]
  fhirUserClaims: readonly string[]
  claimSeconds: number
  identifierLookups: readonly IdentifierLookup[]
}

/** @throws Error when a look-up names an identity provider that is not configured */
export function personaSources(
  settings: PersonaSettings,
  parts: {
    links: Links
    identityProviders: readonly IdentityProvider[]
    /** Reads as this service. */
    reader: PersonReader
    fhirBase: string
    now: () => number
  },
): readonly PersonaSource[] {
  const { fhirUserClaims, claimSeconds, identifierLookups } = settings
  const { links, identityProviders, reader, fhirBase, now } = parts
  const unknown = identifierLookups.find(({ provider }) => !identityProviders.some(({ id }) => id === provider))
  if (unknown !== undefined) throw new Error(`IDENTIFIER_LOOKUPS: no identity provider has the id ${unknown.provider}`)
  const trusted = new Set(identityProviders.filter((one) => one.trustsFhirUser).map(({ id }) => id))
  const make: Record<PersonaSourceName, () => PersonaSource> = {
    claim: () => claimSource({ claims: fhirUserClaims, trusted, fhirBase, lifetimeSeconds: claimSeconds, now }),
    links: () => linkSource(links),
    identifier: () => identifierSource(identifierLookups, reader),
    'related-person': () => relatedPersonSource(identifierLookups, reader),
  }
  return settings.sources.map((name) => make[name]())
}

/** The claims that these sources read; no others are kept. */
export function claimsRead({ sources, fhirUserClaims, identifierLookups }: PersonaSettings): readonly string[] {
  const looksUp = sources.includes('identifier') || sources.includes('related-person')
  return [
    ...(sources.includes('claim') ? fhirUserClaims : []),
    ...(looksUp ? identifierLookups.map(({ claim }) => claim) : []),
  ]
}
