// "My apps" and "Who saw my data" with the real proxy, the real feed and real tables: what the pages say is what the proxy did.
import type { Server } from 'node:http'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import type { Resource } from '@medplum/fhirtypes'
import { createLocalJWKSet, decodeJwt } from 'jose'
import { pino } from 'pino'
import request, { type Response } from 'supertest'
import { publicJwks } from '../auth-server/keys/signing-keys.ts'
import { tableFeed } from '../auth-server/storage/revocation-feed.ts'
import { openTable as makeTable } from '../auth-server/storage/tables.ts'
import { apiClient } from '../auth-server/testing/api-client.ts'
import {
  FHIR_BASE,
  type Fixture,
  ISSUER,
  oidOf,
  type Person,
  startAuthServer,
  subOf,
  TENANT,
} from '../auth-server/testing/auth-server-fixture.ts'
import { Browser } from '../auth-server/testing/browser.ts'
import { begin, follow, redeemCode, share } from '../auth-server/testing/launch-flow.ts'
import { createAccessLog } from '../proxy/audit/access-log.ts'
import { type Audit, createAudit } from '../proxy/audit/audit.ts'
import { tableSink } from '../proxy/audit/table-sink.ts'
import { watchRevocations } from '../proxy/identity/revocations.ts'
import { openSharedTables } from '../proxy/identity/shared-tables.ts'
import { openTable } from '../proxy/table.ts'
import { startTables, type Tables } from '../sandbox/tables/azurite.ts'
import { AUDIT_TABLE } from '../smart/audit/audit-rows.ts'
import { freePort } from './testing/free-port.ts'
import { closeAll, FHIR, startFhirServer, startProxyBefore } from './testing/proxy-stack.ts'
import { until } from './testing/until.ts'

const log = pino({ level: 'silent' })
const clock = () => new Date()
const about = (id: string) => ({ subject: { reference: `Patient/${id}` } })
const patient = (id: string, name: string) => ({ resourceType: 'Patient', id, active: true, name: [{ text: name }] })
const observations = (id: string, count: number) =>
  Array.from({ length: count }, (_, at) => ({
    resourceType: 'Observation',
    id: `${id}-${at}`,
    status: 'final',
    code: { text: 'steps' },
    ...about(id),
  }))
const PEOPLE = [
  patient('ana', 'Ana Ruiz'),
  patient('ben', 'Ben Okafor'),
  { resourceType: 'Practitioner', id: 'wei', active: true, name: [{ text: 'Dr. Wei Chen' }] },
  {
    resourceType: 'RelatedPerson',
    id: 'noah-for-ana',
    active: true,
    patient: { reference: 'Patient/ana' },
    name: [{ text: 'Noah Stone' }],
  },
  ...observations('ana', 3),
  ...observations('ben', 2),
]
const SCOPES = ['patient/Patient.rs', 'patient/Observation.rs', 'offline_access']

let tables: Tables
const settings = () => ({ url: tables.url, namedKey: { account: tables.account, key: tables.key } })
beforeAll(async () => {
  tables = await startTables({ port: await freePort() })
}, 30_000)
afterAll(() => tables.stop())

let fhirServer: Server
let proxy: Server
let fixture: Fixture
let audit: Audit
let revocations: ReturnType<typeof watchRevocations>
beforeEach(async () => {
  const feed = await tableFeed(settings())
  // Each test has a log of its own.
  const table = await makeTable({ ...settings(), table: AUDIT_TABLE })
  for await (const { partitionKey = '', rowKey = '' } of table.listEntities())
    await table.deleteEntity(partitionKey, rowKey)
  const upstream = await startFhirServer(PEOPLE as unknown as Resource[], true)
  fhirServer = upstream.server
  const port = await freePort()
  fixture = await startAuthServer({ feed, fhirUrl: `http://127.0.0.1:${port}/fhir` })
  revocations = watchRevocations({
    tables: openSharedTables(settings()),
    clock,
    log,
    maxAgeSeconds: 60,
    pollMilliseconds: 200,
  })
  audit = createAudit({ sinks: [tableSink(openTable(settings(), AUDIT_TABLE))], isRequired: true, limit: 1_000, log })
  const started = await startProxyBefore(upstream.url, {
    port,
    settings: { ISSUER, FHIR_BASE, PRACTITIONER_REACH: 'all' },
    deps: {
      keys: createLocalJWKSet(publicJwks(fixture.keys)),
      revocations,
      audit,
      accessLog: createAccessLog({ table: openTable(settings(), AUDIT_TABLE), keptDays: 400, clock, log }),
    },
  })
  proxy = started.proxy
  await until(revocations.isCurrent)
})
afterEach(async () => {
  revocations.stop()
  await fixture.close()
  await closeAll([proxy, fhirServer].filter((server) => server.listening))
})

type Tokens = { access_token: string; refresh_token: string; scope: string }

async function launch(person: Person, scopes = SCOPES): Promise<Tokens> {
  const scope = 'openid launch/patient patient/Patient.rs patient/Observation.rs offline_access'
  const { browser, page } = await begin(fixture.server, person, { scope })
  const callback = await share(browser, page, person, scopes)
  return (await redeemCode(fixture.server, String(callback.searchParams.get('code')))).body
}
const refresh = async ({ refresh_token }: Tokens): Promise<Tokens> =>
  (
    await request(fixture.server)
      .post('/token')
      .type('form')
      .send({ grant_type: 'refresh_token', client_id: 'app', refresh_token })
  ).body
const ask = (path: string, { access_token }: Tokens) =>
  request(proxy).get(`/fhir/${path}`).set('Authorization', `Bearer ${access_token}`)
const written = () => until(() => audit.state().table?.waiting === 0)

async function openAs(person: Person, path: string, browser = new Browser(fixture.server)) {
  await written()
  return { browser, page: await follow(browser, await browser.get(path), person) }
}
const wordsOf = (page: Response) =>
  page.text
    .replace(/<head>[\s\S]*?<\/head>/, ' ')
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')
const csrfOf = (page: Response) => /name="csrf" value="([^"]+)"/.exec(page.text)?.[1] ?? ''
const idOf = ({ access_token }: Tokens) => String(decodeJwt(access_token).gid)

test('SEED-22: what was last read, kind by kind, is what the proxy let out', async () => {
  const tokens = await launch('ana')
  expect((await ask('Observation?patient=ana', tokens)).body.entry).toHaveLength(3)
  const { page } = await openAs('ana', `/apps/${idOf(tokens)}`)
  expect(wordsOf(page)).toMatch(/All tests and measurements .{0,200}Last read on \d+ \w+ \d{4}: 3 items\./)
  expect(wordsOf(page)).toMatch(/Name, birth date, contact details .{0,100}Never read\./)
})

test('SEED-22, REF-06: stopped is said when the proxy refuses, and then it does', async () => {
  const [tokens, ben] = [await launch('ana'), await launch('ben')]
  const { browser, page } = await openAs('ana', `/apps/${idOf(tokens)}/stop`)
  const answer = await browser.post(`/apps/${idOf(tokens)}/stop`, { csrf: csrfOf(page) })
  const done = await browser.get(String(answer.headers.location))
  expect(wordsOf(done)).toMatch(/Stopped at \d\d:\d\d\. No app request after this gets your data\./)
  expect((await ask('Observation?patient=ana', tokens)).status).toBe(401)
  expect((await ask('Observation?patient=ben', ben)).status).toBe(200)
})

test('SEED-22, REF-06: with a proxy that is down it is not said', async () => {
  const tokens = await launch('ana')
  const { browser, page } = await openAs('ana', `/apps/${idOf(tokens)}/stop`)
  await closeAll([proxy])
  const answer = await browser.post(`/apps/${idOf(tokens)}/stop`, { csrf: csrfOf(page) })
  const pending = await browser.get(String(answer.headers.location))
  expect(wordsOf(pending)).toContain('We are not sure yet that access has stopped. Please try again.')
  expect(wordsOf(pending)).not.toContain('gets your data')
}, 20_000)

test('SEED-22: a kind that is taken away is refused at once, and the next token does not hold it', async () => {
  const tokens = await launch('ana')
  const { browser, page } = await openAs('ana', `/apps/${idOf(tokens)}`)
  const form = { csrf: csrfOf(page), kind: 'patient/Observation.rs', sure: 'yes' }
  const answer = await browser.post(`/apps/${idOf(tokens)}/remove`, form)
  const after = await browser.get(String(answer.headers.location))
  expect(wordsOf(after)).toMatch(/Removed at \d\d:\d\d\. The app cannot see it any more\./)
  expect((await ask('Patient/ana', tokens)).status).toBe(401)
  const narrower = await refresh(tokens)
  expect(narrower.scope).not.toContain('Observation')
  // Tokens of these two seconds end too; then the app goes on with what is left.
  const { iat = 0 } = decodeJwt(narrower.access_token)
  const margin = fixture.revocations.find(({ kind }) => kind === 'grant-tokens')?.at ?? 0
  expect(margin - iat).toBeLessThanOrEqual(2)
  expect((await ask('Observation?patient=ana', narrower)).status).not.toBe(200)
})

describe('SEED-66: who saw my data', () => {
  const today = new Date().toISOString().slice(0, 10)

  async function everybodyReads() {
    const tokens = await launch('ana')
    await ask('Observation?patient=ana', tokens)
    await ask('Condition?patient=ana', tokens)
    const scope = 'openid launch/patient patient/Patient.rs patient/Observation.rs'
    const started = await begin(fixture.server, 'wei', { scope })
    const { action = '', csrf = '' } = formsOf(started.page)
    const consent = await follow(started.browser, await started.browser.post(action, { csrf, patient: 'ana' }), 'wei')
    const callback = await share(started.browser, consent, 'wei', ['patient/Observation.rs'])
    const wei = (await redeemCode(fixture.server, String(callback.searchParams.get('code')))).body as Tokens
    expect((await ask('Observation?patient=ana&_count=2', wei)).status).toBe(200)
    return tokens
  }
  const formsOf = (page: Response) => ({
    action: /action="(\/interaction\/[^"/]+)"/.exec(page.text)?.[1],
    csrf: csrfOf(page),
  })

  test('apps and staff, what they saw and what they were not let see', async () => {
    await everybodyReads()
    const words = wordsOf((await openAs('ana', '/apps/log')).page)
    expect(words).toMatch(
      /Heart Chart \d\d:\d\d tried to get, and was blocked: Health problems \d\d:\d\d saw: Tests and measurements \(3\)/,
    )
    expect(words).toMatch(/Dr\. Wei Chen with Heart Chart \d\d:\d\d saw: Tests and measurements \(2\)/)
    expect(words).toContain('We keep lines for 6 years.')
  })

  test('by app, kind and day, in an address that can be kept', async () => {
    await everybodyReads()
    const { browser, page } = await openAs('ana', `/apps/log?client=app&group=problems&from=${today}&to=${today}`)
    expect(wordsOf(page)).toContain('tried to get')
    expect(wordsOf(page)).not.toContain('saw: Tests')
    for (const query of ['client=other', 'to=2020-01-01', 'group=notes'])
      expect(wordsOf(await browser.get(`/apps/log?${query}`))).toContain('There is no line like that in this time.')
    for (const query of ['from=2026-02-30', `from=${today}&to=2020-01-01`, 'to=yesterday'])
      expect(wordsOf(await browser.get(`/apps/log?${query}`))).toContain('Choose dates that exist')
  })

  test('nobody sees another patient’s lines, and adding others’ changes no byte', async () => {
    await everybodyReads()
    const { browser, page: before } = await openAs('ana', '/apps/log')
    const ben = await launch('ben')
    await ask('Observation?patient=ben', ben)
    await ask('Encounter?patient=ben', ben)
    await request(proxy)
      .post('/fhir/Observation')
      .type(FHIR)
      .set('Authorization', `Bearer ${ben.access_token}`)
      .send(JSON.stringify(observations('ben', 1)[0]))
    await written()
    expect((await browser.get('/apps/log')).text).toBe(before.text)
    const { browser: ofBen, page } = await openAs('ben', '/apps/log')
    expect(wordsOf(page)).toContain('saw: Tests and measurements (2)')
    expect(page.text).not.toMatch(/Ana|\bana\b/)
    for (const holder of ['Patient/ana', 'RelatedPerson/noah-for-ana', 'Practitioner/wei', 'Patient/nobody']) {
      for (const ending of ['', '.csv', '.json'])
        expect((await ofBen.get(`/apps/log${ending}?for=${holder}`)).status).toBe(404)
    }
  })

  test('who represents a patient reads it as such, and only for as long', async () => {
    await everybodyReads()
    const api = await apiClient(fixture, '__links')
    const account = { tid: TENANT, oid: oidOf('noah') }
    await api.post('/links').send({ account, person: 'RelatedPerson/noah-for-ana' }).expect(201)
    const { browser, page } = await openAs('noah', '/apps/log')
    expect(wordsOf(page)).toContain('Who saw the data of Ana Ruiz')
    expect(wordsOf(page)).toContain('saw: Tests and measurements (3)')
    expect((await browser.get('/apps/log?for=Patient/ana')).status).toBe(404)
    await api.delete(`/links/${subOf('noah')}/RelatedPerson/noah-for-ana`).expect(204)
    expect((await browser.get('/apps/log?for=RelatedPerson/noah-for-ana')).text).toContain(
      'There is no record that is yours',
    )
  })

  test('as a table and as AuditEvents, with what $access-log gives', async () => {
    await everybodyReads()
    const { browser } = await openAs('ana', '/apps/log')
    const table = await browser.get('/apps/log.csv?client=app')
    expect(table.headers['content-type']).toMatch(/^text\/csv/)
    expect(table.text).toMatch(/\r\n[^,]+,Dr\. Wei Chen,Heart Chart,saw,Tests and measurements,2,/)
    const bundle = JSON.parse((await browser.get('/apps/log.json?client=app')).text)
    expect(bundle).toMatchObject({ resourceType: 'Bundle', type: 'collection' })
    expect(bundle.entry).toHaveLength(3)
    expect(bundle.entry[0].resource).toMatchObject({ resourceType: 'AuditEvent', agent: expect.any(Array) })
    const notes = JSON.parse((await browser.get('/apps/log.json?client=app&group=notes')).text)
    expect(notes.entry).toBeUndefined()
  })

  test('an access that is not known is reported, and its app stopped; nobody else’s can be', async () => {
    const tokens = await everybodyReads()
    const { browser, page } = await openAs('ana', '/apps/log')
    const { event, at } = reportOf(page, /name="event" value="([^"]+)"><input type="hidden" name="at" value="([^"]+)"/)
    const form = { csrf: csrfOf(page), for: 'Patient/ana', event, at }
    const ben = await openAs('ben', '/apps/log')
    for (const holder of ['Patient/ana', 'Patient/ben'])
      expect(
        (await ben.browser.post('/apps/log/report', { ...form, csrf: csrfOf(ben.page), for: holder, do: 'stop' }))
          .status,
      ).toBe(404)
    const asked = await browser.post('/apps/log/report', form)
    expect(wordsOf(asked)).toContain('Contoso Health is told, and looks into it.')
    const done = await browser.post('/apps/log/report', { ...form, do: 'stop' })
    expect(wordsOf(done)).toMatch(/The number of your report is [0-9A-F]{10} \./)
    expect(fixture.audited.at(-1)).toMatchObject({
      operation: 'report-access',
      actor: { subject: subOf('ana'), patient: 'ana' },
      target: { clientId: 'app' },
    })
    await browser.get(`/apps/${idOf(tokens)}/stopped`)
    expect((await ask('Observation?patient=ana', tokens)).status).toBe(401)
  })
  const reportOf = (page: Response, pattern: RegExp) => {
    const [, event = '', at = ''] = pattern.exec(page.text) ?? []
    return { event, at }
  }
})
