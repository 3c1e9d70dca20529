// Ids and tokens of our own that must not be guessed.
import { randomBytes } from 'node:crypto'

/** 192 random bits, base64url. */
export function randomToken(): string {
  return randomBytes(24).toString('base64url')
}
