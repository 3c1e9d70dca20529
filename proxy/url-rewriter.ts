// Replaces the upstream's base URL in the strings of a JSON text, escaped or not; all else keeps its characters.

import { stringEnd, stringStart } from './json-text.ts'

export type RewriteUrls = (jsonText: string) => string
/** The same for UTF-8: what was there and what takes its place, in order. */
export type RewriteBytes = (json: Buffer) => Buffer[]

/**
 * The base becomes the public base, and any other mention of the upstream's origin the public origin: the address behind
 * must not show, in whatever element it was written.
 */
export function createRewriteUrls(upstreamUrl: string, fhirBase: string): RewriteUrls {
  const changesIn = createFindChanges(upstreamUrl, fhirBase)
  return (jsonText) => {
    const parts: string[] = []
    let copied = 0
    for (const { start, end, token } of changesIn(jsonText, (from, to) => jsonText.slice(from, to))) {
      parts.push(jsonText.slice(copied, start), token)
      copied = end
    }
    return copied === 0 ? jsonText : parts.join('') + jsonText.slice(copied)
  }
}

export function createRewriteBytes(upstreamUrl: string, fhirBase: string): RewriteBytes {
  const changesIn = createFindChanges(upstreamUrl, fhirBase)
  return (json) => {
    const parts: Buffer[] = []
    let copied = 0
    // One character a byte, so that positions are the same; what is looked for are plain characters.
    const text = json.toString('latin1')
    for (const { start, end, token } of changesIn(text, (from, to) => json.toString('utf8', from, to))) {
      parts.push(json.subarray(copied, start), Buffer.from(token))
      copied = end
    }
    parts.push(json.subarray(copied))
    return parts
  }
}

/** A string of the text, from quote to quote, and the one in its place. */
type Change = { start: number; end: number; token: string }

function createFindChanges(
  upstreamUrl: string,
  fhirBase: string,
): (text: string, tokenAt: (start: number, end: number) => string) => Change[] {
  const { protocol, hostname, port, pathname } = new URL(upstreamUrl)
  const publicOrigin = new URL(fhirBase).origin
  // A default port may be written out or not.
  const portPattern = port === '' ? `(?::${protocol === 'https:' ? 443 : 80})?` : `:${port}`
  const originPattern = escaped(`${protocol}//${hostname}`) + portPattern
  const base = new RegExp(`${originPattern}${escaped(pathname.replace(/\/+$/, ''))}(?![A-Za-z0-9_.~:%-])`, 'gi')
  // `http://host:80` must not match inside `http://host:8080`.
  const origin = new RegExp(`${originPattern}(?![A-Za-z0-9.:-])`, 'gi')
  // A slash comes before the host however the others are written, and stands in strings alone. What else may hide the
  // address is an escape of any character.
  const mention = new RegExp(`/${escaped(hostname)}|\\\\u`, 'gi')

  return (text, tokenAt) => {
    const changes: Change[] = []
    mention.lastIndex = 0
    for (let found = mention.exec(text); found !== null; found = mention.exec(text)) {
      const start = stringStart(text, found.index)
      const end = stringEnd(text, start)
      const value = JSON.parse(tokenAt(start, end)) as string
      const replaced = value.replace(base, () => fhirBase).replace(origin, () => publicOrigin)
      if (replaced !== value) changes.push({ start, end, token: JSON.stringify(replaced) })
      mention.lastIndex = end
    }
    return changes
  }
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')
}
