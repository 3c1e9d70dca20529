// The operator's file of brands: what may stand in it, and what of it does not fit together.

import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import type { Brands } from './brand-bundle.ts'

const web = z.url({ protocol: /^https$/ })
/** As apps compare it. */
const origin = web.refine(
  (text) => URL.canParse(text) && new URL(text).origin === text && !new URL(text).hostname.startsWith('www.'),
  'must be an https origin, without www. and path',
)
const orAbsent = z.union([web, z.strictObject({ absent: z.enum(['declined', 'unknown']) })])
const text = z.string().min(1).max(300)

const brand = z.strictObject({
  name: text,
  identifier: origin,
  furtherIdentifiers: z.array(z.strictObject({ system: z.url(), value: text })).default([]),
  aliases: z.array(text).default([]),
  types: z.array(z.string().regex(/^[a-z]+$/)).default([]),
  website: orAbsent,
  logo: orAbsent,
  logoLicense: web.optional(),
  addresses: z
    .array(
      z.strictObject({
        line: z.array(text).optional(),
        city: text.optional(),
        state: text.optional(),
        postalCode: text.optional(),
        country: z.string().regex(/^[A-Z]{2}$/, 'must be a code of two letters'),
      }),
    )
    .default([]),
  portal: z
    .strictObject({ name: text, url: web, description: z.string().max(2000).optional(), logo: web.optional() })
    .optional(),
  partOf: origin.optional(),
})

const schema = z
  .strictObject({
    updated: z.iso.datetime({ offset: true }),
    developers: web,
    brands: z.tuple([brand], brand),
  })
  .superRefine(({ brands }, context) => {
    const byIdentifier = new Map(brands.map((one) => [one.identifier, one]))
    if (byIdentifier.size !== brands.length)
      context.addIssue({ code: 'custom', path: ['brands'], message: 'one identifier twice' })
    brands.forEach(({ portal, partOf }, place) => {
      const complain = (message: string) => context.addIssue({ code: 'custom', path: ['brands', place], message })
      if ((portal === undefined) === (partOf === undefined)) complain('either a portal or partOf is needed')
      if (partOf === undefined) return
      const whole = byIdentifier.get(partOf)
      if (whole === undefined) complain(`partOf: there is no brand ${partOf}`)
      // One brand either has a portal or names the brand that has it.
      else if (whole.portal === undefined) complain(`partOf: ${partOf} has no portal itself`)
    })
  })

export type ReadBrands = { ok: true; brands: Brands } | { ok: false; faults: string[] }

export async function readBrands(file: string): Promise<ReadBrands> {
  try {
    const parsed = schema.safeParse(JSON.parse(await readFile(file, 'utf8')))
    if (parsed.success) return { ok: true, brands: parsed.data }
    return { ok: false, faults: parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) }
  } catch (error) {
    return { ok: false, faults: [error instanceof SyntaxError ? 'is not JSON' : 'cannot be read'] }
  }
}
