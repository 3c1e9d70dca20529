// Lines of JSON, each judged before it goes on: whole lines only, none longer than can be held.

import { parseJsonBody } from '../answers/body.ts'

/** What is read is not what was asked for, or no lines of JSON. */
export class UnfitLine extends Error {}

const MAX_LINE_BYTES = 16 * 1024 * 1024
const NEWLINE = 0x0a

/**
 * @param judge a line's value: `left-out` is dropped in silence
 * @param rewrite what becomes of its text
 * @returns the lines that go on. Throws UnfitLine at the first that does not, which is not in what was given out before
 */
export async function* judgedLines(
  body: AsyncIterable<Buffer>,
  judge: (line: unknown) => 'fit' | 'left-out' | 'foreign',
  rewrite: (text: string) => string,
): AsyncGenerator<Buffer, void, void> {
  let rest: Buffer[] = []
  let length = 0
  const judged = (line: Buffer): string => {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(line).trim()
    if (text === '') return ''
    const parsed = parseJsonBody(text)
    const verdict = parsed === undefined ? 'foreign' : judge(parsed.value)
    if (parsed === undefined || verdict === 'foreign') throw new UnfitLine('a line is not what was asked for')
    return verdict === 'fit' ? `${rewrite(parsed.text)}\n` : ''
  }
  for await (const chunk of body) {
    let from = 0
    const lines: string[] = []
    for (let at = chunk.indexOf(NEWLINE); at !== -1; at = chunk.indexOf(NEWLINE, from)) {
      const line = judged(Buffer.concat([...rest, chunk.subarray(from, at)]))
      if (line !== '') lines.push(line)
      rest = []
      length = 0
      from = at + 1
    }
    if (from < chunk.length) rest.push(chunk.subarray(from))
    length += chunk.length - from
    if (length > MAX_LINE_BYTES) throw new UnfitLine('a line is too long')
    if (lines.length > 0) yield Buffer.from(lines.join(''))
  }
  const last = judged(Buffer.concat(rest))
  if (last !== '') yield Buffer.from(last)
}
