// JSON as text: where its parts are, and whether any object names a member twice. What is forwarded are the upstream's
// own characters, so that 70.10 stays 70.10 (ENF-13); what changes is cut and spliced.

export type Span = { key: string; start: number; end: number }

export type JsonScan =
  /** `members`: those of the outermost object, as spans of their values. */
  { ok: true; members: Span[] } | { ok: false; reason: 'duplicate-key' | 'too-deep' | 'not-an-object' }

const MAX_DEPTH = 100
const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\],:]|[^\s"{}[\],:]+/g

/** @param text valid JSON: `JSON.parse` has accepted it */
export function scanJson(text: string): JsonScan {
  const members: Span[] = []
  // One set of keys for each open object, undefined for an open array.
  const open: (Set<string> | undefined)[] = []
  let key: ':' | undefined
  let memberKey = ''
  let memberStart = -1
  let previousEnd = 0
  const closeMember = () => {
    if (memberStart !== -1) members.push({ key: memberKey, start: memberStart, end: previousEnd })
    memberStart = -1
  }

  for (const match of text.matchAll(TOKEN)) {
    const token = match[0]
    const keys = open.at(-1)
    if (open.length === 0 && token !== '{') return { ok: false, reason: 'not-an-object' }
    if (open.length === 1 && (token === ',' || token === '}')) closeMember()
    else if (open.length === 1 && key === ':' && memberStart === -1) memberStart = match.index

    if (token === ':') key = ':'
    else if (token === '{' || token === '[') {
      if (open.length === MAX_DEPTH) return { ok: false, reason: 'too-deep' }
      open.push(token === '{' ? new Set() : undefined)
      key = undefined
    } else if (token === '}' || token === ']') {
      open.pop()
      key = undefined
    } else if (token === ',') key = undefined
    else if (token.startsWith('"') && keys !== undefined && key === undefined) {
      // A string in an object that no colon precedes is a key; escapes must not hide that two are the same.
      const name = token.includes('\\') ? (JSON.parse(token) as string) : token.slice(1, -1)
      if (keys.has(name)) return { ok: false, reason: 'duplicate-key' }
      keys.add(name)
      if (open.length === 1) memberKey = name
    }
    previousEnd = match.index + token.length
  }
  return { ok: true, members }
}

/** Spans of the elements of an array in a text. */
export function elementSpans(text: string, array: Span): Span[] {
  const spans: Span[] = []
  let depth = 0
  let start = -1
  let previousEnd = 0
  for (const match of text.slice(array.start, array.end).matchAll(TOKEN)) {
    const token = match[0]
    const at = array.start + match.index
    if (depth === 1 && start !== -1 && (token === ',' || token === ']')) {
      spans.push({ key: String(spans.length), start, end: previousEnd })
      start = -1
    } else if (depth === 1 && start === -1 && token !== ']') start = at
    if (token === '{' || token === '[') depth += 1
    if (token === '}' || token === ']') depth -= 1
    previousEnd = at + token.length
  }
  return spans
}
