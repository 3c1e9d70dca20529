// What both services send over OTLP, as real processes before a receiver that reads it.
import { afterAll, describe, expect, test } from '@jest/globals'
import { METRICS } from '../service/telemetry/metrics.ts'
import { freePort } from './testing/free-port.ts'
import { type Receiver, startReceiver } from './testing/otlp-receiver.ts'
import { withSandbox } from './testing/sandbox.ts'
import { until } from './testing/until.ts'

const port = await freePort()
const receiver: Receiver = await startReceiver(port)
const running = withSandbox({
  portBase: 23_660,
  services: ['entra', 'tables', 'fhir-server', 'auth-server', 'proxy'],
  environment: {
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}/`,
    OTEL_EXPORTER_OTLP_HEADERS: 'x-key=of-the-collector',
    OTEL_METRIC_EXPORT_INTERVAL: '200',
  },
})
afterAll(() => receiver.stop())

const LONG_MS = 20_000
const points = (metric: string) => receiver.points.filter((point) => point.metric === metric)
const spans = (name: string) => receiver.spans.filter((span) => span.name === name)
const TRACE = '0af7651916cd43dd8448eb211c80319c'
const CALLER = 'b7ad6b7169203331'

describe('SEED-78: with OTEL_EXPORTER_OTLP_ENDPOINT', () => {
  test('a trace goes on where its caller began it, with the call of the FHIR server inside', async () => {
    const headers = { traceparent: `00-${TRACE}-${CALLER}-01` }
    const answer = await fetch(`${running.sandbox.urls.proxy}/fhir/metadata`, { headers })
    expect(answer.status).toBe(200)
    await until(() => spans('capabilities').some(({ traceId }) => traceId === TRACE), LONG_MS)
    const request = spans('capabilities').find(({ traceId }) => traceId === TRACE)
    expect(request).toMatchObject({
      service: 'proxy',
      parentId: CALLER,
      isError: false,
      attributes: {
        'http.request.method': 'GET',
        'http.response.status_code': 200,
        'smart.interaction': 'capabilities',
        'smart.decision': 'allowed',
        'url.template': 'metadata',
      },
    })
    expect(spans('upstream').find(({ traceId }) => traceId === TRACE)).toMatchObject({
      parentId: request?.spanId,
      attributes: { 'http.request.method': 'GET', 'smart.outcome': '2xx' },
    })
  })

  test('requests of both services are counted and timed', async () => {
    await fetch(`${running.sandbox.urls.proxy}/fhir/Patient/ana-ruiz`)
    await fetch(`${running.sandbox.urls.authServer}/jwks`)
    const wanted = [
      { service: 'proxy', attributes: { interaction: 'read', decision: 'denied', status_class: '4xx' } },
      { service: 'auth-server', attributes: { interaction: '/jwks', decision: 'allowed', status_class: '2xx' } },
    ]
    for (const one of wanted)
      await until(() => {
        const seen = points('smart.requests').filter(({ service }) => service === one.service)
        return seen.some(({ attributes }) => JSON.stringify(attributes) === JSON.stringify(one.attributes))
      }, LONG_MS)
    expect(points('smart.request.duration').find(({ service }) => service === 'proxy')).toMatchObject({ unit: 's' })
    expect(points('smart.denials')[0]?.attributes).toEqual({ reason: 'invalid-token' })
  })

  test('so is the state of what a proxy hangs on', async () => {
    const last = (metric: string) => points(metric).at(-1)?.value
    await until(() => last('smart.upstream.up') === 1 && points('smart.upstream.types').length > 0, LONG_MS)
    await until(() => (last('smart.revocations.age') ?? 99) < 30, LONG_MS)
    await until(() => last('smart.audit.waiting') === 0 && last('smart.audit.lost') === 0, LONG_MS)
    expect(points('smart.keys.age').some(({ service }) => service === 'auth-server')).toBe(true)
  }, 60_000)

  test('a refused token request is an act', async () => {
    const body = new URLSearchParams({ grant_type: 'client_credentials' })
    await fetch(`${running.sandbox.urls.authServer}/token`, { method: 'POST', body })
    await until(() => points('smart.acts').length > 0, LONG_MS)
    expect(points('smart.acts')[0]?.attributes).toEqual({ operation: 'token', outcome: 'denied', launch: 'none' })
  })

  test('lines of the log come as records, with their severity', async () => {
    await until(() => receiver.lines.some(({ body }) => body === 'ready'), LONG_MS)
    expect(receiver.lines.find(({ body }) => body === 'ready')).toMatchObject({ service: 'proxy', severity: 'INFO' })
    expect(receiver.lines.some(({ service, body }) => service === 'auth-server' && body === 'listening')).toBe(true)
  })

  test('the receiver is sent the headers that it wants', () => {
    expect(new Set(receiver.headers.map((headers) => headers['x-key']))).toEqual(new Set(['of-the-collector']))
  })

  test('checks of health are no requests', async () => {
    await fetch(`${running.sandbox.urls.proxy}/health/live`)
    await fetch(`${running.sandbox.urls.authServer}/health/ready`)
    await running.sandbox.halt('proxy')
    await running.sandbox.halt('auth-server')
    expect(receiver.spans.filter(({ name }) => /health/.test(name))).toEqual([])
    expect(points('smart.requests').filter(({ attributes }) => /health/.test(String(attributes.interaction)))).toEqual(
      [],
    )
  })

  test('each metric that came is one that is documented, with its attributes', () => {
    const known = new Map<string, readonly string[]>(
      Object.values(METRICS).map(({ name, attributes }) => [name, attributes]),
    )
    expect(receiver.points.length).toBeGreaterThan(20)
    for (const { metric, attributes } of receiver.points)
      expect([metric, Object.keys(attributes).sort()]).toEqual([metric, [...(known.get(metric) ?? ['unknown'])].sort()])
  })
})
