// Fills a storage as years of use would: grants of many people for many clients, with all rows that each one leaves.
import { randomBytes } from 'node:crypto'
import { gidOf } from '../../auth-server/grants/grants.ts'
import type { RecordStore } from '../../auth-server/storage/record-store.ts'
import { FHIR_BASE } from '../../auth-server/testing/auth-server-fixture.ts'
import { SCOPE } from './request.ts'

const GRANTS_A_PERSON = 5
const GRANTS_A_CLIENT = 100
const DAY_SECONDS = 24 * 3600
const LIFETIME = 100 * DAY_SECONDS

const id = (): string => randomBytes(32).toString('base64url')

export async function storeGrants(store: RecordStore, count: number): Promise<void> {
  let sub = id()
  for (let i = 0; i < count; i++) {
    if (i % GRANTS_A_PERSON === 0) {
      sub = id()
      const link = { account: { tid: 't', oid: sub }, record: `Patient/${i}`, since: '2026-01-01T00:00:00Z' }
      await store.put(
        'Link',
        { group: sub, name: link.record },
        { ...link, validUntil: '2030-01-01T00:00:00Z' },
        undefined,
      )
    }
    const clientId = `stored-${Math.floor(i / GRANTS_A_CLIENT)}`
    if (i % GRANTS_A_CLIENT === 0) {
      const client = { client_id: clientId, client_name: clientId, token_endpoint_auth_method: 'none', scope: SCOPE }
      await store.put('Client', { group: 'clients', name: clientId }, { ...client, enabled: true }, undefined)
    }
    await storeGrant(store, { sub, clientId, patient: String(i) })
  }
}

async function storeGrant(
  store: RecordStore,
  given: { sub: string; clientId: string; patient: string },
): Promise<void> {
  const { sub, clientId, patient } = given
  const [grantId, token] = [id(), id()]
  const exp = Math.floor(Date.now() / 1000) + LIFETIME
  const person = `Patient/${patient}`
  const scopes = SCOPE.split(' ')
  const context = { patient, person, fhirUser: `${FHIR_BASE}/${person}` }
  const grant = { grantId, clientId, sub, persona: { record: person, source: 'links' }, context, scopes }
  await store.put(
    'GrantRecord',
    { group: sub, name: gidOf(grantId) },
    { ...grant, since: '2026-01-01T00:00:00Z' },
    LIFETIME,
  )
  const payload = { accountId: sub, clientId, exp, iat: exp - LIFETIME }
  await store.put(
    'Grant',
    grantId,
    { ...payload, kind: 'Grant', jti: grantId, resources: { [FHIR_BASE]: SCOPE } },
    LIFETIME,
  )
  await store.put(
    'RefreshToken',
    token,
    { ...payload, kind: 'RefreshToken', jti: token, grantId, scope: SCOPE },
    LIFETIME,
  )
  const name = JSON.stringify([clientId, person, patient, 'https://app.test/callback'])
  await store.put('Consent', { group: sub, name }, { asked: scopes, granted: scopes }, LIFETIME)
}
