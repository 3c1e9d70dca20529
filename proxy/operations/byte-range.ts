// A part of what is streamed (RFC 9110, section 14): one range, counted over the bytes that we send.

export type ByteRange = { first: number; last: number }

/**
 * @param header the Range header
 * @param length of the whole, in bytes
 * @returns undefined where the whole is to be sent; `unsatisfiable` where there is nothing in the range
 */
export function rangeIn(header: string | undefined, length: number): ByteRange | 'unsatisfiable' | undefined {
  const [, first = '', last = ''] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header ?? '') ?? []
  if (first === '' && last === '') return undefined
  const range =
    first === ''
      ? { first: Math.max(0, length - Number(last)), last: length - 1 }
      : { first: Number(first), last: last === '' ? length - 1 : Math.min(Number(last), length - 1) }
  if (first !== '' && last !== '' && Number(first) > Number(last)) return undefined
  return range.first > range.last ? 'unsatisfiable' : range
}

/** Reads all of it. */
export async function lengthOf(chunks: AsyncIterable<Buffer>): Promise<number> {
  let length = 0
  for await (const chunk of chunks) length += chunk.length
  return length
}

/** Ends when the range does: what comes after is not read. */
export async function* partOf(
  chunks: AsyncIterable<Buffer>,
  { first, last }: ByteRange,
): AsyncGenerator<Buffer, void, void> {
  let at = 0
  for await (const chunk of chunks) {
    const part = chunk.subarray(Math.max(0, first - at), Math.max(0, last + 1 - at))
    at += chunk.length
    if (part.length > 0) yield part
    if (at > last) return
  }
}
