// The narrowing fuzzer: what it finds in apps that take less badly, and that the sample app takes it well.
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { adminApi } from '../auth-server/cli/admin-api.ts'
import { findConnection } from '../auth-server/cli/connection.ts'
import { findApp, type RegisteredApp } from '../sandbox/launcher/registered-apps.ts'
import { narrowApp } from '../sandbox/narrowing/narrow-app.ts'
import { judge, narrowingsOf } from '../sandbox/narrowing/narrowings.ts'
import { findSandbox, type RunningSandbox } from '../sandbox/scenarios/running-sandbox.ts'
import { withSandboxInBrowser } from './testing/sandbox.ts'

const running = withSandboxInBrowser({ portBase: 24_160 })

let sandbox: RunningSandbox
let careless: Server
beforeAll(async () => {
  sandbox = await findSandbox(running.dataFolder)
  careless = createServer((_request, response) => {
    response.setHeader('Content-Type', 'text/html')
    response.end(CARELESS.replaceAll('FHIR_BASE', sandbox.urls.fhirBase).replaceAll('ISSUER', sandbox.urls.issuer))
  })
  await new Promise<void>((done) => careless.listen(0, '127.0.0.1', done))
}, 90_000)
afterAll(() => {
  careless.close()
})

/** Shows refusals as they come, asks again and again, and shows nothing at all when it was not let in. */
const CARELESS = `<body><script>
const at = new URL(location.href)
const self = at.origin + '/'
if (at.searchParams.has('launch')) {
  const verifier = 'a-verifier-that-is-long-enough-for-the-tests-0123456789'
  crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier)).then((digest) => {
    const challenge = btoa(String.fromCharCode(...new Uint8Array(digest))).replace(/\\+/g, '-').replace(/\\//g, '_').replace(/=/g, '')
    location.href = 'ISSUER/auth?' + new URLSearchParams({ response_type: 'code', client_id: 'careless', redirect_uri: self, state: 'a-state-of-tests', aud: 'FHIR_BASE',
      scope: 'launch patient/Patient.rs patient/Goal.rs', launch: at.searchParams.get('launch'), code_challenge: challenge, code_challenge_method: 'S256' })
  })
} else if (at.searchParams.has('code')) {
  const form = new URLSearchParams({ grant_type: 'authorization_code', client_id: 'careless', redirect_uri: self, code: at.searchParams.get('code'),
    code_verifier: 'a-verifier-that-is-long-enough-for-the-tests-0123456789' })
  fetch('ISSUER/token', { method: 'POST', body: form }).then((answer) => answer.json()).then(async ({ access_token }) => {
    const read = async (path) => fetch('FHIR_BASE/' + path, { headers: { authorization: 'Bearer ' + access_token } })
    document.body.append('Name: ' + await (await read('Patient')).text().then((text) => text.length + ' characters, and a lot more to say'))
    for (let tries = 0; tries < 6; tries++) {
      const answer = await read('Goal')
      if (answer.ok) break
      if (tries === 5) document.body.append(await answer.text())
    }
  })
}
</script></body>`

test('the sample app takes every single removal well', async () => {
  const results = await narrowApp(sandbox, running.browser, await findApp(sandbox.operator, 'sample-app'))
  expect(results.map(({ name, findings }) => `${name}: ${findings.join(', ') || 'goes on'}`)).toEqual(
    results.map(({ name }) => `${name}: goes on`),
  )
  const refused = (name: string) => results.find((one) => one.name === name)?.refused
  expect(refused('everything is given')).toBe(0)
  // One that has no parts, and one that has.
  for (const kind of ['Immunization', 'Observation']) expect(refused(`without patient/${kind}.rs`)).toBeGreaterThan(0)
  expect(results.length).toBeGreaterThan(8)
}, 120_000)

test('an app that takes it badly is told how', async () => {
  const address = `http://127.0.0.1:${(careless.address() as AddressInfo).port}/`
  const admin = adminApi(await findConnection({ SANDBOX_DATA: running.dataFolder }))
  const registered: Partial<RegisteredApp> = {
    client_id: 'careless',
    client_name: 'Careless',
    token_endpoint_auth_method: 'none',
    redirect_uris: [address],
    launch_url: address,
    scope: 'launch patient/Patient.rs patient/Goal.rs',
  }
  await admin.call('__clients', 'POST', '/clients', registered)
  const results = await narrowApp(sandbox, running.browser, await findApp(sandbox.operator, 'careless'))
  const found = Object.fromEntries(results.map(({ name, findings }) => [name, findings]))
  expect(found['everything is given']).toEqual([])
  expect(found['without patient/Goal.rs']).toEqual(['raw error', 'retry storm'])
  expect(found['the person does not share']).toEqual(['white screen'])
}, 120_000)

test('each kind, refresh, refusal and the end in the middle are removals of their own', () => {
  expect(narrowingsOf('openid launch offline_access patient/Patient.rs user/Task.cu').map(({ name }) => name)).toEqual([
    'everything is given',
    'without patient/Patient.rs',
    'without user/Task.cu',
    'without offline_access',
    'the person does not share',
    'access ends while it runs',
  ])
})

test.each([
  [{ text: 'Your record. Vaccines: not shared.', requests: ['GET /Patient/1'], scriptErrors: [] }, []],
  [{ text: '  ', requests: [], scriptErrors: [] }, ['white screen']],
  [{ text: 'Error {"resourceType":"OperationOutcome"} came', requests: [], scriptErrors: [] }, ['raw error']],
  [{ text: 'Loading your record now', requests: Array(4).fill('GET /Goal'), scriptErrors: [] }, ['retry storm']],
  [{ text: 'Your record, half of it', requests: [], scriptErrors: ['x is undefined'] }, ['script error']],
])('%j is judged %j', (seen, findings) => {
  expect(judge(seen)).toEqual(findings)
})
