// Around a write: the journal first, then the server, then what came of it.
import { beforeEach, describe, expect, test } from '@jest/globals'
import { pino } from 'pino'
import { madeUpUpstream } from '../../test/testing/made-up-upstream.ts'
import { inRequest } from '../request-context.ts'
import type { Upstream, UpstreamAnswer, UpstreamCall } from '../upstream/upstream.ts'
import type { Row } from './journal.ts'
import { withJournal } from './journalled-upstream.ts'

const forever = () => new AbortController().signal
const WRITE: UpstreamCall = { method: 'PUT', target: 'Observation/1', body: '{}', ifMatch: 'W/"3"', patient: 'alice' }
const DONE: UpstreamAnswer = {
  kind: 'answer',
  status: 200,
  headers: new Map([['etag', 'W/"4"']]),
  body: Buffer.from(''),
}

let steps: string[]
let rows: Row[]
let isJournalDown: boolean
let answer: (signal: AbortSignal) => UpstreamAnswer | Promise<UpstreamAnswer>
let upstream: Upstream
beforeEach(() => {
  steps = []
  rows = []
  isJournalDown = false
  answer = () => DONE
  const journal = {
    async add(row: Row) {
      if (isJournalDown) throw new Error('down')
      steps.push('add')
      rows.push(row)
    },
    async settle(row: Row, changes: readonly { action: string }[]) {
      if (isJournalDown) throw new Error('down')
      expect(row).toBe(rows[0])
      steps.push(`settle ${changes.map(({ action }) => action)}`)
    },
  }
  upstream = withJournal({
    upstream: madeUpUpstream(({ target }, signal) => {
      steps.push(`send ${target}`)
      return answer(signal)
    }),
    journal,
    patienceMs: 1_000,
    clock: () => new Date('2026-03-01T09:30:00Z'),
    log: pino({ level: 'silent' }),
    onChange: () => steps.push('wake'),
  })
})

describe('SEED-56: a write', () => {
  test('is in the journal before the server sees it, and what came of it before the caller does', async () => {
    expect(await upstream.send(WRITE, forever())).toBe(DONE)
    expect(steps).toEqual(['add', 'send Observation/1', 'settle updated', 'wake'])
  })

  test('is journalled with who asked for it, what it attempts, and how long it may take', async () => {
    const actor = { clientId: 'app', subject: 's', person: 'Practitioner/nora', scope: '' }
    const trace = { givenId: undefined, traceparent: undefined }
    const context = { requestId: 'r1', ...trace, method: 'PUT', address: '203.0.113.9', actor }
    await inRequest(context, () => upstream.send(WRITE, forever()))
    expect(rows).toEqual([
      {
        key: expect.stringMatching(/^2026-03-01T09:30:00\.000Z_/),
        begunAt: '2026-03-01T09:30:00.000Z',
        inFlightUntil: '2026-03-01T09:30:01.500Z',
        who: { requestId: 'r1', address: '203.0.113.9', clientId: 'app', person: 'Practitioner/nora' },
        state: {
          kind: 'pending',
          attempts: [{ interaction: 'update', type: 'Observation', id: '1', base: '3', patient: 'alice' }],
        },
      },
    ])
  })

  test('that cannot be journalled is not sent', async () => {
    isJournalDown = true
    expect(await upstream.send(WRITE, forever())).toEqual({ kind: 'failed', reason: 'unreachable' })
    expect(steps).toEqual([])
  })

  test('that was refused leaves nothing to deliver', async () => {
    answer = () => ({ ...DONE, kind: 'answer', status: 412 })
    await upstream.send(WRITE, forever())
    expect(steps).toEqual(['add', 'send Observation/1', 'settle '])
  })

  test('of which the answer does not tell stays as it is, to be reconciled', async () => {
    answer = () => ({ kind: 'failed', reason: 'unanswered' })
    expect(await upstream.send(WRITE, forever())).toEqual({ kind: 'failed', reason: 'unanswered' })
    expect(steps).toEqual(['add', 'send Observation/1'])
  })

  test('that was carried out is answered, though the journal is gone by then', async () => {
    answer = () => {
      isJournalDown = true
      return DONE
    }
    expect(await upstream.send(WRITE, forever())).toBe(DONE)
    expect(steps).toEqual(['add', 'send Observation/1'])
  })

  test('is seen through when the caller leaves meanwhile, who is not kept waiting', async () => {
    const caller = new AbortController()
    let finish = (_done: UpstreamAnswer) => {}
    answer = (signal) => {
      signal.addEventListener('abort', () => steps.push('cancelled'))
      return new Promise((resolve) => {
        finish = resolve
        caller.abort()
      })
    }
    expect(await upstream.send(WRITE, caller.signal)).toEqual({ kind: 'failed', reason: 'cancelled' })
    finish(DONE)
    await new Promise((resolve) => setImmediate(resolve))
    expect(steps).toEqual(['add', 'send Observation/1', 'settle updated', 'wake'])
  })

  test('of a caller who leaves while it is journalled is not begun', async () => {
    const caller = new AbortController()
    const sent = upstream.send(WRITE, caller.signal)
    caller.abort()
    expect(await sent).toEqual({ kind: 'failed', reason: 'cancelled' })
    expect(steps).toEqual(['add', 'settle '])
  })

  test('of a caller who has left before is not begun', async () => {
    expect(await upstream.send(WRITE, AbortSignal.abort())).toEqual({ kind: 'failed', reason: 'cancelled' })
    expect(steps).toEqual([])
  })
})

test('SEED-56: what changes nothing is not journalled, and ends with its caller', async () => {
  answer = (signal) => {
    steps.push(String(signal.aborted))
    return DONE
  }
  await upstream.send({ method: 'GET', target: 'Observation/1' }, AbortSignal.abort())
  await upstream.stream({ method: 'GET', target: 'Observation' }, forever())
  expect(steps).toEqual(['send Observation/1', 'true', 'send Observation', 'false'])
})
