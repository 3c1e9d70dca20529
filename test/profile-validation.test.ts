// The processor profile-validation between an app, a validator and the sandbox's FHIR server.

import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { pino } from 'pino'
import { processorsFor } from './testing/processors-for.ts'
import { type App, observation, type ProxiedServer, startProxiedServer } from './testing/proxied-server.ts'

const PROFILE = 'http://test.example/StructureDefinition/steps'
const OTHER = 'http://test.example/StructureDefinition/other'

/** What it says of each profile, and what it was asked. */
let says: (
  request: IncomingMessage,
  profile: string,
) => { status?: number; issue?: object[]; body?: string } | 'nothing'
const asked: { path: string; profile: string; body: string }[] = []
let validator: Server
let validatorUrl: string
let folder: string
const logged: string[] = []
const log = pino({}, { write: (line: string) => void logged.push(line) })
const servers: ProxiedServer[] = []

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'policy-'))
  validator = createServer(async (request: IncomingMessage, response: ServerResponse) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://validator')
    const profile = searchParams.get('profile') ?? ''
    let body = ''
    for await (const chunk of request) body += chunk
    asked.push({ path: pathname, profile, body })
    const said = says(request, profile)
    if (said === 'nothing') return
    const { status = 200, issue, body: text } = said
    response.writeHead(status, {
      'Content-Type': 'application/fhir+json',
      ...(status === 302 ? { Location: '/' } : {}),
    })
    response.end(text ?? JSON.stringify({ resourceType: 'OperationOutcome', issue }))
  })
  await new Promise<void>((resolve) => validator.listen(0, '127.0.0.1', resolve))
  validatorUrl = `http://127.0.0.1:${(validator.address() as AddressInfo).port}`
})
afterAll(async () => {
  await Promise.all(servers.map((server) => server.close()))
  validator.closeAllConnections()
  await new Promise((resolve) => validator.close(resolve))
  await rm(folder, { recursive: true, force: true })
})
beforeEach(() => {
  asked.length = 0
  logged.length = 0
  says = () => ({ issue: [] })
})

async function appWith(settings: object, more: object = { policy: { Observation: [PROFILE] } }): Promise<App> {
  const processors = await processorsFor(
    [{ use: 'profile-validation', settings: { url: `${validatorUrl}/{type}/$validate`, ...more, ...settings } }],
    { log },
  )
  const server = await startProxiedServer({ processors, log })
  servers.push(server)
  return server.as('ana-ruiz')
}
const issue = (severity: string, text = 'a remark') => ({ severity, code: 'invariant', details: { text } })
let app: App
beforeAll(async () => {
  app = await appWith({})
})

describe('SEED-58: what the validator says', () => {
  test.each([
    ['nothing', [], 201],
    ['information only', [issue('information')], 201],
    ['a warning', [issue('warning'), issue('information')], 201],
    ['an error', [issue('information'), issue('error')], 422],
    ['a fatal one', [issue('fatal')], 422],
    ['something of no known severity', [issue('calamity')], 422],
    ['an error behind many remarks', [...Array.from({ length: 300 }, () => issue('information')), issue('error')], 422],
  ])('%s', async (_case, said, status) => {
    says = () => ({ issue: said })
    const answer = await app.post('Observation', observation('ana-ruiz'))
    expect(answer.status).toBe(status)
    if (status === 422)
      expect(answer.body).toMatchObject({ resourceType: 'OperationOutcome', issue: expect.any(Array) })
  })

  test('is passed on, issue by issue and nothing else', async () => {
    says = () => ({
      status: 400,
      issue: [{ ...issue('error', 'No value.'), expression: ['Observation.value'], extension: [{ url: 'x' }] }],
    })
    const { body } = await app.post('Observation', observation('ana-ruiz'))
    expect(body).toEqual({
      resourceType: 'OperationOutcome',
      issue: [
        { severity: 'error', code: 'invariant', details: { text: 'No value.' }, expression: ['Observation.value'] },
      ],
    })
  })

  test('it is asked with the record as it came, for each profile of the type', async () => {
    const two = await appWith({}, { policy: { Observation: [PROFILE, OTHER] } })
    says = (_request, profile) => ({
      issue: profile === OTHER ? [issue('error', 'of the other')] : [issue('information')],
    })
    const text = JSON.stringify(observation('ana-ruiz')).replace('{', '{ "valueQuantity":{"value":70.10},')
    const answer = await two.post('Observation', text)
    expect([answer.status, answer.text]).toEqual([422, expect.stringContaining('of the other')])
    expect(asked.toSorted((a, b) => (a.profile < b.profile ? -1 : 1))).toEqual([
      { path: '/Observation/$validate', profile: OTHER, body: text },
      { path: '/Observation/$validate', profile: PROFILE, body: text },
    ])
  })
})

describe('SEED-58: every way in', () => {
  beforeEach(() => {
    says = () => ({ issue: [issue('error')] })
  })
  const entry = (method: string, url: string, resource: object) => ({ request: { method, url }, resource })

  test('create, update and conditional update', async () => {
    says = () => ({ issue: [] })
    const { id } = (await app.post('Observation', observation('ana-ruiz'))).body
    says = () => ({ issue: [issue('error')] })
    expect((await app.put(`Observation/${id}`, observation('ana-ruiz', { id }))).status).toBe(422)
    expect((await app.put('Observation?code=steps', observation('ana-ruiz'))).status).toBe(422)
    expect((await app.post('Observation', observation('ana-ruiz')).set('If-None-Exist', 'code=none')).status).toBe(422)
  })
  test('entries of a batch, each by itself', async () => {
    says = () => ({ issue: [issue(asked.length === 1 ? 'error' : 'information')] })
    const entries = [1, 2].map(() => entry('POST', 'Observation', observation('ana-ruiz')))
    const { body } = await app.bundle('batch', entries)
    const statuses = body.entry.map(({ response }: { response: { status: string } }) => response.status)
    expect(statuses.sort()).toEqual(['201', '422'])
  })
  test('one entry refuses a transaction, and nothing of it is written', async () => {
    const server = servers[0] as ProxiedServer
    const before =
      (await server.total('Patient?_id=ana-ruiz')) + (await server.total('Observation?subject=Patient/ana-ruiz'))
    says = () => ({ issue: [issue(asked.length === 2 ? 'error' : 'information')] })
    const entries = [1, 2].map(() => entry('POST', 'Observation', observation('ana-ruiz')))
    expect((await app.bundle('transaction', entries)).status).toBe(422)
    expect(
      (await server.total('Patient?_id=ana-ruiz')) + (await server.total('Observation?subject=Patient/ana-ruiz')),
    ).toBe(before)
  })
  test('patches, whose outcome nobody has seen, are refused unless they are let through', async () => {
    says = () => ({ issue: [] })
    const { id } = (await app.post('Observation', observation('ana-ruiz'))).body
    const patch = [{ op: 'add', path: '/note', value: [{ text: 'x' }] }]
    expect((await app.patch(`Observation/${id}`, patch)).status).toBe(403)
    const lenient = await appWith({ patches: 'let-through' })
    const own = (await lenient.post('Observation', observation('ana-ruiz'))).body
    expect((await lenient.patch(`Observation/${own.id}`, patch)).status).toBe(200)
  })
  test('other types, removals and reads are none of its business', async () => {
    asked.length = 0
    says = () => 'nothing'
    expect((await app.get('Observation?_count=1')).status).toBe(200)
    expect((await app.delete('Observation/none')).status).toBe(404)
    expect(
      (await app.post('Condition', { resourceType: 'Condition', subject: { reference: 'Patient/ana-ruiz' } })).status,
    ).toBe(201)
    expect(asked).toEqual([])
  })
})

describe('SEED-58: a validator that gives no answer', () => {
  test.each<[string, typeof says]>([
    ['an error of its own', () => ({ status: 500, issue: [] })],
    ['no OperationOutcome', () => ({ body: '{"resourceType":"Parameters"}' })],
    ['no JSON', () => ({ body: '<html>' })],
    ['another place', () => ({ status: 302, issue: [] })],
    ['silence', () => 'nothing'],
    ['a cut connection', ({ socket }) => (socket.destroy().destroyed ? 'nothing' : {})],
  ])('%s: nothing is written', async (_case, said) => {
    const impatient = await appWith({ timeoutSeconds: 0.3 })
    says = said
    const answer = await impatient.post('Observation', observation('ana-ruiz'))
    expect([answer.status, answer.body.issue[0].code]).toEqual([503, 'transient'])
    expect(logged.join()).toContain('validator-unreachable')
    const lenient = await appWith({ timeoutSeconds: 0.3, whenUnreachable: 'let-through' })
    expect((await lenient.post('Observation', observation('ana-ruiz'))).status).toBe(201)
  })
})

test('SEED-58: a policy in a file is read again when it changes; one that cannot be read leaves the last in force', async () => {
  const file = join(folder, 'policy.json')
  await writeFile(file, JSON.stringify({ Observation: [PROFILE] }))
  const filed = await appWith({}, { policyFile: file })
  says = () => ({ issue: [issue('error')] })
  const condition = { resourceType: 'Condition', subject: { reference: 'Patient/ana-ruiz' } }
  const statuses = async () => [
    (await filed.post('Observation', observation('ana-ruiz'))).status,
    (await filed.post('Condition', condition)).status,
  ]
  const change = async (text: string, at: number) => {
    await writeFile(file, text)
    await utimes(file, at, at)
  }
  expect(await statuses()).toEqual([422, 201])
  // As the FHIR Proxy had it.
  await change(JSON.stringify({ enforce: [{ resource: 'Condition', profiles: [PROFILE] }] }), 1_000)
  expect(await statuses()).toEqual([201, 422])
  await change('{', 2_000)
  expect(await statuses()).toEqual([201, 422])
  expect(logged.join()).toContain('policy-unreadable')
  await rm(file)
  expect(await statuses()).toEqual([201, 422])
})

test.each<[object, string]>([
  [{}, 'url'],
  [{ url: 'ftp://x' }, 'url'],
  [{ url: 'http://x' }, 'policy'],
  [{ url: 'http://x', policy: { Ghost: [PROFILE] } }, 'Ghost'],
  [{ url: 'http://x', policy: { Patient: ['not a url'] } }, 'policy'],
  [{ url: 'http://x', policy: {}, policyFile: 'x' }, 'policy'],
  [{ url: 'http://x', policyFile: 'none.json' }, 'none.json'],
  [{ url: 'http://x', policy: {}, whenUnreachable: 'maybe' }, 'whenUnreachable'],
])('SEED-58: settings %j stop the start', async (settings, fault) => {
  await expect(processorsFor([{ use: 'profile-validation', settings }])).rejects.toThrow(fault)
})
