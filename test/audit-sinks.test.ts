// Where audit records go: a real table, a real FHIR server, and lines of a log.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { pino } from 'pino'
import { openTable as makeTable } from '../auth-server/storage/tables.ts'
import { eventHubsAuditSink } from '../proxy/audit/event-hubs-sink.ts'
import { logSink } from '../proxy/audit/log-sink.ts'
import { tableSink } from '../proxy/audit/table-sink.ts'
import { upstreamSink } from '../proxy/audit/upstream-sink.ts'
import { eventHubsSink } from '../proxy/events/event-hubs-sink.ts'
import { openTable } from '../proxy/table.ts'
import { createUpstream, type Upstream } from '../proxy/upstream/upstream.ts'
import { startTables, type Tables } from '../sandbox/tables/azurite.ts'
import type { AccessRecord } from '../smart/audit/audit.ts'
import { AUDIT_TABLE } from '../smart/audit/audit-rows.ts'
import { accessRecord } from './testing/access-record.ts'
import { startAmqpHub } from './testing/amqp-hub.ts'
import { freePort } from './testing/free-port.ts'
import { listening } from './testing/listening.ts'

const record = (id: string, patients: string[], changed: Partial<AccessRecord> = {}): AccessRecord =>
  accessRecord({
    id,
    operation: 'search-type',
    disclosed: patients.map((patient) => ({ patient, types: { Observation: 1 } })),
    ...changed,
  })

describe('a table', () => {
  let tables: Tables
  const table = () =>
    openTable({ url: tables.url, namedKey: { account: tables.account, key: tables.key } }, AUDIT_TABLE)
  beforeAll(async () => {
    tables = await startTables({ port: await freePort() })
  })
  afterAll(() => tables.stop())

  test('SEED-66: one that is missing is waited for; written again, a record is there once', async () => {
    const sink = tableSink(table())
    await expect(sink.write([record('a', ['alice'])])).rejects.toMatchObject({ statusCode: 404 })
    await makeTable({ url: tables.url, namedKey: { account: tables.account, key: tables.key }, table: AUDIT_TABLE })
    const many = Array.from({ length: 120 }, (_, at) => record(`r${at}`, ['alice', 'bob']))
    expect([await sink.write(many), await sink.write(many)]).toEqual([0, 0])
    expect(await count("PartitionKey eq '2026-05~p~alice'")).toBe(120)
    expect(await count("person eq 'Practitioner/wei' and client eq 'app'")).toBe(240)
  })

  test('SEED-66: what a table cannot hold is told as refused, and keeps nothing else from being written', async () => {
    const large = record('large', ['carl'], { actor: { clientId: 'x'.repeat(40_000) } })
    expect(await tableSink(table()).write([record('c1', ['carl']), large, record('c2', ['carl'])])).toBe(1)
    expect(await count("PartitionKey eq '2026-05~p~carl'")).toBe(2)
  })

  async function count(filter: string): Promise<number> {
    let rows = 0
    for await (const _row of table().listEntities({ queryOptions: { filter } })) rows += 1
    return rows
  }
})

describe('the FHIR server', () => {
  type Event = { resourceType: string; entity: { what?: { reference?: string } }[] }
  const posted: Event[] = []
  let status = 201
  let server: Awaited<ReturnType<typeof listening>>
  let upstream: Upstream
  beforeAll(async () => {
    server = await listening(async (request, response) => {
      let body = ''
      for await (const chunk of request) body += String(chunk)
      if (status === 201) posted.push(JSON.parse(body) as Event)
      response.statusCode = request.url === '/AuditEvent' ? status : 404
      response.setHeader('content-type', 'application/fhir+json').end('{}')
    })
    upstream = createUpstream({ url: server.url, timeoutMs: 500, maxBodyBytes: 1_000, alarm: () => {} })
  })
  afterAll(async () => {
    await upstream.close()
    await server.close()
  })
  beforeEach(() => {
    posted.splice(0)
    status = 201
  })
  const sink = () => upstreamSink({ upstream, fhirBase: 'https://smart.example.org/fhir', timeoutMs: 1_000 })
  const patientsOf = () =>
    posted.map(({ entity }) => entity.map(({ what }) => what?.reference).find((one) => one?.startsWith('Patient/')))

  test('SEED-66: an AuditEvent for each patient, one for what is of nobody', async () => {
    expect(await sink().write([record('a', ['alice', 'bob']), record('b', [])])).toBe(0)
    expect(posted.map(({ resourceType }) => resourceType)).toEqual(['AuditEvent', 'AuditEvent', 'AuditEvent'])
    expect(patientsOf().map(String).sort()).toEqual(['Patient/alice', 'Patient/bob', 'undefined'])
  })

  test('SEED-66: while it is down nothing is taken as written; then only what is missing is posted', async () => {
    const one = sink()
    const records = [record('a', ['alice']), record('b', ['bob'])]
    await one.write([records[0] as AccessRecord])
    status = 503
    await expect(one.write(records)).rejects.toMatchObject({ code: 503 })
    status = 201
    expect(await one.write(records)).toBe(0)
    expect(patientsOf()).toEqual(['Patient/alice', 'Patient/bob'])
  })

  test('SEED-66: what it will never take is counted', async () => {
    status = 422
    expect(await sink().write([record('a', ['alice', 'bob'])])).toBe(2)
  })
})

test('SEED-66: an event hub gets all of it, under the client and by the record’s own id', async () => {
  const hub = await startAmqpHub({ port: await freePort(), hub: 'audit' })
  const sender = eventHubsSink({ hub: 'audit', connection: hub.connection })
  try {
    await eventHubsAuditSink(sender).write([record('a', ['alice']), record('b', [], { actor: {} })])
    expect(hub.events.map(({ partitionKey, messageId }) => [partitionKey, messageId])).toEqual([
      ['app', 'a'],
      ['unknown', 'b'],
    ])
    expect(JSON.parse(hub.events[0]?.body ?? '')).toMatchObject({
      LogCategory: 'AuditLogs',
      CallerIdentity: { person: 'Practitioner/wei' },
      Properties: { disclosed: [{ patient: 'alice', types: { Observation: 1 } }] },
    })
  } finally {
    await sender.close()
    await hub.close()
  }
})

test('SEED-66: a log gets a line for each, without ids of patients', async () => {
  const lines: string[] = []
  const log = pino({ name: 'audit' }, { write: (line: string) => void lines.push(line) })
  expect(await logSink(log).write([record('a', ['alice']), record('b', ['bob'])])).toBe(0)
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    { name: 'audit', LogCategory: 'AuditLogs', Properties: { id: 'a', disclosed: { patients: 1 } } },
    { name: 'audit', LogCategory: 'AuditLogs', Properties: { id: 'b', disclosed: { patients: 1 } } },
  ])
  expect(lines.join()).not.toMatch(/alice|bob|Practitioner\/wei/)
})
