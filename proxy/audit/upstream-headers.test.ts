import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { parseConfig } from '../config.ts'
import { inRequest, type RequestContext } from '../request-context.ts'
import { createUpstream, type Upstream } from '../upstream/upstream.ts'
import { auditHeaders } from './upstream-headers.ts'

const context = (actor: Partial<RequestContext['actor']> = {}): RequestContext => ({
  requestId: 'r',
  givenId: undefined,
  traceparent: undefined,
  method: 'GET',
  address: '192.0.2.7',
  actor: { clientId: 'app', subject: 'hash-of-the-account', scope: 'patient/*.rs', ...actor },
})

test('SEED-65: user, source, proxy, client and patient, and the directory where there is one', () => {
  expect(auditHeaders(context({ patient: 'alice' }))).toEqual({
    'x-ms-azurefhir-audit-userid': 'hash-of-the-account',
    'x-ms-azurefhir-audit-source': '192.0.2.7',
    'x-ms-azurefhir-audit-proxy': 'smart-fhir-gateway',
    'x-ms-azurefhir-audit-client': 'app',
    'x-ms-azurefhir-audit-patient': 'alice',
  })
  const entra = auditHeaders(context({ tenant: 'the-tenant', objectId: 'the-account' }))
  expect([entra['x-ms-azurefhir-audit-userid'], entra['x-ms-azurefhir-audit-tenant']]).toEqual([
    'the-account',
    'the-tenant',
  ])
  expect(Object.keys(entra).length).toBeLessThanOrEqual(10)
})

test('SEED-65: nothing for what is asked on nobody’s behalf', () => {
  expect(auditHeaders(undefined)).toEqual({})
})

test('SEED-65: no more than 2,048 characters, and none that a header may not have', () => {
  const { 'x-ms-azurefhir-audit-client': client = '' } = auditHeaders(context({ clientId: 'x'.repeat(5_000) }))
  expect([client.length, client.slice(-4)]).toEqual([2_048, 'x...'])
  expect(auditHeaders(context({ clientId: 'a\r\nx-ms-other: b – ü' }))['x-ms-azurefhir-audit-client']).toBe(
    'a??x-ms-other: b ? ?',
  )
})

test.each([
  ['https://contoso.fhir.azurehealthcareapis.com', undefined, true],
  ['https://contoso.azurehealthcareapis.com', undefined, true],
  ['https://contoso.azurehealthcareapis.com', 'false', false],
  ['https://fhir.example.org', undefined, false],
  ['https://azurehealthcareapis.com.example.org', undefined, false],
  ['https://fhir.example.org', 'true', true],
])('SEED-65: %s with UPSTREAM_AUDIT_HEADERS=%s is told: %s', (UPSTREAM_URL, given, expected) => {
  const parsed = parseConfig({
    ISSUER: 'https://smart.example.org',
    FHIR_BASE: 'https://smart.example.org/fhir',
    TABLES_URL: 'https://account.table.core.windows.net',
    UPSTREAM_URL,
    UPSTREAM_AUDIT_HEADERS: given,
  })
  expect(parsed.ok && parsed.config.audit.tellsUpstream).toBe(expected)
})

describe('SEED-65: on the wire', () => {
  const seen: IncomingHttpHeaders[] = []
  const server = createServer((request, response) => {
    seen.push(request.headers)
    response.setHeader('content-type', 'application/fhir+json').end('{}')
  })
  let url: string
  const open: Upstream[] = []
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  beforeEach(() => void seen.splice(0))
  afterAll(async () => {
    await Promise.all(open.map((one) => one.close()))
    await new Promise((resolve) => server.close(resolve))
  })
  async function ask(isToldForWhom: boolean): Promise<string[]> {
    const upstream = createUpstream({ url, timeoutMs: 1_000, maxBodyBytes: 1_000, isToldForWhom, alarm: () => {} })
    open.push(upstream)
    await inRequest(context({ patient: 'alice' }), () =>
      upstream.send({ method: 'GET', target: 'Patient/alice' }, new AbortController().signal),
    )
    return Object.keys(seen[0] ?? {}).filter((name) => name.startsWith('x-ms-'))
  }

  test('with each request', async () => {
    expect((await ask(true)).map((name) => name.split('-').at(-1)).sort()).toEqual([
      'client',
      'patient',
      'proxy',
      'source',
      'userid',
    ])
  })
  test('only where it is wanted', async () => {
    expect(await ask(false)).toEqual([])
  })
})
