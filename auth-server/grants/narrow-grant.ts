// Takes something out of a grant on its person's word, without asking the app: less from now on, never more.
import type Provider from 'oidc-provider'
import type { RememberedConsents } from '../interactions/remembered-consents.ts'
import type { Endings } from './endings.ts'
import { type GrantRecord, type Grants, gidOf } from './grants.ts'

export type NarrowGrant = (grant: GrantRecord, lose: (scopes: readonly string[]) => readonly string[]) => Promise<void>

const MAX_ATTEMPTS = 20

export function grantNarrowing(parts: {
  provider: Provider
  fhirBase: string
  grants: Grants
  endings: Pick<Endings, 'endTokensOfGrant'>
  consents: Pick<RememberedConsents, 'narrow'>
}): NarrowGrant {
  const { provider, fhirBase, grants, endings, consents } = parts

  /** What a refresh is judged by. A refresh may write the same row at the same time. */
  async function narrowRecord({ sub, grantId }: GrantRecord, lose: Parameters<NarrowGrant>[1], at: number) {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const held = await grants.find(sub, gidOf(grantId))
      if (held === undefined) return undefined
      const change = { scopes: lose(held.scopes), narrowedAt: new Date(at).toISOString() }
      if (await grants.renew(held, change)) return change.scopes
    }
    throw new Error('a grant is written by too many at once')
  }

  return async (grant, lose) => {
    // First: what could not be ended is not taken away either, and a second try does both.
    const at = await endings.endTokensOfGrant(gidOf(grant.grantId))
    const scopes = await narrowRecord(grant, lose, at)
    await consents.narrow({ ...grant, persona: grant.persona.record, patient: grant.context.patient }, lose)
    const held = scopes === undefined ? undefined : await provider.Grant.find(grant.grantId)
    if (held === undefined || scopes === undefined) return
    held.resources = { ...held.resources, [fhirBase]: scopes.join(' ') }
    await held.save()
  }
}
