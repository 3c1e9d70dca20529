// The one way to change a client: checked, what it loses ended, written, logged.
import { isDeepStrictEqual } from 'node:util'
import type { Logger } from 'pino'
import type { z } from 'zod'
import { ApiError } from '../api/own-api.ts'
import type { Endings } from '../grants/endings.ts'
import { clientSchema, hasSecret, type RegisteredClient } from './client.ts'
import { endWhatIsLost } from './narrowing.ts'
import type { ClientRecord, ClientRecords, HeldClient } from './registry.ts'
import { createSecret } from './secret.ts'

export type ClientChanges = {
  /** @throws ApiError 404 */
  getHeld(clientId: string): Promise<HeldClient>
  /**
   * @param caller the client that asks for it
   * @param over what is stored now
   * @throws ApiError 400 with each fault, 409 when someone was faster
   */
  save(caller: string, next: ClientRecord, over: HeldClient | undefined): Promise<ClientRecord>
  /** A client that needs a secret and has none gets one, with its text; one that needs none keeps none. */
  withSecret(client: ClientRecord): { record: ClientRecord; text?: string }
  /** ISO 8601. */
  clock(): string
}

export function clientChanges(parts: {
  clients: ClientRecords
  endings: Endings
  log: Logger
  now: () => number
}): ClientChanges {
  const { clients, endings, log, now } = parts
  const clock = () => new Date(now()).toISOString()
  return {
    clock,
    async getHeld(clientId) {
      const held = await clients.read(clientId)
      if (held === undefined || held.record.deleted) throw new ApiError(404, 'not_found', 'no such client')
      return held
    },
    async save(caller, next, over) {
      const { source, source_when_enabled, created, changed: _changed, deleted, ...members } = next
      const parsed = clientSchema.safeParse(members)
      // Whatever the rules were when it was stored: to shut it out must always be possible.
      if (!parsed.success && !isShutOut(next, over?.record)) throw faultsIn(parsed.error)
      const kept = {
        source,
        created,
        changed: clock(),
        ...(source_when_enabled === undefined ? {} : { source_when_enabled }),
        ...(deleted === undefined ? {} : { deleted }),
      }
      const record: ClientRecord = { ...(parsed.data ?? members), ...kept }
      if (over !== undefined) await endWhatIsLost(endings, over.record, record)
      if (!(await clients.write(record, over))) {
        throw new ApiError(409, 'conflict', 'the client was changed at the same time: look at it and try again')
      }
      const deed = deleted ? 'deleted' : over === undefined || over.record.deleted ? 'created' : 'changed'
      log.info(
        { caller, client: record.client_id, members: changedMembers(over?.record ?? {}, record) },
        `client ${deed}`,
      )
      return record
    },
    withSecret(client) {
      if (!hasSecret(client)) return { record: { ...client, secrets: [] } }
      if (client.secrets.length > 0) return { record: client }
      const { text, secret } = createSecret(clock())
      return { record: { ...client, secrets: [secret] }, text }
    },
  }
}

/** Nothing is changed but that it is no longer enabled. */
function isShutOut(next: ClientRecord, held: ClientRecord | undefined): boolean {
  if (held === undefined || next.enabled) return false
  const { enabled: _was, source: _from, source_when_enabled: _then, deleted: _present, ...before } = held
  const { enabled: _is, source: _to, source_when_enabled: _later, deleted: _gone, ...after } = next
  return isDeepStrictEqual(after, before)
}

/** Each fault by its member. */
export function faultsIn(error: z.ZodError): ApiError {
  const faults = error.issues.map((issue) => `${issue.path.join('.') || 'body'}: ${issue.message}`)
  return new ApiError(400, 'invalid_request', faults.join('; '))
}

/** Their names alone: values may be anybody's. */
function changedMembers(before: Partial<RegisteredClient>, after: RegisteredClient): string[] {
  const [was, is] = [before, after] as [Record<string, unknown>, Record<string, unknown>]
  const names = [...new Set([...Object.keys(was), ...Object.keys(is)])]
  return names.filter((name) => name !== 'changed' && JSON.stringify(was[name]) !== JSON.stringify(is[name]))
}
