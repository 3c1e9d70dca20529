// JSON as text: where its parts are, and whether any object names a member twice. What is forwarded are the upstream's
// own characters, so that 70.10 stays 70.10 (ENF-13); what changes is cut and spliced. No regular expressions: on a long
// string with many escapes they overflow the stack.

export type Span = { key: string; start: number; end: number }

export type JsonScan =
  /** `members`: those of the outermost object, as spans of their values. */
  { ok: true; members: Span[] } | { ok: false; reason: 'duplicate-key' | 'too-deep' | 'not-an-object' }

const MAX_DEPTH = 100
const WHITESPACE = ' \t\n\r'
const STRUCTURE = '{}[],:'

/**
 * @param text valid JSON: `JSON.parse` has accepted it
 * @param maxDepth most objects and arrays within each other
 */
export function scanJson(text: string, maxDepth = MAX_DEPTH): JsonScan {
  const members: Span[] = []
  // One set of keys for each open object, undefined for an open array.
  const open: (Set<string> | undefined)[] = []
  let afterColon = false
  let memberKey = ''
  let memberStart = -1
  let previousEnd = 0

  for (let start = tokenStart(text, 0); start < text.length; start = tokenStart(text, previousEnd)) {
    const end = tokenEnd(text, start)
    const first = text[start]
    if (open.length === 0 && first !== '{') return { ok: false, reason: 'not-an-object' }
    if (open.length === 1 && (first === ',' || first === '}')) {
      if (memberStart !== -1) members.push({ key: memberKey, start: memberStart, end: previousEnd })
      memberStart = -1
    } else if (open.length === 1 && afterColon && memberStart === -1) memberStart = start

    const keys = open.at(-1)
    if (first === '{' || first === '[') {
      if (open.length === maxDepth) return { ok: false, reason: 'too-deep' }
      open.push(first === '{' ? new Set() : undefined)
      afterColon = false
    } else if (first === '}' || first === ']') {
      open.pop()
      afterColon = false
    } else if (first === ',') afterColon = false
    else if (first === ':') afterColon = true
    else if (first === '"' && keys !== undefined && !afterColon) {
      // Escapes must not hide that two keys are the same.
      const key = JSON.parse(text.slice(start, end)) as string
      if (keys.has(key)) return { ok: false, reason: 'duplicate-key' }
      keys.add(key)
      if (open.length === 1) memberKey = key
    }
    previousEnd = end
  }
  return { ok: true, members }
}

/** Spans of the elements of an array in a text. */
export function elementSpans(text: string, array: Span): Span[] {
  const spans: Span[] = []
  let depth = 0
  let elementStart = -1
  let previousEnd = array.start
  for (let start = tokenStart(text, array.start); start < array.end; start = tokenStart(text, previousEnd)) {
    const first = text[start]
    if (depth === 1 && elementStart !== -1 && (first === ',' || first === ']')) {
      spans.push({ key: String(spans.length), start: elementStart, end: previousEnd })
      elementStart = -1
    } else if (depth === 1 && elementStart === -1 && first !== ']') elementStart = start
    if (first === '{' || first === '[') depth += 1
    if (first === '}' || first === ']') depth -= 1
    previousEnd = tokenEnd(text, start)
  }
  return spans
}

/** The texts of the elements of an array member; none where there is no such member. */
export function elementTexts({ text, members }: { text: string; members: readonly Span[] }, key: string): string[] {
  const array = members.find((one) => one.key === key)
  return array === undefined ? [] : elementSpans(text, array).map(({ start, end }) => text.slice(start, end))
}

/** The text of one member of an object. */
export function memberText(text: string, key: string): string | undefined {
  const scan = scanJson(text)
  const member = scan.ok ? scan.members.find((one) => one.key === key) : undefined
  return member === undefined ? undefined : text.slice(member.start, member.end)
}

/**
 * The text with other values for the texts of a name, at any depth; all else keeps its characters.
 * @param replace undefined: it stays as it is
 */
export function replaceMembers(text: string, name: string, replace: (value: string) => string | undefined): string {
  const parts: string[] = []
  let copied = 0
  let key = ''
  let isValue = false
  for (let start = tokenStart(text, 0); start < text.length; ) {
    const end = tokenEnd(text, start)
    if (text[start] === '"') {
      const given = JSON.parse(text.slice(start, end)) as string
      const replaced = isValue && key === name ? replace(given) : undefined
      if (replaced !== undefined) {
        parts.push(text.slice(copied, start), JSON.stringify(replaced))
        copied = end
      }
      key = given
    }
    isValue = text[start] === ':'
    start = tokenStart(text, end)
  }
  return `${parts.join('')}${text.slice(copied)}`
}

/** End of the string whose opening quote is at `start`. */
export function stringEnd(text: string, start: number): number {
  for (let quote = text.indexOf('"', start + 1); quote !== -1; quote = text.indexOf('"', quote + 1))
    if (!isEscaped(text, quote)) return quote + 1
  return text.length
}

/** Opening quote of the string that the character at `within` is in. */
export function stringStart(text: string, within: number): number {
  let quote = text.lastIndexOf('"', within)
  while (quote > 0 && isEscaped(text, quote)) quote = text.lastIndexOf('"', quote - 1)
  return quote
}

function isEscaped(text: string, at: number): boolean {
  let backslashes = 0
  while (text[at - 1 - backslashes] === '\\') backslashes += 1
  return backslashes % 2 === 1
}

function tokenStart(text: string, from: number): number {
  let at = from
  while (at < text.length && WHITESPACE.includes(text.charAt(at))) at += 1
  return at
}

function tokenEnd(text: string, start: number): number {
  const first = text.charAt(start)
  if (first === '"') return stringEnd(text, start)
  if (STRUCTURE.includes(first)) return start + 1
  let at = start + 1
  while (at < text.length && !STRUCTURE.includes(text.charAt(at)) && !WHITESPACE.includes(text.charAt(at))) at += 1
  return at
}
