// Replaces the upstream's base URL in the strings of a JSON text, escaped or not; all else keeps its characters.

import { stringEnd } from './json-text.ts'

export type RewriteUrls = (jsonText: string) => string

/**
 * The base becomes the public base, and any other mention of the upstream's origin the public origin: the address behind
 * must not show, in whatever element it was written.
 */
export function createRewriteUrls(upstreamUrl: string, fhirBase: string): RewriteUrls {
  const { protocol, hostname, port, pathname } = new URL(upstreamUrl)
  const publicOrigin = new URL(fhirBase).origin
  // A default port may be written out or not.
  const portPattern = port === '' ? `(?::${protocol === 'https:' ? 443 : 80})?` : `:${port}`
  const originPattern = escaped(`${protocol}//${hostname}`) + portPattern
  const base = new RegExp(`${originPattern}${escaped(pathname.replace(/\/+$/, ''))}(?![A-Za-z0-9_.~:%-])`, 'gi')
  // `http://host:80` must not match inside `http://host:8080`.
  const origin = new RegExp(`${originPattern}(?![A-Za-z0-9.:-])`, 'gi')
  const host = hostname.toLowerCase()

  const replace = (value: string) => value.replace(base, () => fhirBase).replace(origin, () => publicOrigin)
  return (jsonText) => {
    const parts: string[] = []
    let copied = 0
    for (let start = jsonText.indexOf('"'); start !== -1; ) {
      const end = stringEnd(jsonText, start)
      const token = jsonText.slice(start, end)
      if (token.includes('\\') || token.toLowerCase().includes(host)) {
        const value = JSON.parse(token) as string
        const replaced = replace(value)
        if (replaced !== value) {
          parts.push(jsonText.slice(copied, start), JSON.stringify(replaced))
          copied = end
        }
      }
      start = jsonText.indexOf('"', end)
    }
    return copied === 0 ? jsonText : parts.join('') + jsonText.slice(copied)
  }
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')
}
