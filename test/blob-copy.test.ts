// The processor blob-copy between the proxy and Azurite's blobs.
import { type AddressInfo, connect, createServer } from 'node:net'

import { ContainerClient, StorageSharedKeyCredential } from '@azure/storage-blob'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { pino } from 'pino'
import type { Loaded } from '../proxy/processors/call.ts'
import { type Blobs, startBlobs } from './testing/azurite-blobs.ts'
import { processorsFor } from './testing/processors-for.ts'
import { type App, observation, type ProxiedServer, startProxiedServer } from './testing/proxied-server.ts'

let azurite: Blobs
let container: ContainerClient
const servers: ProxiedServer[] = []
const logged: string[] = []
const log = pino({}, { write: (line: string) => void logged.push(line) })
const credentials = () => ({ account: azurite.account, key: azurite.key })

beforeAll(async () => {
  azurite = await startBlobs()
  container = new ContainerClient(`${azurite.url}/copies`, new StorageSharedKeyCredential(azurite.account, azurite.key))
  await container.create()
})
afterAll(async () => {
  await Promise.all(servers.map((server) => server.close()))
  await azurite.stop()
})
beforeEach(() => void logged.splice(0))

type Copying = { app(scope?: string): Promise<App>; settled(): Promise<void>; server: ProxiedServer }
async function copyingTo(settings: object): Promise<Copying> {
  const processors: Loaded[] = await processorsFor(
    [{ use: 'blob-copy', settings: { ...credentials(), ...settings } }],
    { log },
  )
  const server = await startProxiedServer({ processors, log })
  servers.push(server)
  return {
    server,
    app: (scope) => server.as('ana-ruiz', scope),
    settled: async () => void (await Promise.all(processors.map(({ processor }) => processor.close?.()))),
  }
}
async function names(prefix = ''): Promise<string[]> {
  const found: string[] = []
  for await (const { name } of container.listBlobsFlat({ prefix })) found.push(name)
  return found.sort()
}
const textOf = async (name: string) => (await container.getBlobClient(name).downloadToBuffer()).toString()
const of = (more: object = {}) => observation('ana-ruiz', more)

describe('what was written', () => {
  let copying: Copying
  let app: App
  beforeAll(async () => {
    copying = await copyingTo({ url: container.url, types: ['Observation'] })
    app = await copying.app()
  })

  test('each version is copied, as the app got it', async () => {
    const made = await app.post('Observation', of())
    const { id } = made.body
    const changed = await app.put(`Observation/${id}`, of({ id, status: 'amended' }))
    await app.patch(`Observation/${id}`, [{ op: 'replace', path: '/status', value: 'corrected' }])
    await app.delete(`Observation/${id}`)
    await copying.settled()
    const copied = await names(`Observation/${id}/`)
    expect(copied).toHaveLength(3)
    expect(await Promise.all(copied.map(textOf))).toEqual(expect.arrayContaining([made.text, changed.text]))
    const { contentType } = await container.getBlobClient(copied[0] ?? '').getProperties()
    expect(contentType).toBe('application/fhir+json')
  })
  test('of batches and transactions each entry', async () => {
    const before = (await names()).length
    const entries = [1, 2].map(() => ({ request: { method: 'POST', url: 'Observation' }, resource: of() }))
    await app.bundle('batch', entries)
    await app.bundle('transaction', entries)
    await copying.settled()
    expect((await names()).length - before).toBe(4)
  })
  test('whatever the app prefers as its answer', async () => {
    const before = (await names()).length
    for (const preferred of ['minimal', 'OperationOutcome'])
      expect((await app.post('Observation', of()).set('Prefer', `return=${preferred}`)).status).toBe(201)
    await copying.settled()
    expect((await names()).length - before).toBe(2)
  })
  test('nothing of reads, of what was refused, of other types', async () => {
    const before = await names()
    await app.get('Observation?_count=2')
    expect((await app.post('Observation', observation('ben-okafor'))).status).toBe(422)
    expect(
      (await app.post('Condition', { resourceType: 'Condition', subject: { reference: 'Patient/ana-ruiz' } })).status,
    ).toBe(201)
    await copying.settled()
    expect(await names()).toEqual(before)
    expect(logged.join()).not.toContain('copy-lost')
  })
  test('what the app may not read is not read for it: no copy, and the log says so', async () => {
    const before = await names()
    expect((await (await copying.app('patient/Observation.c')).post('Observation', of())).status).toBe(201)
    await copying.settled()
    expect(await names()).toEqual(before)
    expect(logged.join()).toContain('copy-lost')
  })
})

describe('a storage that does not take it', () => {
  test('fails no request, and the log says how many are lost, without a word of them', async () => {
    const copying = await copyingTo({ url: `${azurite.url}/no-such-container`, attempts: 1 })
    expect((await (await copying.app()).post('Observation', of({ note: [{ text: 'secret' }] }))).status).toBe(201)
    await copying.settled()
    expect(logged.filter((line) => line.includes('copy-lost'))).toHaveLength(1)
    expect(logged.join()).not.toMatch(/secret|ana-ruiz/)
  })
  test('is tried again, and has it when it is back', async () => {
    let broken = 0
    const port = Number(new URL(azurite.url).port)
    const line = createServer((socket) => {
      broken += 1
      if (broken < 3) socket.destroy()
      else socket.pipe(connect(port, '127.0.0.1')).pipe(socket)
    })
    await new Promise<void>((resolve) => line.listen(0, '127.0.0.1', resolve))
    const at = (line.address() as AddressInfo).port
    const copying = await copyingTo({ url: container.url.replace(`:${port}/`, `:${at}/`) })
    const { id } = (await (await copying.app()).post('Observation', of())).body
    await copying.settled()
    expect(broken).toBeGreaterThan(2)
    expect(await names(`Observation/${id}/`)).toHaveLength(1)
    expect(logged.join()).not.toContain('copy-lost')
    line.close()
  })
})

test.each<[object, string]>([
  [{}, 'url'],
  [{ url: 'http://storage.example/copies' }, 'https'],
  [{ url: 'https://storage.example/copies', account: 'a', key: undefined }, 'account and key'],
  [{ url: 'https://storage.example/copies', types: ['Ghost'] }, 'no type of R4'],
  [{ url: 'https://storage.example/copies', attempts: 0 }, 'attempts'],
])('settings %j stop the start', async (settings, fault) => {
  await expect(processorsFor([{ use: 'blob-copy', settings }])).rejects.toThrow(fault)
})
