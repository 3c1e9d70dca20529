// What is written down of a change: who, which client, which members; never what they hold.
import { beforeEach, expect, test } from '@jest/globals'
import { pino } from 'pino'
import { endings } from '../grants/endings.ts'
import { grantStore } from '../grants/grants.ts'
import { memoryStore } from '../storage/memory.ts'
import { type ClientChanges, clientChanges } from './changes.ts'
import { type ClientRecord, type ClientRecords, clientRecords } from './registry.ts'

const lines: string[] = []
let clients: ClientRecords
let changes: ClientChanges
let isFeedDown = false

beforeEach(() => {
  lines.length = 0
  isFeedDown = false
  const store = memoryStore()
  const log = pino({ level: 'info' }, { write: (line: string) => void lines.push(line) })
  const append = async () => {
    if (isFeedDown) throw new Error('feed is down')
  }
  clients = clientRecords(store, Date.now)
  changes = clientChanges({
    clients,
    endings: endings(store, grantStore(store, Date.now), { append }, Date.now),
    log,
    now: Date.now,
  })
})

const portal = (changed: Partial<ClientRecord> = {}): ClientRecord => ({
  client_id: 'portal',
  client_name: 'Portal',
  token_endpoint_auth_method: 'client_secret_basic',
  redirect_uris: ['https://portal.test/callback'],
  scope: 'openid patient/*.rs',
  enabled: true,
  legacy_launch: false,
  staff_approved: false,
  sandbox: false,
  secrets: [],
  source: 'api',
  created: changes.clock(),
  changed: changes.clock(),
  ...changed,
})

test('SEED-32: each change is logged with caller, client and members, and no secret or hash', async () => {
  const { record, text } = changes.withSecret(portal())
  await changes.save('operator', record, undefined)
  const held = await changes.getHeld('portal')
  await changes.save('operator', { ...held.record, client_name: 'Other', enabled: false }, held)
  const logged = lines.map((line) => JSON.parse(line))
  expect(logged).toMatchObject([
    { msg: 'client created', caller: 'operator', client: 'portal' },
    { msg: 'client changed', caller: 'operator', client: 'portal', members: ['client_name', 'enabled'] },
  ])
  for (const hidden of [String(text), String(record.secrets[0]?.sha256), 'Other']) {
    expect(lines.join()).not.toContain(hidden)
  }
})

test('what cannot be ended is not taken away: a retry does both', async () => {
  await changes.save('operator', changes.withSecret(portal()).record, undefined)
  const held = await changes.getHeld('portal')
  isFeedDown = true
  await expect(changes.save('operator', { ...held.record, enabled: false }, held)).rejects.toThrow('feed is down')
  expect((await changes.getHeld('portal')).record.enabled).toBe(true)
  isFeedDown = false
  await changes.save('operator', { ...held.record, enabled: false }, held)
  expect(await clients.find('portal')).toBeUndefined()
})

test('a client that was stored under older rules can be shut out, and comes back only when it is put right', async () => {
  const stored = { ...portal(), token_endpoint_auth_method: 'none' as const, scope: 'openid patient/Patient.sr' }
  await clients.write(stored, undefined)
  const held = await changes.getHeld('portal')
  await changes.save('operator', { ...held.record, source: 'api', enabled: false }, held)
  expect(await clients.find('portal')).toBeUndefined()
  const again = await changes.getHeld('portal')
  const back = (changed: Partial<ClientRecord>) =>
    changes.save('operator', { ...again.record, enabled: true, ...changed }, again)
  await expect(back({})).rejects.toThrow('patient/Patient.sr')
  await expect(back({ enabled: false, client_name: 'Other' })).rejects.toThrow('patient/Patient.sr')
  await back({ scope: 'openid patient/Patient.rs' })
  expect(await clients.find('portal')).toBeDefined()
})
