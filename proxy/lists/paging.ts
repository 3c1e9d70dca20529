// Sealed paging links: the upstream's own link, readable by us alone and useful only to the grant that it was made for.

import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import { z } from 'zod'

const Page = z.object({
  /** Below the upstream's base: path and query. For what we page ourselves, where to go on. */
  target: z.string(),
  /** Path below our base of the request that is gone on with. */
  path: z.string(),
  /** The client's own parameters, planned anew when the link is used. */
  parameters: z.array(z.tuple([z.string(), z.string()])),
  /** Tells the rewritten search, as it was decided then, from any other: a link does not outlive a change of it. */
  decided: z.string(),
  /** Whom the link is for: grant, client, person, patient. */
  holder: z.string(),
  expiresAtEpochSeconds: z.number(),
})

export type Page = z.infer<typeof Page>

export interface PageSeal {
  seal(page: Page): string
  /** Undefined: not ours, changed on the way, or too old. */
  open(handle: string, now: Date): Page | undefined
}

const IV_BYTES = 12
const TAG_BYTES = 16
/** Expiry and length of what is packed, before it: neither may change how well it packs. */
const HEAD_BYTES = 8
/** Sealed texts are whole blocks long, so that their length tells next to nothing of what is in them. */
const BLOCK_BYTES = 64

export function createPageSeal(secret: string): PageSeal {
  const key = Buffer.from(hkdfSync('sha256', secret, '', 'paging links', 32))
  return {
    seal({ expiresAtEpochSeconds, ...page }) {
      const iv = randomBytes(IV_BYTES)
      // The search stands in it twice, and a URL must stay short enough for the hops on its way.
      const packed = deflateRawSync(JSON.stringify(page))
      const plain = Buffer.alloc(Math.ceil((HEAD_BYTES + packed.length) / BLOCK_BYTES) * BLOCK_BYTES)
      plain.writeUInt32BE(expiresAtEpochSeconds, 0)
      plain.writeUInt32BE(packed.length, 4)
      packed.copy(plain, HEAD_BYTES)
      const cipher = createCipheriv('aes-256-gcm', key, iv)
      const sealed = Buffer.concat([cipher.update(plain), cipher.final()])
      return Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString('base64url')
    },
    open(handle, now) {
      const bytes = Buffer.from(handle, 'base64url')
      if (bytes.length <= IV_BYTES + TAG_BYTES) return undefined
      try {
        const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, IV_BYTES), { authTagLength: TAG_BYTES })
        decipher.setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES))
        const plain = Buffer.concat([decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES)), decipher.final()])
        const expiresAtEpochSeconds = plain.readUInt32BE(0)
        if (expiresAtEpochSeconds * 1000 <= now.getTime()) return undefined
        const packed = plain.subarray(HEAD_BYTES, HEAD_BYTES + plain.readUInt32BE(4))
        return Page.parse({ ...JSON.parse(inflateRawSync(packed).toString()), expiresAtEpochSeconds })
      } catch {
        return undefined // Forged or cut: the same to the caller as expired.
      }
    },
  }
}
