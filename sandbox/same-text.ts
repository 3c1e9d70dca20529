// Comparing secrets.

import { createHash, timingSafeEqual } from 'node:crypto'

/** Takes as long for a wrong text as for the right one. */
export function isSameText(given: string, expected: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(given), digest(expected))
}
