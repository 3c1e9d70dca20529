// With our policies of API Management in front: whole launches go as without them, and callers learn no more.
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { findOwnRecords } from '../leak-kit/discover.ts'
import { generateRequests } from '../leak-kit/generate.ts'
import { knownFrom } from '../leak-kit/known.ts'
import { compareWorlds } from '../leak-kit/run.ts'
import { frontDoor } from '../sandbox/front-door/front-door.ts'
import { openGateway } from '../sandbox/front-door/policies/gateway.ts'
import { Journey } from './browser/journey.ts'
import { startLeakWorlds } from './testing/leak-worlds.ts'
import { closeAll } from './testing/proxy-stack.ts'
import { withSandboxInBrowser } from './testing/sandbox.ts'
import { type Caller, FHIR_BASE, tokenOf, type World } from './two-worlds.ts'

describe('SEED-75: a whole launch', () => {
  const running = withSandboxInBrowser({ portBase: 23_900, environment: { SANDBOX_GATEWAY: 'true' } })
  let journey: Journey
  beforeEach(async () => {
    journey = await Journey.begin(running.browser, running.sandbox.urls)
  })
  afterEach(() => journey.end())

  test('a patient shares, reads the own chart, and reaches nobody else; a token that was changed is refused', async () => {
    await journey.connect()
    await journey.signIn('ana.ruiz')
    await journey.waitForConsent()
    const { access_token: token } = await journey.share()
    expect((await journey.send('GET', 'Observation?_count=5')).status).toBe(200)
    expect((await journey.send('GET', 'Patient/ben-okafor')).status).toBe(404)
    expect((await journey.send('DELETE', 'Patient/ana-ruiz')).status).toBe(403)
    const forged = await fetch(`${running.sandbox.urls.fhirBase}/Patient/ana-ruiz`, {
      headers: { authorization: `Bearer ${token.slice(0, -8)}AAAAAAAA` },
    })
    expect([forged.status, (await forged.json()).resourceType]).toEqual([401, 'OperationOutcome'])
  })

  test('a clinician picks among those whom the proxy would open, and no others', async () => {
    await journey.connect('openid fhirUser launch/patient user/Patient.rs user/Observation.rs')
    await journey.signIn('wei.chen')
    await journey.pickPatient('ana-ruiz')
    expect((await journey.share()).patient).toBe('ana-ruiz')
    expect((await journey.send('GET', 'Patient/ben-okafor')).status).toBe(404)
  })
})

describe('ENF-08, SEED-75: two worlds that differ in what the caller may not see', () => {
  const REQUESTS = 600
  const servers: Server[] = []
  afterEach(() => closeAll(servers.splice(0)))

  async function endpointOf({ proxy }: World, caller: Caller) {
    const proxyUrl = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`
    const gateway = openGateway({
      maintenance: 'false',
      // Tokens of these tests have no published keys; the proxy checks them, as it does anyway.
      'validate-tokens': 'false',
      issuer: 'http://127.0.0.2:4000',
      'fhir-base': FHIR_BASE,
      'auth-server-url': 'http://127.0.0.1:9',
      'proxy-url': proxyUrl,
    })
    const door = frontDoor({
      publicUrl: 'http://127.0.0.2:4000',
      authServerUrl: 'http://127.0.0.1:9',
      proxyUrl,
      entraUrl: 'http://localhost:4004',
      runsKey: 'a key for tests, long enough',
      gateway,
    })
    await new Promise<void>((resolve) => door.listen(0, '127.0.0.1', resolve))
    servers.push(door)
    const { port } = door.address() as AddressInfo
    return { base: `http://127.0.0.1:${port}/fhir`, publicBase: FHIR_BASE, token: await tokenOf(caller) }
  }

  test.each<[string, Caller]>([
    ['a patient', { scope: 'patient/*.cruds', patient: 'ana-ruiz', person: 'Patient/ana-ruiz' }],
    ['a clinician with a panel', { scope: 'user/*.cruds', person: 'Practitioner/wei-chen' }],
  ])(
    '%s learns nothing of it',
    async (_who, caller) => {
      const worlds = await startLeakWorlds(false)
      const [one, other] = [await endpointOf(worlds.one, caller), await endpointOf(worlds.other, caller)]
      const known = knownFrom(`Patient/${caller.patient ?? 'clara-winters'}`, await findOwnRecords(one), worlds.hidden)
      const made = generateRequests(known, { seed: 7, count: REQUESTS, hasWrites: true })
      const { findings, requests, statuses } = await compareWorlds(one, other, made).finally(worlds.close)
      expect([requests, findings]).toEqual([REQUESTS, []])
      expect(statuses.get(200) ?? 0).toBeGreaterThan(REQUESTS / 10)
    },
    120_000,
  )
})
