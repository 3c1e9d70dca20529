// oidc-provider's storage interface over a RecordStore. Keeps what races must not break: codes and refresh tokens work once.
import Provider, { type Adapter, type AdapterPayload, errors } from 'oidc-provider'
import { isAssertionOf, keyOfAssertion } from '../clients/assertions.ts'
import { metadataOf } from '../clients/client.ts'
import type { KeySets } from '../clients/key-sets.ts'
import type { ClientRegistry } from '../clients/registry.ts'
import type { Endings } from '../grants/endings.ts'
import { gidOf } from '../grants/grants.ts'
import type { RecordStore, StoredRecord } from './record-store.ts'

/** A browser that refreshes twice at once (two tabs, a retry) is no thief: for so long the second is only refused (REF-05). */
const REFRESH_RETRY_GRACE_SECONDS = 10

export function oidcAdapter(parts: {
  store: RecordStore
  clients: ClientRegistry
  keySets: KeySets
  endings: Endings
}): (model: string) => Adapter {
  const { store, clients, keySets, endings } = parts
  /** However a grant ends, all that belongs to it does, here and at the proxies. */
  async function endGrant(grantId: string): Promise<void> {
    const grant = (await store.find('Grant', grantId))?.value as AdapterPayload | undefined
    if (grant?.accountId !== undefined) await endings.endGrant(grant.accountId, gidOf(grantId))
    await store.remove('Grant', grantId)
  }
  return (model) => (model === 'Client' ? clientAdapter(clients, keySets) : recordAdapter(store, model, endGrant))
}

function recordAdapter(store: RecordStore, model: string, endGrant: (grantId: string) => Promise<void>): Adapter {
  /** By request: what is consumed is what that request has judged, and nobody's later word. */
  const read = new WeakMap<object, Map<string, StoredRecord>>()
  const isUsedOnce = model === 'AuthorizationCode' || model === 'RefreshToken'

  return {
    async upsert(id, { jti: _value, ...payload }, expiresIn) {
      // No browser brings its cookie to where it counts (front/authorize.ts): nobody would read it.
      if (model === 'Session') return
      // For codes and refresh tokens it is the value itself; where records lie, only its hash is (SEC-04).
      const lifetime = expiresIn !== undefined && expiresIn > 0 ? expiresIn : undefined
      if (model === 'ReplayDetection') {
        // The library looks first and saves then; only an insert has one winner.
        if (!(await store.insert(model, id, payload, lifetime)))
          throw new errors.InvalidClientAuth('assertion replayed')
        return
      }
      await store.put(model, id, payload, lifetime)
    },
    async find(id) {
      const found = await store.find(model, id)
      if (found === undefined) return undefined
      const { ctx } = Provider
      if (isUsedOnce && ctx !== undefined) read.set(ctx, (read.get(ctx) ?? new Map()).set(id, found))
      const payload: AdapterPayload = { ...(found.value as AdapterPayload), jti: id }
      if (model === 'RefreshToken' && isWithinRetryGrace(payload)) return { ...payload, consumed: undefined }
      return payload
    },
    findByUid: async () => undefined,
    findByUserCode: async () => undefined,
    async consume(id) {
      const { ctx } = Provider
      const found = (ctx && read.get(ctx)?.get(id)) ?? (await store.find(model, id))
      const payload = found?.value as AdapterPayload | undefined
      const consumed = Math.floor(Date.now() / 1000)
      const won =
        found !== undefined &&
        payload?.consumed === undefined &&
        (await store.replace(model, id, found.version, { ...payload, consumed }))
      if (won) return
      // A code that is raced for is a stolen code as much as one that is used later (AUTHZ-14).
      if (model === 'AuthorizationCode' && payload?.grantId) await endGrant(payload.grantId)
      throw new errors.InvalidGrant('already used')
    },
    async destroy(id) {
      await (model === 'Grant' ? endGrant(id) : store.remove(model, id))
    },
    async revokeByGrantId() {
      // Every use of a code or token looks its grant up, and the library removes that: the rest dies by its own end.
    },
  }
}

function isWithinRetryGrace(payload: AdapterPayload): boolean {
  return typeof payload.consumed === 'number' && Date.now() / 1000 - payload.consumed < REFRESH_RETRY_GRACE_SECONDS
}

/** Clients are registered through the registry alone; the library only reads them. */
function clientAdapter(clients: ClientRegistry, keySets: KeySets): Adapter {
  const readOnly = async () => {
    throw new Error('clients are changed through the registry')
  }
  return {
    upsert: readOnly,
    consume: readOnly,
    destroy: readOnly,
    revokeByGrantId: readOnly,
    async find(id) {
      const client = await clients.find(id)
      if (client === undefined) return undefined
      const assertion = Provider.ctx?.oidc.params?.client_assertion
      // Of the client that speaks, not of one whose token is asked about.
      const speaks = typeof assertion === 'string' && isAssertionOf(client, assertion)
      const keys = speaks ? await keyOfAssertion(client, assertion, keySets) : []
      return metadataOf(client, keys) as AdapterPayload
    },
    findByUid: async () => undefined,
    findByUserCode: async () => undefined,
  }
}
