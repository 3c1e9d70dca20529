// Which FHIR records a signed-in account may act as.
import { z } from 'zod'
import { subjectOf } from './account.ts'
import type { Persona } from './personas.ts'

const linkSchema = z.strictObject({
  tid: z.uuid(),
  oid: z.uuid(),
  personas: z.array(z.string().regex(/^(Patient|Practitioner|RelatedPerson)\/[A-Za-z0-9.-]{1,64}$/)),
})

export type Links = {
  /** @param sub our own subject of the account */
  of(sub: string): Promise<readonly Persona[]>
}

/** @throws Error with one line per faulty link */
export function linkTable(entries: unknown): Links {
  const parsed = z.array(linkSchema).safeParse(entries)
  if (!parsed.success) {
    throw new Error(parsed.error.issues.map((issue) => `link ${issue.path.join('.')}: ${issue.message}`).join('\n'))
  }
  const links = new Map(
    parsed.data.map(({ tid, oid, personas }) => [
      subjectOf({ tid, oid }),
      personas.map((record): Persona => ({ record, source: 'link' })),
    ]),
  )
  return { of: async (sub) => links.get(sub) ?? [] }
}
