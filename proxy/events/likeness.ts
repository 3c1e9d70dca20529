// By what a record that was sent is known again among those that a server made since. A server adds an id, meta and often
// text, orders members anew, and puts its own references for ours: none of these count.

import { createHash } from 'node:crypto'

/**
 * A digest, since the journal holds no content.
 * @param record parsed, or as text
 * @returns undefined for what is no JSON: it is like nothing
 */
export function likenessOf(record: unknown): string | undefined {
  const value = typeof record === 'string' ? parsed(record) : record
  if (value === undefined) return undefined
  const text = JSON.stringify(essence(value, true))
  return createHash('sha256').update(text).digest('base64url')
}

const ADDED: ReadonlySet<string> = new Set(['id', 'meta', 'text'])

function essence(value: unknown, isOutermost = false): unknown {
  if (Array.isArray(value)) return value.map((one) => essence(one))
  if (typeof value !== 'object' || value === null) return value
  return Object.entries(value)
    .filter(([name]) => name !== 'reference' && !(isOutermost && ADDED.has(name)))
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, member]) => [name, essence(member)])
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
