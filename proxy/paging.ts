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
  /** The rewritten search as it was decided then; a link does not outlive a change of it. */
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

export function createPageSeal(secret: string): PageSeal {
  const key = Buffer.from(hkdfSync('sha256', secret, '', 'paging links', 32))
  return {
    seal(page) {
      const iv = randomBytes(IV_BYTES)
      // The search stands in it three times, and a URL must stay short enough for the hops on its way.
      const cipher = createCipheriv('aes-256-gcm', key, iv)
      const sealed = Buffer.concat([cipher.update(deflateRawSync(JSON.stringify(page))), cipher.final()])
      return Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString('base64url')
    },
    open(handle, now) {
      const bytes = Buffer.from(handle, 'base64url')
      if (bytes.length <= IV_BYTES + TAG_BYTES) return undefined
      try {
        const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, IV_BYTES), { authTagLength: TAG_BYTES })
        decipher.setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES))
        const packed = Buffer.concat([decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES)), decipher.final()])
        const page = Page.parse(JSON.parse(inflateRawSync(packed).toString()))
        return page.expiresAtEpochSeconds * 1000 > now.getTime() ? page : undefined
      } catch {
        return undefined // Forged or cut: the same to the caller as expired.
      }
    },
  }
}
