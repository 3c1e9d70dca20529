// The API for whoever knows which account is which person, such as an identity desk: find, link and unlink (SEED-48).
import { z } from 'zod'
import { ApiError, type Operation, operation } from '../api/own-api.ts'
import type { PersonReader } from '../fhir/person-reader.ts'
import type { Endings } from '../grants/endings.ts'
import { type GrantRecord, type Grants, gidOf } from '../grants/grants.ts'
import type { Lifetimes } from '../grants/lifetimes.ts'
import { accountFrom } from '../grants/operations.ts'
import { accountSchema, subjectOf } from './account.ts'
import type { Link, Links } from './links.ts'
import { personSchema } from './person.ts'

const linkSchema = z.strictObject({
  account: accountSchema,
  person: personSchema,
  valid_until: z.iso.datetime({ offset: true }).optional(),
})

export type LinkRequest = z.input<typeof linkSchema>

const linkAnswer = z.object({
  account: accountSchema,
  sub: z.string(),
  person: z.string(),
  since: z.string(),
  valid_until: z.string(),
})

export function linkOperations(parts: {
  links: Links
  grants: Grants
  endings: Endings
  /** Reads as this service. */
  reader: PersonReader
  lifetimes: Lifetimes
  /** How long a link without an end of its own holds. */
  lifetimeSeconds: number
  now: () => number
}): readonly Operation[] {
  const { links, grants, endings, reader, lifetimes, lifetimeSeconds, now } = parts
  return [
    operation({
      method: 'GET',
      path: '/links',
      scope: '__links',
      summary: 'The records that one account may act as now, or the accounts that may act as one record.',
      query: {
        tid: 'tenant id',
        oid: 'object id, with tid',
        iss: 'issuer, for other providers',
        sub: 'with iss',
        person: 'a record such as Patient/42, instead of an account',
      },
      answer: z.object({ links: z.array(linkAnswer) }),
      async run({ query }) {
        const person = query.get('person')
        const found = person === null ? await links.of(subjectOf(accountFrom(query))) : await links.ofRecord(person)
        return { status: 200, body: { links: found.map(shown) } }
      },
    }),
    operation({
      method: 'POST',
      path: '/links',
      scope: '__links',
      summary: 'Let an account act as a record, or give its link another end. An earlier end ends what was granted.',
      body: linkSchema,
      answer: linkAnswer,
      async run({ body }) {
        const { account, person: record } = body
        const end = body.valid_until === undefined ? now() + lifetimeSeconds * 1000 : Date.parse(body.valid_until)
        if (end <= now()) throw new ApiError(400, 'invalid_request', 'valid_until: is over')
        await requireRecord(record)
        const sub = subjectOf(account)
        const held = await links.find(sub, record)
        // Before the link is written: a call that failed between can be made again.
        if (held !== undefined && end < Date.parse(held.validUntil)) await endGrants(sub, record)
        const link = await links.put({ account, record, validUntil: new Date(end).toISOString() })
        if (held !== undefined) await prolongGrants(link)
        return { status: 201, body: shown(link) }
      },
    }),
    operation({
      method: 'DELETE',
      path: '/links/{sub}/{type}/{id}',
      scope: '__links',
      summary: 'Unlink an account, by our own subject of it, from a record. What it granted as that record ends.',
      refusals: { 404: 'The account was not linked.' },
      async run({ params }) {
        const { sub = '', type, id } = params
        const record = `${type}/${id}`
        const wasLinked = await links.remove(sub, record)
        // Also when the link is gone: an earlier call may have failed after removing it.
        await endGrants(sub, record)
        if (!wasLinked) throw new ApiError(404, 'not_found', 'no such link')
        return { status: 204 }
      },
    }),
  ]

  async function requireRecord(record: string): Promise<void> {
    const [type = '', id = ''] = record.split('/')
    const found = await reader.read(type, id)
    if (found === undefined || found.active === false) {
      throw new ApiError(400, 'invalid_request', 'person: there is no such record, or it is not active')
    }
  }

  async function endGrants(sub: string, record: string): Promise<void> {
    const given = (await grants.of(sub)).filter(({ persona }) => persona.record === record)
    await Promise.all(given.map(({ grantId }) => endings.endGrant(sub, gidOf(grantId))))
  }

  /** Tokens end with the link that their grant rests on, and the grant knows its end. */
  async function prolongGrants({ account, record, validUntil }: Link): Promise<void> {
    const given = (await grants.of(subjectOf(account))).filter(
      ({ persona }) => persona.record === record && persona.source === 'links',
    )
    const prolong = (grant: GrantRecord) =>
      grants.renew(grant, { persona: { ...grant.persona, validUntil } }, lifetimes.ofGrant(grant))
    await Promise.all(given.map(prolong))
  }
}

function shown({ account, record, since, validUntil }: Link) {
  return { account, sub: subjectOf(account), person: record, since, valid_until: validUntil }
}
