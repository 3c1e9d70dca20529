// Rebuilds a judged search answer from the upstream's own characters: entries as they came, links of ours.

import type { SearchsetVerdict } from '../smart/guard.ts'
import { elementSpans, type Span } from './json-text.ts'

/** All else that a server may put on a Bundle (a signature, extensions) says nothing true of what we send. */
const KEPT: ReadonlySet<string> = new Set(['resourceType', 'id', 'meta', 'type', 'timestamp'])

export type BundleLink = { relation: string; url: string }

/** @param members spans of the Bundle's members in `text`, from a scan that found no duplicate keys */
export function rebuildSearchset(
  text: string,
  members: readonly Span[],
  verdict: Extract<SearchsetVerdict, { kind: 'pass' }>,
  links: readonly BundleLink[],
): string {
  const parts = members.flatMap((member): string[] => {
    const source = `${JSON.stringify(member.key)}:${text.slice(member.start, member.end)}`
    if (KEPT.has(member.key)) return [source]
    if (member.key === 'total') return verdict.keepTotal ? [source] : []
    if (member.key !== 'entry') return []
    if (verdict.outcomes.size === 0) return [source]
    const kept = elementSpans(text, member).filter((_span, at) => !verdict.outcomes.has(at))
    return kept.length === 0 ? [] : [`"entry":[${kept.map(({ start, end }) => text.slice(start, end)).join(',')}]`]
  })
  return `{${[...parts, `"link":${JSON.stringify(links)}`].join(',')}}`
}
