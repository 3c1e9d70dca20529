// fhirclient, SMART Health IT's own library, as a server-side app: its routes answer real requests, one session an app.
import { createServer, type Server } from 'node:http'
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import smart from 'fhirclient'
import { SANDBOX_TENANT_ID } from '../../sandbox/people/demo-people.ts'
import { authorizeAs } from '../../sandbox/scenarios/person.ts'
import { clientKey, type InteropSandbox, startInteropSandbox, typesIn } from './interop-sandbox.ts'

const APP_PORT = 23_639
const APP = `http://localhost:${APP_PORT}`
const READS = 'patient/Patient.rs patient/Observation.rs'
const STANDALONE = `openid fhirUser launch/patient offline_access ${READS}`
const OF_EHR = `openid fhirUser launch online_access ${READS}`
const WEI = { tid: SANDBOX_TENANT_ID, oid: '11111111-aaaa-4aaa-8aaa-000000000004' }

type SmartApi = ReturnType<typeof smart>
type Client = Awaited<ReturnType<SmartApi['ready']>>
type Settings = Parameters<SmartApi['authorize']>[0] & { clientId: string; scope: string }

let sandbox: InteropSandbox
let app: Server | undefined
beforeAll(async () => {
  sandbox = await startInteropSandbox(23_630)
}, 90_000)
afterAll(() => sandbox?.stop())
afterEach(async () => {
  app?.closeAllConnections()
  await new Promise((resolve) => app?.close(resolve))
})

async function register(client_id: string, more: { jwks?: { keys: object[] } } = {}, method = 'none'): Promise<string> {
  const registration = {
    client_id,
    token_endpoint_auth_method: method,
    redirect_uris: [`${APP}/callback`],
    launch_url: `${APP}/launch`,
    scope: `${STANDALONE} ${OF_EHR} user/Practitioner.rs`,
    ...more,
  }
  return sandbox.register(registration)
}

/** An app as the library's guide has it: `authorize` where a launch begins, `ready` where it comes back. */
async function launchApp(settings: Settings, launch: Record<string, string> = {}): Promise<Client> {
  const session = new Map<string, unknown>()
  const storage = {
    get: async (key: string) => session.get(key),
    set: async (key: string, value: unknown) => void session.set(key, value),
    unset: async (key: string) => session.delete(key),
  }
  let client: Client | undefined
  app = createServer(async (request, response) => {
    const api = smart(request, response, storage as unknown as NonNullable<Parameters<typeof smart>[2]>)
    // A client without a secret names itself; the library leaves that out of a refresh unless told.
    if (settings.pkceMode === 'required') api.options.refreshTokenWithClientId = true
    if (request.url?.startsWith('/launch')) return api.authorize({ ...settings, redirectUri: `${APP}/callback` })
    client = await api.ready()
    return response.end('connected')
  })
  await new Promise<void>((resolve) => app?.listen(APP_PORT, 'localhost', resolve))
  const begin = `${APP}/launch?${new URLSearchParams({ iss: sandbox.urls.fhirBase, ...launch })}`
  const patient = launch.launch === undefined ? { patient: 'ana-ruiz' } : {}
  const back = await authorizeAs({ username: 'wei.chen', ...patient }, begin, `${APP}/callback`)
  expect(await (await fetch(back)).text()).toBe('connected')
  if (client === undefined) throw new Error('the app has no client')
  return client
}

test('a public app launches standalone, reads patient, user and pages, and refreshes by itself', async () => {
  await register('fhirclient-public')
  const scope = `${STANDALONE} user/Practitioner.rs`
  const client = await launchApp({ clientId: 'fhirclient-public', scope, pkceMode: 'required' })
  expect(await client.patient.read()).toMatchObject({ resourceType: 'Patient', id: 'ana-ruiz' })
  expect(client.user.fhirUser).toBe('Practitioner/wei-chen')
  expect(await client.user.read()).toMatchObject({ resourceType: 'Practitioner', id: 'wei-chen' })
  const pages = (await client.request('Observation?_count=10', { pageLimit: 3 })) as unknown[]
  expect(pages).toHaveLength(3)
  expect(pages.flatMap(typesIn)).toEqual(['Observation', 'Observation', 'Observation'])
  const all = (await client.patient.request('Observation?_count=10', { pageLimit: 0, flat: true })) as { id: string }[]
  expect(new Set(all.map(({ id }) => id)).size).toBe(all.length)
  expect(all.length).toBeGreaterThan(30)

  const before = client.state.tokenResponse?.access_token
  // As if an hour had passed: the next request refreshes first.
  client.state.expiresAt = 1
  expect(await client.patient.read()).toMatchObject({ id: 'ana-ruiz' })
  expect(client.state.tokenResponse?.access_token).not.toBe(before)
  expect(client.patient.id).toBe('ana-ruiz')
})

test('an app with a secret is launched from the record system, and refreshes while the person is there', async () => {
  const clientSecret = await register('fhirclient-secret', {}, 'client_secret_basic')
  const launch = await sandbox.openLaunch({ client_id: 'fhirclient-secret', patient: 'ana-ruiz', user: WEI })
  const client = await launchApp({ clientId: 'fhirclient-secret', clientSecret, scope: OF_EHR }, { launch })
  expect(client.patient.id).toBe('ana-ruiz')
  expect(await client.patient.read()).toMatchObject({ id: 'ana-ruiz' })
  const before = client.state.tokenResponse?.access_token
  await client.refresh()
  expect(client.state.tokenResponse?.access_token).not.toBe(before)
  expect(await client.patient.read()).toMatchObject({ id: 'ana-ruiz' })
})

// The library proves itself with the key at the code exchange alone: its refresh carries no assertion.
test.each(['ES384', 'RS384'] as const)('an app with an %s key launches and reads', async (alg) => {
  const clientId = `fhirclient-${alg}`
  const { jwks, privateJwk } = await clientKey(alg)
  await register(clientId, { jwks }, 'private_key_jwt')
  const clientPrivateJwk = privateJwk as NonNullable<Settings['clientPrivateJwk']>
  const client = await launchApp({ clientId, clientPrivateJwk, scope: STANDALONE })
  expect(await client.patient.read()).toMatchObject({ id: 'ana-ruiz' })
})
