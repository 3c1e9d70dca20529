// JSON as text: where its parts are. What is forwarded are the upstream's own characters, so that 70.10 stays 70.10 (ENF-13);
// what changes is cut and spliced. All of it takes text that JSON.parse has accepted. No regular expressions: on a long
// string with many escapes they overflow the stack.

type Span = { start: number; end: number }
export type Member = Span & { key: string }

/** Of the object that the text is, values as spans; none of what is no object. */
export function membersOf(text: string): Member[] {
  const members: Member[] = []
  const open = blankEnd(text, 0)
  if (text[open] !== '{') return members
  for (let at = blankEnd(text, open + 1); text[at] !== '}'; at = blankEnd(text, at)) {
    if (text[at] === ',') at = blankEnd(text, at + 1)
    const keyEnd = stringEnd(text, at)
    const start = blankEnd(text, blankEnd(text, keyEnd) + 1)
    const end = valueEnd(text, start)
    members.push({ key: JSON.parse(text.slice(at, keyEnd)) as string, start, end })
    at = end
  }
  return members
}

/** Of the array at `from`. */
export function elementsOf(text: string, from: number): Span[] {
  const spans: Span[] = []
  for (let at = blankEnd(text, from + 1); text[at] !== ']'; at = blankEnd(text, at)) {
    if (text[at] === ',') at = blankEnd(text, at + 1)
    const end = valueEnd(text, at)
    spans.push({ start: at, end })
    at = end
  }
  return spans
}

/** The texts of the elements of a member that is an array; none where there is no such member. */
export function elementTexts(text: string, key: string): string[] {
  const member = membersOf(text).find((one) => one.key === key)
  if (member === undefined || text[member.start] !== '[') return []
  return elementsOf(text, member.start).map(({ start, end }) => text.slice(start, end))
}

/** The text of one member of an object. */
export function memberText(text: string, key: string): string | undefined {
  const member = membersOf(text).find((one) => one.key === key)
  return member === undefined ? undefined : text.slice(member.start, member.end)
}

/**
 * The text with other values for the texts of a name, at any depth; all else keeps its characters.
 * @param replace undefined: it stays as it is
 */
export function replaceMembers(text: string, name: string, replace: (value: string) => string | undefined): string {
  const parts: string[] = []
  let copied = 0
  for (let start = text.indexOf('"'); start !== -1; ) {
    const keyEnd = stringEnd(text, start)
    const colon = blankEnd(text, keyEnd)
    const value = blankEnd(text, colon + 1)
    const isNamed = text[colon] === ':' && text[value] === '"' && JSON.parse(text.slice(start, keyEnd)) === name
    const end = isNamed ? stringEnd(text, value) : keyEnd
    const replaced = isNamed ? replace(JSON.parse(text.slice(value, end)) as string) : undefined
    if (replaced !== undefined) {
      parts.push(text.slice(copied, value), JSON.stringify(replaced))
      copied = end
    }
    start = text.indexOf('"', end)
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

function valueEnd(text: string, start: number): number {
  const first = text[start]
  if (first === '"') return stringEnd(text, start)
  if (first === '{' || first === '[') return nestedEnd(text, start)
  let at = start
  while (at < text.length && !',}] \t\n\r'.includes(text.charAt(at))) at += 1
  return at
}

function nestedEnd(text: string, start: number): number {
  let depth = 0
  for (let at = start; at < text.length; at += 1) {
    const one = text[at]
    if (one === '"') at = stringEnd(text, at) - 1
    else if (one === '{' || one === '[') depth += 1
    else if (one === '}' || one === ']') {
      depth -= 1
      if (depth === 0) return at + 1
    }
  }
  return text.length
}

function blankEnd(text: string, from: number): number {
  let at = from
  while (' \t\n\r'.includes(text[at] ?? '.')) at += 1
  return at
}
