// Replaces the upstream's base URL in the strings of a JSON text, escaped or not; all else keeps its characters.

import { stringEnd, stringStart } from '../json/json-text.ts'
import type { Splices } from '../lists/splices.ts'

export type RewriteUrls = (jsonText: string) => string

/** The same for UTF-8, from and to bytes. */
export type ByteRewriter = {
  /** Whose mention makes a string one that may change; in lower case. */
  host: string
  rewrite(json: Buffer, part: Part, out: Splices): void
}

/** @param mentions opening quotes of all strings that mention the host after a slash, once for each time; looked for if absent */
export type Part = { from: number; end: number; mentions?: readonly number[] | undefined }

/**
 * The base becomes the public base, and any other mention of the upstream's origin the public origin: the address behind
 * must not show, in whatever element it was written.
 */
export function createRewriteUrls(upstreamUrl: string, fhirBase: string): RewriteUrls {
  const { mentionsIn, replaced } = createReplacing(upstreamUrl, fhirBase)
  return (jsonText) => {
    const parts: string[] = []
    let copied = 0
    for (const { start, end } of mentionsIn(jsonText)) {
      const token = replaced(jsonText.slice(start, end))
      if (token === undefined) continue
      parts.push(jsonText.slice(copied, start), token)
      copied = end
    }
    return copied === 0 ? jsonText : parts.join('') + jsonText.slice(copied)
  }
}

export function createByteRewriter(upstreamUrl: string, fhirBase: string): ByteRewriter {
  const { host, base, mentionsIn, replaced } = createReplacing(upstreamUrl, fhirBase)
  const before = Buffer.from(base)
  const after = Buffer.from(JSON.stringify(fhirBase).slice(1, -1))

  /** Most mentions: an address below the base, as it is configured, with nothing else in the string. */
  function isPlain(json: Buffer, start: number): boolean {
    for (let at = 0; at < before.length; at += 1) if (json[start + 1 + at] !== before[at]) return false
    let at = start + 1 + before.length
    if (json[at] !== SLASH && json[at] !== QUOTE) return false
    while (json[at] !== QUOTE && json[at] !== BACKSLASH) at += 1
    return json[at] === QUOTE
  }

  function rewriteAt(json: Buffer, start: number, isOnly: boolean, copied: number, out: Splices): number {
    if (isOnly && isPlain(json, start)) {
      out.add(json, copied, start + 1)
      out.add(after)
      return start + 1 + before.length
    }
    const end = bytesEnd(json, start)
    const token = replaced(json.toString('utf8', start, end))
    if (token === undefined) return copied
    out.add(json, copied, start)
    out.add(Buffer.from(token))
    return end
  }

  return {
    host,
    rewrite(json, { from, end, mentions }, out) {
      let copied = from
      const all = mentions ?? found(json, from, end)
      for (let at = 0; at < all.length; at += 1) {
        const start = all[at] as number
        if (start === all[at - 1]) continue
        const isOnly = mentions !== undefined && start !== all[at + 1]
        copied = rewriteAt(json, start, isOnly, copied, out)
      }
      out.add(json, copied, end)
    },
  }

  /** One character a byte, so that positions are the same; what is looked for are plain characters. */
  function found(json: Buffer, from: number, end: number): number[] {
    return mentionsIn(json.toString('latin1', from, end)).map(({ start }) => from + start)
  }
}

const [QUOTE, SLASH, BACKSLASH] = [0x22, 0x2f, 0x5c]

function bytesEnd(json: Buffer, start: number): number {
  let at = start + 1
  while (json[at] !== QUOTE) at += json[at] === BACKSLASH ? 2 : 1
  return at + 1
}

type Replacing = {
  host: string
  base: string
  /** Strings of a JSON text that may change, from quote to quote, each once. */
  mentionsIn(text: string): { start: number; end: number }[]
  /** A string as it is to be; undefined when it stays. */
  replaced(token: string): string | undefined
}

function createReplacing(upstreamUrl: string, fhirBase: string): Replacing {
  const { protocol, hostname, host, port, pathname } = new URL(upstreamUrl)
  const publicOrigin = new URL(fhirBase).origin
  // A default port may be written out or not.
  const portPattern = port === '' ? `(?::${protocol === 'https:' ? 443 : 80})?` : `:${port}`
  const originPattern = escaped(`${protocol}//${hostname}`) + portPattern
  const basePath = pathname.replace(/\/+$/, '')
  const base = new RegExp(`${originPattern}${escaped(basePath)}(?![A-Za-z0-9_.~:%-])`, 'gi')
  // `http://host:80` must not match inside `http://host:8080`.
  const origin = new RegExp(`${originPattern}(?![A-Za-z0-9.:-])`, 'gi')
  // A slash comes before the host however the others are written, and stands in strings alone. What else may hide the
  // address is an escape of any character.
  const mention = new RegExp(`/${escaped(hostname)}|\\\\u`, 'gi')

  return {
    host: hostname,
    base: `${protocol}//${host}${basePath}`,
    mentionsIn(text) {
      const tokens: { start: number; end: number }[] = []
      mention.lastIndex = 0
      for (let found = mention.exec(text); found !== null; found = mention.exec(text)) {
        const start = stringStart(text, found.index)
        const end = stringEnd(text, start)
        tokens.push({ start, end })
        mention.lastIndex = end
      }
      return tokens
    },
    replaced(token) {
      const value = JSON.parse(token) as string
      const by = value.replace(base, () => fhirBase).replace(origin, () => publicOrigin)
      return by === value ? undefined : JSON.stringify(by)
    },
  }
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')
}
