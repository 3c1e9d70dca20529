// The API for operators: which apps, backend services and EHRs are registered, and what each may do at most (SEED-32).
import { z } from 'zod'
import { ApiError, type Call, type Operation, operation } from '../api/own-api.ts'
import { type ClientChanges, faultsIn } from './changes.ts'
import { clientId, clientMembers, hasSecret } from './client.ts'
import type { ClientRecord, ClientRecords } from './registry.ts'
import { createSecret, type Secret } from './secret.ts'

/** Longest list of secrets: one in use, one coming, and room for whoever forgot. */
const MAX_SECRETS = 10

const createBody = z.strictObject({ client_id: clientId, ...clientMembers })
/** The id is the path's; a body may repeat it, so that what was read can be sent back. */
const replaceBody = z.strictObject({ client_id: clientId.optional(), ...clientMembers })
const changeBody = z.record(z.string(), z.unknown())
const secretBody = z.strictObject({ expires: z.iso.datetime().optional() })

const clientAnswer = z.looseObject({
  client_id: clientId,
  ...clientMembers,
  secrets: z.array(z.object({ id: z.string(), created: z.string().optional(), expires: z.string().optional() })),
  source: z.enum(['file', 'api', 'registration']),
  created: z.string(),
  changed: z.string(),
})
const madeAnswer = clientAnswer.extend({ client_secret: z.string().optional().describe('Shown this once.') })

const NONE = { 404: 'There is no such client.' } as const
const RACED = { ...NONE, 409: 'The client was changed at the same time: look at it and try again.' } as const

export function clientOperations(parts: { clients: ClientRecords; changes: ClientChanges }): readonly Operation[] {
  const { clients, changes } = parts
  const { getHeld, save, withSecret, clock } = changes

  async function replace(call: Call<unknown>, members: object): Promise<{ status: 200; body: unknown }> {
    const held = await getHeld(String(call.params.id))
    const { client_id, created, changed, secrets } = held.record
    const { record, text } = withSecret({
      ...members,
      client_id,
      source: 'api',
      created,
      changed,
      secrets,
    } as ClientRecord)
    return { status: 200, body: shown(await save(call.caller.client_id, record, held), text) }
  }

  async function setEnabled(call: Call<unknown>, enabled: boolean): Promise<{ status: 204 }> {
    const held = await getHeld(String(call.params.id))
    await save(call.caller.client_id, switched(held.record, enabled), held)
    return { status: 204 }
  }

  return [
    operation({
      method: 'GET',
      path: '/clients',
      scope: '__clients',
      summary: 'Every registered client.',
      answer: z.object({ clients: z.array(clientAnswer) }),
      async run() {
        return { status: 200, body: { clients: (await clients.list()).map((record) => shown(record)) } }
      },
    }),
    operation({
      method: 'POST',
      path: '/clients',
      scope: '__clients',
      summary: 'Register a client. One with a secret is told it in the answer, this once.',
      refusals: { 409: 'The id is taken.' },
      body: createBody,
      answer: madeAnswer,
      async run(call) {
        const over = await clients.read(call.body.client_id)
        if (over !== undefined && !over.record.deleted) throw new ApiError(409, 'conflict', 'client_id: is taken')
        const made = { ...call.body, secrets: [], source: 'api', created: clock(), changed: clock() } as ClientRecord
        const { record, text } = withSecret(made)
        return { status: 201, body: shown(await save(call.caller.client_id, record, over), text) }
      },
    }),
    operation({
      method: 'GET',
      path: '/clients/{id}',
      scope: '__clients',
      summary: 'One client.',
      refusals: NONE,
      answer: clientAnswer,
      async run({ params }) {
        return { status: 200, body: shown((await getHeld(String(params.id))).record) }
      },
    }),
    operation({
      method: 'PUT',
      path: '/clients/{id}',
      scope: '__clients',
      summary: 'Replace all that is said of a client. What it loses counts at once; its secrets stay.',
      refusals: RACED,
      body: replaceBody,
      answer: madeAnswer,
      async run(call) {
        const { client_id = call.params.id, ...members } = call.body
        if (client_id !== call.params.id) throw new ApiError(400, 'invalid_request', 'client_id: cannot be changed')
        return replace(call, members)
      },
    }),
    operation({
      method: 'PATCH',
      path: '/clients/{id}',
      scope: '__clients',
      summary: 'Change some members of a client; null removes one (RFC 7396, first level).',
      refusals: RACED,
      body: changeBody,
      answer: madeAnswer,
      async run(call) {
        const { record } = await getHeld(String(call.params.id))
        const merged: Record<string, unknown> = { ...editable(record), ...call.body }
        const members = Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== null))
        const parsed = replaceBody.omit({ client_id: true }).safeParse(members)
        if (parsed.success) return replace(call, parsed.data)
        throw faultsIn(parsed.error)
      },
    }),
    operation({
      method: 'DELETE',
      path: '/clients/{id}',
      scope: '__clients',
      summary: 'Delete a client and end all that it was given.',
      refusals: RACED,
      async run(call) {
        const held = await getHeld(String(call.params.id))
        await save(call.caller.client_id, { ...byApi(held.record), enabled: false, deleted: true }, held)
        return { status: 204 }
      },
    }),
    operation({
      method: 'POST',
      path: '/clients/{id}/enable',
      scope: '__clients',
      summary: 'Let a client in again. What was ended stays ended.',
      refusals: RACED,
      run: (call) => setEnabled(call, true),
    }),
    operation({
      method: 'POST',
      path: '/clients/{id}/disable',
      scope: '__clients',
      summary: 'Refuse a client everywhere from now on, and end all that it was given.',
      refusals: RACED,
      run: (call) => setEnabled(call, false),
    }),
    operation({
      method: 'POST',
      path: '/clients/{id}/secrets',
      scope: '__clients',
      summary: 'Add a secret, which is shown this once. The others go on working until they are removed or expire.',
      refusals: { ...NONE, 409: 'It was changed at the same time, or has too many secrets already.' },
      body: secretBody,
      answer: z.object({ id: z.string(), client_secret: z.string(), expires: z.string().optional() }),
      async run(call) {
        const held = await getHeld(String(call.params.id))
        if (!hasSecret(held.record)) throw new ApiError(400, 'invalid_request', 'this client has no secrets')
        if (held.record.secrets.length >= MAX_SECRETS) throw new ApiError(409, 'conflict', 'remove a secret first')
        const { text, secret } = createSecret(clock(), call.body.expires)
        await save(call.caller.client_id, { ...byApi(held.record), secrets: [...held.record.secrets, secret] }, held)
        return { status: 201, body: { ...shownSecret(secret), client_secret: text } }
      },
    }),
    operation({
      method: 'DELETE',
      path: '/clients/{id}/secrets/{secret}',
      scope: '__clients',
      summary: 'Remove a secret. It is refused at once.',
      refusals: {
        404: 'There is no such client, or no such secret of it.',
        409: 'It was changed at the same time, or this is its last secret.',
      },
      async run(call) {
        const held = await getHeld(String(call.params.id))
        const secrets = held.record.secrets.filter(({ id }) => id !== call.params.secret)
        if (secrets.length === held.record.secrets.length) throw new ApiError(404, 'not_found', 'no such secret')
        if (secrets.length === 0) throw new ApiError(409, 'conflict', 'the last secret: add another, or disable it')
        await save(call.caller.client_id, { ...byApi(held.record), secrets }, held)
        return { status: 204 }
      },
    }),
  ]
}

/** From now on the API has the say over it. */
function byApi({ source_when_enabled: _file, ...record }: ClientRecord): ClientRecord {
  return { ...record, source: 'api' }
}

/** A client of the file that is shut out and let in again is the file's as before; in between no start lets it in. */
function switched(record: ClientRecord, enabled: boolean): ClientRecord {
  if (record.enabled === enabled) return record
  const { source, source_when_enabled } = record
  if (enabled) return { ...byApi(record), source: source_when_enabled ?? 'api', enabled }
  return { ...byApi(record), ...(source === 'file' ? { source_when_enabled: source } : {}), enabled }
}

/** What a caller may send back. */
function editable({ client_id: _id, source: _source, created: _created, changed: _changed, ...record }: ClientRecord) {
  const { secrets: _secrets, deleted: _deleted, source_when_enabled: _file, ...members } = record
  return members
}

function shown(record: ClientRecord, text?: string) {
  const { deleted: _deleted, source_when_enabled: _file, ...members } = record
  const secrets = record.secrets.map(shownSecret)
  return { ...members, secrets, ...(text === undefined ? {} : { client_secret: text }) }
}

function shownSecret({ sha256: _hash, ...secret }: Secret) {
  return secret
}
