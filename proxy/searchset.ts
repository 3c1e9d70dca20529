// Rebuilds a judged search answer from the upstream's own characters: entries as they came, links of ours.

import type { SearchsetVerdict } from '../smart/guard.ts'
import type { JsonBody } from './body.ts'
import { elementSpans } from './json-text.ts'
import type { JudgedRecord } from './judged-page.ts'

/** All else that a server may put on a Bundle (a signature, extensions) says nothing true of what we send. */
const KEPT: ReadonlySet<string> = new Set(['resourceType', 'id', 'meta', 'type', 'timestamp'])

export type BundleLink = { relation: string; url: string }

/** An entry of ours around a record in the upstream's own characters. */
export function searchEntry(fhirBase: string, { key, text }: JudgedRecord, mode: 'match' | 'include'): string {
  return `{"fullUrl":${JSON.stringify(`${fhirBase}/${key}`)},"resource":${text},"search":{"mode":"${mode}"}}`
}

/** A list that we put together. `total`: of all its pages, where it is known. */
export function searchset(
  entries: readonly string[],
  { link, total }: { link: readonly BundleLink[]; total?: number },
): string {
  const counted = total === undefined ? '' : `,"total":${total}`
  const entry = entries.length === 0 ? '' : `,"entry":[${entries.join(',')}]`
  return `{"resourceType":"Bundle","type":"searchset"${counted},"link":${JSON.stringify(link)}${entry}}`
}

/**
 * @param body its members from a scan that found no duplicate keys
 * @param included entries that come along, as JSON texts; only beside matches
 */
export function rebuildSearchset(
  { text, members }: Pick<JsonBody, 'text' | 'members'>,
  verdict: Extract<SearchsetVerdict, { kind: 'pass' }>,
  links: readonly BundleLink[],
  included: readonly string[],
): string {
  const parts = members.flatMap((member): string[] => {
    const source = `${JSON.stringify(member.key)}:${text.slice(member.start, member.end)}`
    if (KEPT.has(member.key)) return [source]
    if (member.key === 'total') return verdict.keepTotal ? [source] : []
    if (member.key !== 'entry') return []
    if (verdict.outcomes.size === 0 && included.length === 0) return [source]
    const kept = elementSpans(text, member).filter((_span, at) => !verdict.outcomes.has(at))
    const entries = [...kept.map(({ start, end }) => text.slice(start, end)), ...included]
    return entries.length === 0 ? [] : [`"entry":[${entries.join(',')}]`]
  })
  return `{${[...parts, `"link":${JSON.stringify(links)}`].join(',')}}`
}
