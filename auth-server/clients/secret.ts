// Secrets of symmetric clients: made here, shown once, kept as hashes.
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { z } from 'zod'

export const secretSchema = z.strictObject({
  /** How it is called when it is taken away; tells nothing of the secret. */
  id: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  created: z.iso.datetime().optional(),
  /** From then on it is refused. */
  expires: z.iso.datetime().optional(),
})

export type Secret = z.infer<typeof secretSchema>

/** 256 random bits. base64url, since many clients forget to encode anything else in a Basic header (CLI-10). */
export function createSecret(created: string, expires?: string): { text: string; secret: Secret } {
  const text = randomBytes(32).toString('base64url')
  const secret = {
    id: randomBytes(6).toString('base64url'),
    sha256: createHash('sha256').update(text).digest('hex'),
    created,
    ...(expires === undefined ? {} : { expires }),
  }
  return { text, secret }
}

/** Constant-time against each. */
export function isOneOf(secrets: readonly Secret[], text: string, now: number): boolean {
  const digest = createHash('sha256').update(text).digest()
  return secrets
    .filter(({ expires }) => expires === undefined || Date.parse(expires) > now)
    .map(({ sha256 }) => timingSafeEqual(digest, Buffer.from(sha256, 'hex')))
    .includes(true)
}
