// Which FHIR records a signed-in account may act as. Accounts are known by tenant and object id, never by an address (AUTHZ-24).
import { z } from 'zod'

const linkSchema = z.strictObject({
  tid: z.uuid(),
  oid: z.uuid(),
  personas: z.array(z.string().regex(/^(Patient|Practitioner|RelatedPerson)\/[A-Za-z0-9.-]{1,64}$/)),
})

export type Links = { personasOf(account: { tid: string; oid: string }): readonly string[] }

/** @throws Error with one line per faulty link */
export function linkTable(entries: unknown): Links {
  const parsed = z.array(linkSchema).safeParse(entries)
  if (!parsed.success) {
    throw new Error(parsed.error.issues.map((issue) => `link ${issue.path.join('.')}: ${issue.message}`).join('\n'))
  }
  const key = ({ tid, oid }: { tid: string; oid: string }) => `${tid}.${oid}`
  const links = new Map(parsed.data.map((link) => [key(link), link.personas]))
  return { personasOf: (account) => links.get(key(account)) ?? [] }
}
