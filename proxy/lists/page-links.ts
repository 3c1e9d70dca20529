// Links between the pages of an answer: what they lead to is sealed in them, for the holder of the grant alone (ENF-10).

import { createHash } from 'node:crypto'
import { type Interaction, parseInteraction } from '../../smart/fhir/interaction.ts'
import { type Answer, refusal } from '../answers/answer.ts'
import { encodeQuery } from '../upstream/query.ts'
import type { Page, PageSeal } from './paging.ts'
import type { BundleLink } from './searchset.ts'

/** What is answered in pages. */
export type Paged = Listing | History | Gathered
/** What the upstream pages, unless it takes several searches. */
export type Listing = Extract<Interaction, { kind: 'search' | 'system-search' | 'type-history' | 'system-history' }>
/** What we page: all of it is judged before any is shown. */
export type History = Extract<Interaction, { kind: 'instance-history' }>

/** What we put together from several searches. */
export type Gathered = Extract<Interaction, { kind: 'operation' | 'compartment' }>

/** `decided`: what the request came to; a page does not outlive a change of it. */
export type Asked = { interaction: Paged; decided: string; holder: string }

export type PageLinks = {
  selfUrl(interaction: Paged): string
  /** @param target where to go on: path and query below the upstream's base, or a place in what we page */
  link(relation: string, target: string, of: Asked): BundleLink
  /** Undefined: not ours, too old, or somebody else's. */
  open(handle: string, holder: string): { interaction: Paged; page: Page } | undefined
}

const PAGE_LIFETIME_SECONDS = 3_600

export function createPageLinks(deps: { fhirBase: string; seal: PageSeal; clock: () => Date }): PageLinks {
  const { fhirBase, seal, clock } = deps
  return {
    selfUrl(interaction) {
      const path = pathOf(interaction)
      const query = encodeQuery(interaction.parameters)
      return `${fhirBase}${path === '' ? '' : `/${path}`}${query === '' ? '' : `?${query}`}`
    },
    link(relation, target, { interaction, decided, holder }) {
      const handle = seal.seal({
        target,
        path: pathOf(interaction),
        parameters: interaction.parameters.map(([name, value]): [string, string] => [name, value]),
        decided,
        holder,
        expiresAtEpochSeconds: Math.floor(clock().getTime() / 1000) + PAGE_LIFETIME_SECONDS,
      })
      return { relation, url: `${fhirBase}/_page/${handle}` }
    },
    open(handle, holder) {
      const page = seal.open(handle, clock())
      const interaction = page === undefined || page.holder !== holder ? undefined : interactionOf(page)
      return page === undefined || interaction === undefined ? undefined : { interaction, page }
    },
  }
}

/** What a request came to, short enough for a link. */
export function fingerprint(decided: unknown): string {
  return createHash('sha256').update(JSON.stringify(decided)).digest('base64url').slice(0, 22)
}

/** One page of what we page ourselves, and the links of its Bundle. */
export function pageOf<T>(
  { items, count, page }: { items: readonly T[]; count: number; page: Page | undefined },
  links: PageLinks,
  of: Asked,
): { items: readonly T[]; link: BundleLink[] } {
  const start = Number(page?.target ?? 0)
  const link = [
    { relation: 'self', url: links.selfUrl(of.interaction) },
    ...(start + count < items.length ? [links.link('next', String(start + count), of)] : []),
    ...(start > 0 ? [links.link('previous', String(Math.max(0, start - count)), of)] : []),
  ]
  return { items: items.slice(start, start + count), link }
}

export function isListing(interaction: Interaction): interaction is Listing {
  return ['search', 'system-search', 'type-history', 'system-history'].includes(interaction.kind)
}

export function isPaged(interaction: Interaction): interaction is Paged {
  return isListing(interaction) || ['instance-history', 'operation', 'compartment'].includes(interaction.kind)
}

/** Below the base. */
export function pathOf(interaction: Paged): string {
  switch (interaction.kind) {
    case 'search':
      return interaction.type
    case 'system-search':
      return ''
    case 'type-history':
      return `${interaction.type}/_history`
    case 'system-history':
      return '_history'
    case 'instance-history':
      return `${interaction.type}/${interaction.id}/_history`
    case 'compartment':
      return `Patient/${interaction.id}/*`
    case 'operation':
      return [interaction.type, interaction.id, interaction.name].filter((part) => part !== undefined).join('/')
  }
}

/** The request that a page goes on with. */
function interactionOf({ path, parameters }: Page): Paged | undefined {
  const parsed = parseInteraction('GET', `/${path}`, '')
  if (!parsed.ok) return undefined
  const { interaction } = parsed
  return isPaged(interaction) ? { ...interaction, parameters } : undefined
}

export function pageGone(): Answer {
  return refusal(410, 'expired', 'This page is not available any more; please search again.')
}
