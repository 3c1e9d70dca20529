// What readiness says of each part: when a replica is taken out, when somebody should look, and that it tells nothing else.
import { afterEach, describe, expect, test } from '@jest/globals'
import { pino } from 'pino'
import request from 'supertest'
import { health } from '../auth-server/health.ts'
import { memoryStore } from '../auth-server/storage/memory.ts'
import { startAuthServer } from '../auth-server/testing/auth-server-fixture.ts'
import { createAudit } from '../proxy/audit/audit.ts'
import type { ProxyDeps } from '../proxy/server.ts'
import { closeAll, startProxyBefore } from './testing/proxy-stack.ts'

const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

async function proxyWith(deps: Partial<ProxyDeps>, settings: Record<string, string> = {}) {
  const { proxy } = await startProxyBefore('http://127.0.0.1:9/r4', { deps, settings })
  closing.push(() => closeAll([proxy]))
  return (path: string) => request(proxy).get(path)
}

const NEVER_READ = { stateOf: () => 'unknown' as const, isCurrent: () => false, ageSeconds: () => undefined }

describe('SEED-78: readiness of the proxy', () => {
  test('lives, whatever is wrong', async () => {
    const { status, body } = await (await proxyWith({ revocations: NEVER_READ }))('/health/live')
    expect([status, body]).toEqual([200, { status: 'live' }])
  })

  test('is ready when what has ended is known', async () => {
    const { status, body } = await (await proxyWith({}))('/health/ready')
    expect([status, body]).toEqual([
      200,
      {
        status: 'ready',
        checks: {
          revocations: { status: 'ok', ageSeconds: 0 },
          keys: { status: 'ok' },
          upstream: { status: 'ok', asked: false },
          audit: { status: 'ok', sinks: {} },
        },
      },
    ])
  })

  test('is not ready while revocations are unread, and says so', async () => {
    const { status, body } = await (await proxyWith({ revocations: NEVER_READ }))('/health/ready')
    expect([status, body.status, body.checks.revocations]).toEqual([
      503,
      'not-ready',
      { status: 'failed', reason: 'what has ended could not be read from the tables for too long' },
    ])
  })

  test('stays in service when the FHIR server behind all replicas is down, and says that', async () => {
    const facts = {
      upstream: () => ({ answers: false, reason: 'unreachable' }),
      events: () => ({ waiting: 7, isFailing: true }),
    }
    const { status, body } = await (await proxyWith({ facts }))('/health/ready')
    expect(status).toBe(200)
    expect(body.checks).toMatchObject({
      upstream: { status: 'degraded', reason: 'the FHIR server does not answer: unreachable' },
      events: { status: 'degraded', waiting: 7 },
    })
  })

  test('a sink that fails takes it out only where nothing may go unrecorded', async () => {
    const log = pino({ level: 'silent' })
    const broken = { name: 'table', batch: 10, write: () => Promise.reject(new Error('Patient/ana: no')) }
    for (const [isRequired, status, words] of [
      [false, 200, 'audit records cannot be written'],
      [true, 503, 'requests cannot be recorded'],
    ] as const) {
      const audit = createAudit({ sinks: [broken], isRequired, limit: 10, log })
      const get = await proxyWith({ audit }, { AUDIT_REQUIRED: String(isRequired) })
      await get('/fhir/Patient/ana').set('authorization', 'Bearer none')
      const answer = await get('/health/ready')
      expect([answer.status, answer.body.checks.audit.reason]).toEqual([status, words])
      expect(answer.text).not.toContain('ana')
    }
  })
})

describe('SEED-78: readiness of the auth-server', () => {
  test('lives and is ready', async () => {
    const fixture = await startAuthServer()
    closing.push(fixture.close)
    const { body, headers } = await request(fixture.server).get('/health/ready')
    expect(body).toEqual({
      status: 'ready',
      checks: {
        tables: { status: 'ok' },
        keys: { status: 'ok', ageSeconds: 0 },
        audit: { status: 'ok', lost: 0 },
      },
    })
    expect(headers['cache-control']).toBe('no-store')
    expect((await request(fixture.server).get('/health/live')).body).toEqual({ status: 'live' })
  })

  test('without tables it lives, and is not ready', async () => {
    const store = { ...memoryStore(), find: () => Promise.reject(new Error('down')) }
    const at = health({ store, keys: () => ({ ageSeconds: 90, isFailing: true }), lost: () => 2, now: Date.now })
    const ready = await at('/health/ready')
    expect([ready?.status, JSON.parse(ready?.body ?? '')]).toEqual([
      503,
      {
        status: 'not-ready',
        checks: {
          tables: { status: 'failed', reason: 'the tables do not answer' },
          keys: expect.objectContaining({ status: 'degraded', ageSeconds: 90 }),
          audit: { status: 'degraded', reason: 'audit records were lost; their lines are in the log', lost: 2 },
        },
      },
    ])
    expect((await at('/health/live'))?.status).toBe(200)
    expect(await at('/healthy')).toBeUndefined()
  })
})
