import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { loadDefinitions } from './definitions.ts'
import { startPeople } from './test-server.ts'

const server = startPeople()
const definitions = loadDefinitions()
const types = ['Patient', 'Observation', 'Encounter', 'Group', 'Provenance', 'Nonsense']
const names = [...new Set(types.flatMap((type) => [...definitions.parameters(type).keys()]))]

const name = fc.oneof(
  fc.constantFrom(
    ...names,
    '_sort',
    '_include',
    '_revinclude',
    '_has:Observation:patient:code',
    '_elements',
    '_offset',
  ),
  fc
    .tuple(fc.constantFrom(...names), fc.constantFrom('exact', 'missing', 'not', 'Patient', 'of-type', 'in'))
    .map((two) => two.join(':')),
  fc.tuple(fc.constantFrom(...names), fc.constantFrom(...names)).map((two) => two.join('.')),
  fc.string({ unit: 'binary' }),
)
const value = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('a,b', '|', '$', 'ge2026', '1|2|3|4', '\\', 'Patient/', 'Patient:*', '*'),
)

test('no search, however strange, is answered by a 5xx', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...types),
      fc.array(fc.tuple(name, value), { maxLength: 4 }),
      async (type, pairs) => {
        const query = new URLSearchParams(pairs.map(([key, text]): [string, string] => [key, text]))
        const { status, body } = await server.get(`/r4/${type}?${query}`)
        expect([200, 400, 404, 406]).toContain(status)
        expect(['Bundle', 'OperationOutcome']).toContain(body.resourceType)
        // The answer to what nobody foresaw: a search must be refused by name instead.
        expect(JSON.stringify(body)).not.toContain('could not be processed')
      },
    ),
    { numRuns: 300 },
  )
})

test('no path, however strange, is answered by a 5xx', async () => {
  const segment = fc.oneof(
    fc.constantFrom('Patient', 'ana-ruiz', '_history', '*', '$everything', '_search', '..'),
    fc.string(),
  )
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom('get', 'put', 'patch', 'delete', 'post'),
      fc.array(segment, { maxLength: 5 }),
      async (method, path) => {
        const address = `/r4/${path.map(encodeURIComponent).join('/')}`
        const answer = await server[method as 'get'](address)
        expect(answer.status).toBeLessThan(500)
      },
    ),
    { numRuns: 300 },
  )
})

test('no stored record, however misshapen, breaks the searches of others', async () => {
  const own = startPeople()
  await fc.assert(
    fc.asyncProperty(
      fc.dictionary(
        fc.constantFrom('name', 'identifier', 'meta', 'birthDate', 'link', 'gender', 'address'),
        fc.jsonValue(),
      ),
      async (fields) => {
        const made = await own.post('/r4/Patient').send({ ...fields, resourceType: 'Patient' })
        expect(made.status).toBeLessThan(500)
        const found = await own.get('/r4/Patient?name=ruiz&identifier=MRN-100037&birthdate=gt1900&_sort=name,birthdate')
        expect([found.status, found.body.total]).toEqual([200, 1])
      },
    ),
    { numRuns: 100 },
  )
})

test('a port in use is one clear line and exit code 1', async () => {
  const holder = createServer().listen(0, '127.0.0.1')
  await once(holder, 'listening')
  const { port } = holder.address() as AddressInfo
  const started = spawn(process.execPath, ['sandbox/fhir-server/main.ts'], {
    env: { ...process.env, HOST: '127.0.0.1', PORT: String(port), NODE_OPTIONS: '' },
  })
  let complaint = ''
  started.stderr.on('data', (chunk: Buffer) => {
    complaint += chunk.toString()
  })
  const [code] = (await once(started, 'close')) as [number]
  holder.close()
  expect([code, complaint]).toEqual([1, `fhir-server: cannot listen on 127.0.0.1:${port}: the port is in use\n`])
})
