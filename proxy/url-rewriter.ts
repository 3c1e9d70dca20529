// Replaces the upstream's base URL in the strings of a JSON text, escaped or not; all else keeps its characters.

const STRING = /"[^"\\]*(?:\\.[^"\\]*)*"/g

export type RewriteUrls = (jsonText: string) => string

/**
 * The base becomes the public base, and any other mention of the upstream's origin the public origin: the address behind
 * must not show, in whatever element it was written.
 */
export function createRewriteUrls(upstreamUrl: string, fhirBase: string): RewriteUrls {
  const upstreamOrigin = new URL(upstreamUrl).origin
  const publicOrigin = new URL(fhirBase).origin
  const base = new RegExp(`${escaped(upstreamUrl)}(?![A-Za-z0-9_.~%-])`, 'gi')
  // `http://host:80` must not match inside `http://host:8080`.
  const origin = new RegExp(`${escaped(upstreamOrigin)}(?![A-Za-z0-9.:-])`, 'gi')
  const host = new URL(upstreamUrl).host.toLowerCase()

  const replace = (value: string) => value.replace(base, () => fhirBase).replace(origin, () => publicOrigin)
  return (jsonText) =>
    jsonText.replace(STRING, (token) => {
      if (!token.includes('\\') && !token.toLowerCase().includes(host)) return token
      const value = JSON.parse(token) as string
      const replaced = replace(value)
      return replaced === value ? token : JSON.stringify(replaced)
    })
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')
}
