// LINKS_FILE: links to begin with, written to the store at start where it has no such link.
import { z } from 'zod'
import { type Account, accountSchema } from './account.ts'
import type { Links } from './links.ts'
import { personSchema } from './person.ts'

const members = { personas: z.array(personSchema), valid_until: z.iso.datetime({ offset: true }).optional() }

const entrySchema = z.union([
  z.strictObject({ tid: z.string(), oid: z.string(), ...members }),
  z.strictObject({ iss: z.string(), sub: z.string(), ...members }),
])

export type LinkEntry = { account: Account; personas: readonly string[]; validUntil?: string }

/** @throws Error with one line per faulty entry, naming no account */
export function parseLinks(entries: unknown): readonly LinkEntry[] {
  const faults: string[] = []
  const parsed = z.array(z.unknown()).safeParse(entries)
  if (!parsed.success) throw new Error('links: must be an array')
  const links = parsed.data.flatMap((entry, at) => {
    const read = entrySchema.safeParse(entry)
    if (!read.success) {
      faults.push(`link ${at}: needs tid and oid, or iss and sub, and personas such as Patient/42`)
      return []
    }
    const { personas, valid_until: validUntil, ...ids } = read.data
    const account = accountSchema.safeParse(ids)
    if (!account.success) {
      faults.push(`link ${at}: tid and oid must be GUIDs, iss a URL`)
      return []
    }
    return [{ account: account.data, personas, ...(validUntil === undefined ? {} : { validUntil }) }]
  })
  if (faults.length > 0) throw new Error(faults.join('\n'))
  return links
}

/** So many at once: a store that throttles is slower than one that is not hurried. */
const AT_ONCE = 20

/** @param defaultEnd ISO 8601 instant for entries without an end of their own */
export async function seedLinks(links: Links, entries: readonly LinkEntry[], defaultEnd: string): Promise<void> {
  const all = entries.flatMap(({ account, personas, validUntil = defaultEnd }) =>
    personas.map((record) => ({ account, record, validUntil })),
  )
  for (let from = 0; from < all.length; from += AT_ONCE) {
    await Promise.all(all.slice(from, from + AT_ONCE).map((link) => links.putFirst(link)))
  }
}
