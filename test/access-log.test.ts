// Who read what of a patient, as the patient reads it: from real tables, written by the proxy and swept by the authorization
// server, through the proxy again.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { pino } from 'pino'
import request from 'supertest'
import { sweep } from '../auth-server/storage/sweep.ts'
import { openTable as makeTable } from '../auth-server/storage/tables.ts'
import { createAccessLog } from '../proxy/audit/access-log.ts'
import { type Audit, createAudit } from '../proxy/audit/audit.ts'
import { tableSink } from '../proxy/audit/table-sink.ts'
import { openTable } from '../proxy/table.ts'
import { startTables, type Tables } from '../sandbox/tables/azurite.ts'
import { AUDIT_TABLE } from '../smart/audit/audit-rows.ts'
import { freePort } from './testing/free-port.ts'
import { FHIR, FHIR_BASE, observation, type ProxiedServer, startProxiedServer } from './testing/proxied-server.ts'
import { closeAll, startFhirServer, startProxyBefore } from './testing/proxy-stack.ts'
import { until } from './testing/until.ts'

const log = pino({ level: 'silent' })
const SCOPE = 'patient/*.cruds patient/AuditEvent.rs'
/** Days of accesses, one after another. */
const DAYS = ['2025-11-30T08:00:00.000Z', '2026-02-01T09:00:00.000Z', '2026-02-03T10:00:00.000Z']

let tables: Tables
let server: ProxiedServer
let audit: Audit
let taken = 0
let now = new Date(DAYS[0] ?? '')
const settings = () => ({ url: tables.url, namedKey: { account: tables.account, key: tables.key } })

beforeAll(async () => {
  tables = await startTables({ port: await freePort() })
  await makeTable({ ...settings(), table: AUDIT_TABLE })
  const table = openTable(settings(), AUDIT_TABLE)
  const trail = createAudit({ sinks: [tableSink(table)], isRequired: true, limit: 1_000, log })
  audit = {
    ...trail,
    take(records) {
      taken += records.length
      trail.take(records)
    },
  }
  const clock = () => now
  const accessLog = createAccessLog({ table, keptDays: 400, clock, log })
  server = await startProxiedServer({ audit, accessLog, clock })
  for (const day of DAYS) {
    now = new Date(day)
    await (await server.as('ana-ruiz')).get('Observation?_count=3')
    await (await server.as('ben-okafor')).get('Patient/ben-okafor')
    const wei = await server.as('ben-okafor', 'user/Patient.rs', { person: 'Practitioner/wei-chen' })
    await wei.get('Patient/ana-ruiz')
    await written(3 * (DAYS.indexOf(day) + 1))
  }
  now = new Date('2026-02-04T00:00:00Z')
}, 30_000)
afterAll(async () => {
  await server.close()
  await tables.stop()
})

/** So many records are in the table. */
async function written(count: number): Promise<void> {
  await until(() => taken === count && audit.state().table?.waiting === 0)
}

type Event = {
  id: string
  recorded: string
  subtype: { code: string }[]
  agent: { who: { reference?: string; identifier?: { value: string } }; requestor: boolean; policy?: string[] }[]
  entity: { what?: { reference?: string }; detail?: { type: string; valueString: string }[] }[]
}
type Bundle = { type: string; entry?: { resource: Event }[]; link: { relation: string; url: string }[] }
async function read(path: string, patient = 'ana-ruiz', claims = {}) {
  const answer = await (await server.as(patient, SCOPE, claims)).get(path)
  expect([answer.status, path]).toEqual([200, path])
  const { entry = [], link } = answer.body as Bundle
  return { events: entry.map(({ resource }) => resource), link, text: answer.text }
}
/** When, who and what, in short. */
const summary = ({ recorded, subtype, agent, entity }: Event) => [
  recorded.slice(0, 10),
  agent.find(({ requestor }) => requestor)?.who.reference,
  subtype[0]?.code,
  entity
    .flatMap(({ what, detail = [] }) => [
      what?.reference,
      ...detail.map(({ type, valueString }) => `${type} ${valueString}`),
    ])
    .filter((one) => one !== undefined),
]
const ACCESSES = [...DAYS].reverse().flatMap((day) => [
  [day.slice(0, 10), 'Practitioner/wei-chen', 'read', ['Patient/ana-ruiz', 'Patient/ana-ruiz']],
  [day.slice(0, 10), 'Patient/ana-ruiz', 'search-type', ['Patient/ana-ruiz', 'Observation 3']],
])

test('SEED-66: a patient reads who read what of her, newest first, and nothing of anybody else', async () => {
  const { events, text } = await read('Patient/ana-ruiz/$access-log?date=lt2026-02-04')
  expect(events.map(summary).sort()).toEqual([...ACCESSES].sort())
  expect(events.map(({ recorded }) => recorded)).toEqual(
    [...events]
      .map(({ recorded }) => recorded)
      .sort()
      .reverse(),
  )
  // The clinician came with another patient's chart open.
  expect(text).not.toContain('ben-okafor')
  const others = await read('Patient/ben-okafor/$access-log?date=lt2026-02-04', 'ben-okafor')
  expect(others.events.map(({ recorded }) => recorded.slice(0, 10))).toEqual(
    [...DAYS].reverse().map((day) => day.slice(0, 10)),
  )
  expect(others.text).not.toContain('ana-ruiz')
})

test('SEED-66: AuditEvents after IHE BALP, without where somebody worked and with which token', async () => {
  const { events, text } = await read('Patient/ana-ruiz/$access-log?date=eq2026-02-03&_count=1')
  expect(events).toHaveLength(1)
  const [event] = (await read('Patient/ana-ruiz/$access-log?date=eq2026-02-03')).events.filter(
    ({ subtype }) => subtype[0]?.code === 'read',
  )
  expect(event).toMatchObject({
    resourceType: 'AuditEvent',
    meta: { profile: ['https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit.PatientRead'] },
    action: 'R',
    outcome: '0',
    source: { site: '127.0.0.2:4000' },
  })
  expect(event?.agent.map(({ who }) => who.identifier?.value)).toEqual(['app', FHIR_BASE, 's'])
  expect(text).not.toMatch(/127\.0\.0\.1|jti/)
})

describe('SEED-66: by pages and dates', () => {
  test('page after page gives each access once', async () => {
    const seen: Event[] = []
    let path: string | undefined = 'Patient/ana-ruiz/$access-log?_count=2&date=lt2026-02-04'
    while (path !== undefined) {
      const { events, link } = await read(path)
      expect(events.length).toBeLessThanOrEqual(2)
      seen.push(...events)
      path = link.find(({ relation }) => relation === 'next')?.url.slice(FHIR_BASE.length + 1)
    }
    expect(new Set(seen.map(({ id }) => id)).size).toBe(ACCESSES.length)
    expect(seen.map(summary).sort()).toEqual([...ACCESSES].sort())
  })

  test('a page is for nobody else', async () => {
    const { link } = await read('Patient/ana-ruiz/$access-log?_count=1&date=lt2026-02-04')
    const next = String(link.find(({ relation }) => relation === 'next')?.url.slice(FHIR_BASE.length + 1))
    const ben = await (await server.as('ben-okafor', SCOPE)).get(next)
    expect(ben.status).toBe(410)
  })

  test.each([
    ['2025-11', 2],
    ['ge2026-02-01&date=lt2026-02-03', 2],
    ['gt2026-02-01', 2],
    ['ge2026-02-01', 4],
    ['le2026-02-01', 4],
    ['eb2025-12-01', 2],
    ['2026-02-03T10:00:00Z', 2],
    ['2026-02-03T10:00:01Z', 0],
    ['ge2027', 0],
    ['lt1960', 0],
  ])('date=%s: %i', async (date, count) => {
    const { events } = await read(`Patient/ana-ruiz/$access-log?date=lt2026-02-04&date=${date}`)
    expect(events).toHaveLength(count)
  })

  test('what one app did, and no other', async () => {
    const own = await read('Patient/ana-ruiz/$access-log?date=lt2026-02-04&client=app')
    expect(own.events.map(summary).sort()).toEqual([...ACCESSES].sort())
    const others = await read("Patient/ana-ruiz/$access-log?date=lt2026-02-04&client=app' or client ne '")
    expect(others.events).toEqual([])
  })

  test.each([
    'client=app&client=other',
    'date=ne2026',
    'date=yesterday',
    '_count=0',
    '_count=5&_count=6',
    'agent=x',
    '_include=*',
  ])('not by %s', async (query) => {
    const answer = await (await server.as('ana-ruiz', SCOPE)).get(`Patient/ana-ruiz/$access-log?${query}`)
    expect(answer.status).toBe(400)
  })
})

describe('SEED-66: who may not read it', () => {
  test('another patient’s and nobody’s are the same 404', async () => {
    const ana = await server.as('ana-ruiz', SCOPE)
    const [another, nobody] = [
      await ana.get('Patient/ben-okafor/$access-log'),
      await ana.get('Patient/no-such-person/$access-log'),
    ]
    expect([another.status, another.text]).toEqual([404, nobody.text])
    expect(another.text).toBe((await ana.get('Patient/no-such-person')).text)
  })

  test.each([
    ['a scope on everything does not mean it', 'patient/*.cruds', {}, 403],
    ['nor one with conditions', 'patient/*.rs patient/AuditEvent.rs?_lastUpdated=ge2020', {}, 403],
    ['nor one of another context', 'user/*.rs user/AuditEvent.rs', {}, 403],
    ['without her own record', 'patient/AuditEvent.rs', {}, 403],
    ['a clinician', SCOPE, { person: 'Practitioner/wei-chen' }, 403],
    ['another patient with her chart', SCOPE, { person: 'Patient/ben-okafor' }, 403],
    ['the app for itself', 'system/*.rs system/AuditEvent.rs', { person: undefined, patient: undefined }, 403],
    ['who represents her', SCOPE, { person: 'RelatedPerson/of-ana' }, 200],
  ])('%s', async (_name, scope, claims, status) => {
    const answer = await (await server.as('ana-ruiz', scope, claims)).get('Patient/ana-ruiz/$access-log')
    expect(answer.status).toBe(status)
  })

  test('by POST, as a search, or below another type it is not to be had', async () => {
    const ana = await server.as('ana-ruiz', SCOPE)
    expect((await ana.post('Patient/ana-ruiz/$access-log').type(FHIR).send('')).status).toBe(403)
    expect((await ana.get('AuditEvent?patient=ana-ruiz')).status).toBe(403)
    expect((await ana.get('Patient/$access-log')).status).toBe(403)
  })
})

test('SEED-66: reading it is an access too, and adding accesses to others changes no byte of it', async () => {
  const path = 'Patient/ana-ruiz/$access-log?date=lt2026-02-04'
  const earlier = taken
  now = new Date('2026-02-04T00:00:01Z')
  const before = await read(path)
  await written(earlier + 1)
  const [latest] = (await read('Patient/ana-ruiz/$access-log?_count=1')).events
  expect(latest && summary(latest)).toEqual([
    '2026-02-04',
    'Patient/ana-ruiz',
    'operation',
    ['Patient/ana-ruiz', `AuditEvent ${before.events.length}`],
  ])
  const ben = await server.as('ben-okafor')
  now = new Date('2026-02-03T12:00:00Z')
  await ben.get('Observation?_count=3')
  await ben
    .post('Observation')
    .type(FHIR)
    .send(JSON.stringify(observation('ben-okafor')))
  await written(earlier + 4)
  now = new Date('2026-02-04T00:00:00Z')
  expect((await read(path)).text).toBe(before.text)
})

test('SEED-66: what an app tried beyond its scopes stands in the log of its own patient alone, without a record', async () => {
  const earlier = taken
  now = new Date('2026-02-03T22:00:00Z')
  const claims = { client_id: 'curious' }
  const curious = await server.as('ana-ruiz', 'patient/Observation.rs', claims)
  await curious.get('Condition?patient=Patient/ben-okafor')
  await curious.get('Condition/of-somebody')
  await curious.get('Patient/ben-okafor')
  // Somebody else's, or nobody's: that is not told apart.
  await curious.get('Observation/no-such')
  const wei = await server.as('ana-ruiz', 'user/Patient.rs', { ...claims, person: 'Practitioner/wei-chen' })
  await wei.get('Condition?patient=Patient/ben-okafor')
  await written(earlier + 5)
  now = new Date('2026-02-04T00:00:00Z')
  const path = '$access-log?date=2026-02-03&client=curious'
  const { events, text } = await read(`Patient/ana-ruiz/${path}`)
  expect(events).toHaveLength(3)
  for (const event of events) expect(event).toMatchObject({ outcome: '4', outcomeDesc: 'insufficient-scope' })
  expect(text).toContain('"description":"Condition?patient"')
  expect(text).not.toMatch(/ben-okafor|of-somebody/)
  expect((await read(`Patient/ben-okafor/${path}`, 'ben-okafor')).events).toEqual([])
})

test('SEED-66: months that are over for longer than records are kept are swept; of one that is not, nothing is', async () => {
  const swept = await sweep({ ...settings(), auditDays: 60 }, () => Date.parse('2026-02-04T00:00:00Z'))
  expect(swept.audit).toBeGreaterThan(0)
  const { events } = await read('Patient/ana-ruiz/$access-log?date=lt2026-02-04&client=app')
  expect(events.map(({ recorded }) => recorded.slice(0, 7))).toEqual(['2026-02', '2026-02', '2026-02', '2026-02'])
})

test('SEED-66: without a table nobody reads it; a table that is down is told as such', async () => {
  const none = await startProxiedServer()
  const down = await startProxiedServer({
    accessLog: createAccessLog({
      table: openTable({ ...settings(), url: 'http://127.0.0.1:9/devstoreaccount1' }, AUDIT_TABLE),
      keptDays: 1,
      clock: () => now,
      log,
    }),
  })
  try {
    const statusOf = async (one: ProxiedServer) =>
      (await (await one.as('ana-ruiz', SCOPE)).get('Patient/ana-ruiz/$access-log')).status
    expect([await statusOf(none), await statusOf(down)]).toEqual([501, 503])
  } finally {
    await none.close()
    await down.close()
  }
})

test('SEED-66: metadata names it where it is kept', async () => {
  const { url, server: fhirServer } = await startFhirServer([], true)
  const proxies = await Promise.all(
    ['table', 'log'].map((AUDIT) => startProxyBefore(url, { settings: { AUDIT } }).then(({ proxy }) => proxy)),
  )
  const named = await Promise.all(
    proxies.map(async (proxy) => {
      const { body } = await request(proxy).get('/fhir/metadata')
      const { resource } = body.rest[0] as { resource: { type: string; operation?: { name: string }[] }[] }
      return resource.find(({ type }) => type === 'Patient')?.operation?.map(({ name }) => name)
    }),
  )
  await closeAll([...proxies, fhirServer])
  expect(named).toEqual([
    expect.arrayContaining(['everything', 'access-log']),
    expect.not.arrayContaining(['access-log']),
  ])
})
