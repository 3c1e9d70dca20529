// fhir-kit-client, the most used FHIR client of Node: it finds the endpoints, and reads with the token that an app got there.
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { Client } from 'fhir-kit-client'
import * as oauth from 'oauth4webapi'
import { authorizeAs } from '../../sandbox/scenarios/person.ts'
import { APP_SCOPE, type InteropSandbox, REDIRECT_URI, startInteropSandbox, typesIn } from './interop-sandbox.ts'

let sandbox: InteropSandbox
let client: Client
beforeAll(async () => {
  sandbox = await startInteropSandbox(23_620)
  await sandbox.register({ client_id: 'fhir-kit', token_endpoint_auth_method: 'none' })
  client = new Client({ baseUrl: sandbox.urls.fhirBase })
  const { authorizeUrl, tokenUrl } = await client.smartAuthMetadata()
  client.bearerToken = await token(String(authorizeUrl), String(tokenUrl))
}, 90_000)
afterAll(() => sandbox?.stop())

/** The library leaves OAuth to the app: this is the least that one can do. */
async function token(authorizeUrl: string, tokenUrl: string): Promise<string> {
  const verifier = oauth.generateRandomCodeVerifier()
  const app = { client_id: 'fhir-kit', redirect_uri: REDIRECT_URI }
  const url = `${authorizeUrl}?${new URLSearchParams({
    ...app,
    response_type: 'code',
    scope: APP_SCOPE,
    aud: sandbox.urls.fhirBase,
    state: 'of-fhir-kit-client',
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  })}`
  const code = String((await authorizeAs({ username: 'ana.ruiz' }, url, REDIRECT_URI)).searchParams.get('code'))
  const body = new URLSearchParams({ ...app, grant_type: 'authorization_code', code, code_verifier: verifier })
  const answer = await fetch(tokenUrl, { method: 'POST', body })
  return ((await answer.json()) as { access_token: string }).access_token
}

test('finds the endpoints in the SMART configuration and in the CapabilityStatement', async () => {
  const endpoints = { authorizeUrl: `${sandbox.urls.issuer}/auth`, tokenUrl: `${sandbox.urls.issuer}/token` }
  expect(JSON.parse(JSON.stringify(await client.smartAuthMetadata()))).toMatchObject(endpoints)
  expect(await client.capabilityStatement()).toMatchObject({ resourceType: 'CapabilityStatement' })
})

test('reads, and searches page after page', async () => {
  expect(await client.read({ resourceType: 'Patient', id: 'ana-ruiz' })).toMatchObject({ id: 'ana-ruiz' })
  type Bundle = Parameters<Client['nextPage']>[0]['bundle']
  const first = (await client.search({ resourceType: 'Observation', searchParams: { _count: 2 } })) as Bundle
  const second = (await client.nextPage({ bundle: first })) as Bundle
  expect(typesIn(second)).toEqual(['Observation'])
  expect(second).not.toEqual(first)
})

test('searches by POST', async () => {
  const searchParams = { patient: 'ana-ruiz', _count: 2 }
  const options = { postSearch: true }
  expect(typesIn(await client.resourceSearch({ resourceType: 'Observation', searchParams, options }))).toEqual([
    'Observation',
  ])
})

test('is told by an OperationOutcome what the token does not cover', async () => {
  await expect(client.search({ resourceType: 'Condition' })).rejects.toMatchObject({
    response: { status: 403, data: { resourceType: 'OperationOutcome' } },
  })
})
