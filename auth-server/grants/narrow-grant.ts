// Takes something out of a grant on its person's word, without asking the app: less from now on, never more.
import type Provider from 'oidc-provider'
import type { RememberedConsents } from '../interactions/remembered-consents.ts'
import type { Endings } from './endings.ts'
import { type GrantRecord, type Grants, gidOf } from './grants.ts'

export type NarrowGrant = (grant: GrantRecord, lose: (scopes: readonly string[]) => readonly string[]) => Promise<void>

export function grantNarrowing(parts: {
  provider: Pick<Provider, 'Grant'>
  fhirBase: string
  grants: Grants
  endings: Pick<Endings, 'endTokensOfGrant'>
  consents: Pick<RememberedConsents, 'narrow'>
}): NarrowGrant {
  const { provider, fhirBase, grants, endings, consents } = parts
  return async (grant, lose) => {
    // First: what could not be ended is not taken away either, and a second try does both.
    const at = await endings.endTokensOfGrant(gidOf(grant.grantId))
    const narrowedAt = new Date(at).toISOString()
    const narrowed = await grants.change(grant, ({ scopes }) => ({ scopes: lose(scopes), narrowedAt }))
    const { sub, clientId, persona, context } = grant
    await consents.narrow({ sub, clientId, persona: persona.record, patient: context.patient }, lose)
    const held = narrowed === undefined ? undefined : await provider.Grant.find(grant.grantId)
    if (held === undefined || narrowed === undefined) return
    held.resources = { ...held.resources, [fhirBase]: narrowed.scopes.join(' ') }
    await held.save()
  }
}
