// Personas that an identity provider names in the id_token: `fhirUser`, or a directory extension of that kind.
import { personOf } from './person.ts'
import type { PersonaSource } from './personas.ts'

export type ClaimSettings = {
  /** Names of claims, in order. */
  claims: readonly string[]
  /** Ids of the providers whose word counts. */
  trusted: ReadonlySet<string>
  fhirBase: string
  /** How long after the sign-in it holds: nobody tells us when the directory changes. */
  lifetimeSeconds: number
  now: () => number
}

export function claimSource({ claims, trusted, fhirBase, lifetimeSeconds, now }: ClaimSettings): PersonaSource {
  return {
    name: 'claim',
    async of({ provider, claims: said }) {
      if (!trusted.has(provider)) return []
      const validUntil = new Date(now() + lifetimeSeconds * 1000).toISOString()
      return claims
        .flatMap((claim) => said[claim] ?? [])
        .flatMap((value) => personOf(value, [fhirBase]) ?? [])
        .map((record) => ({ record, source: 'claim', provider, validUntil }))
    },
    stillHolds: async (_sub, { provider, validUntil }) =>
      provider !== undefined && trusted.has(provider) && validUntil !== undefined && Date.parse(validUntil) > now(),
  }
}
