// What is measured, in a process of its own: this authorization server over memory, or the bare library. Answers the
// benchmark's questions over the channel to its parent.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Configuration } from 'oidc-provider'
import { memoryStore } from '../../auth-server/storage/memory.ts'
import { requestOwnToken } from '../../auth-server/testing/api-client.ts'
import { startAuthServer } from '../../auth-server/testing/auth-server-fixture.ts'
import { answerParent, cpuMilliseconds } from '../child.ts'
import { BARE_SECRET, bareProvider } from './bare-provider.ts'
import { type Counts, countingStore } from './counting-store.ts'
import { storeGrants } from './stored-grants.ts'

export type Question =
  | { ask: 'port' }
  /** Milliseconds of CPU that this process has used. */
  | { ask: 'cpu' }
  /** Calls of the storage since this was last asked. */
  | { ask: 'counts' }
  | { ask: 'fill'; grants: number }
  /** A header of one who may introspect. */
  | { ask: 'caller' }

type Served = { port: number; counts(): Counts; fill(grants: number): Promise<void>; caller(): Promise<string> }

async function startOurs(fhirUrl: string): Promise<Served> {
  const memory = memoryStore()
  const { store, taken } = countingStore(memory)
  const fixture = await startAuthServer({ store, fhirUrl })
  return {
    port: (fixture.server.address() as AddressInfo).port,
    counts: taken,
    fill: (grants) => storeGrants(memory, grants),
    caller: async () => `Bearer ${(await requestOwnToken(fixture, { scope: '__introspect' })).body.access_token}`,
  }
}

async function startBare(): Promise<Served> {
  const { keys, close } = await startAuthServer()
  await close()
  const provider = bareProvider(keys.jwks as NonNullable<Configuration['jwks']>)
  const server = createServer(provider.callback())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const caller = `Basic ${Buffer.from(`resource-server:${BARE_SECRET}`).toString('base64')}`
  return {
    port: (server.address() as AddressInfo).port,
    counts: () => ({}),
    fill: () => Promise.reject(new Error('the in-memory storage of the library keeps a thousand rows')),
    caller: async () => caller,
  }
}

function answer(served: Served, question: Question): unknown {
  switch (question.ask) {
    case 'port':
      return served.port
    case 'cpu':
      return cpuMilliseconds()
    case 'counts':
      return served.counts()
    case 'fill':
      return served.fill(question.grants)
    case 'caller':
      return served.caller()
  }
}

const [what, fhirUrl = ''] = process.argv.slice(2)
const served = await (what === 'bare' ? startBare() : startOurs(fhirUrl))
answerParent((question: Question) => answer(served, question))
