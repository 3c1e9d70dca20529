import { expect, test } from '@jest/globals'
import { pino } from 'pino'
import type { AuditRecord } from '../../smart/audit/audit.ts'
import { accessRecord } from '../../test/testing/access-record.ts'
import { createQueue, type QueueSettings } from './queue.ts'

const record = (id: string, clientId = 'app') => accessRecord({ id, actor: clientId === '' ? {} : { clientId } })
const records = (...ids: string[]) => ids.map((id) => record(id))

/** A sink whose writes the test lets through, one by one. */
function heldSink(batch = 2) {
  const written: string[][] = []
  const held: { records: readonly AuditRecord[]; take(refused?: number): void; fail(): void }[] = []
  const sink = {
    name: 'held',
    batch,
    write: (given: readonly AuditRecord[]) =>
      new Promise<number>((resolve, reject) => {
        const take = (refused = 0) => {
          written.push(given.map(({ id }) => id))
          resolve(refused)
        }
        held.push({ records: given, take, fail: () => reject(new Error('Patient/ana is not written')) })
      }),
  }
  return { sink, written, held }
}

function queueOver(settings: Partial<QueueSettings> & Pick<QueueSettings, 'sink'>) {
  const lines: string[] = []
  const pauses: number[] = []
  const queue = createQueue({
    limit: 4,
    isRequired: false,
    log: pino({ level: 'trace' }, { write: (line: string) => void lines.push(line) }),
    pause: async (milliseconds) => void pauses.push(milliseconds),
    ...settings,
  })
  return { queue, lines, pauses }
}
/** All that waits for nothing but a turn. */
const settled = () => new Promise((resolve) => setImmediate(resolve))

test('SEED-66: what is added is written in its order, some at a time, while nobody waits for it', async () => {
  const { sink, written, held } = heldSink()
  const { queue } = queueOver({ sink })
  queue.add(records('a', 'b', 'c'))
  expect(queue.state()).toEqual({ waiting: 3, lost: 0, isFailing: false })
  held[0]?.take()
  await settled()
  held[1]?.take()
  await queue.drained(new AbortController().signal)
  expect(written).toEqual([['a', 'b'], ['c']])
  expect(queue.state()).toEqual({ waiting: 0, lost: 0, isFailing: false })
  queue.add(records('d'))
  held[2]?.take()
  await settled()
  expect(written.at(-1)).toEqual(['d'])
})

test('SEED-66: what a sink could not take is tried again, ever more rarely, and told once, without its words', async () => {
  const { sink, written, held } = heldSink()
  const { queue, lines, pauses } = queueOver({ sink })
  queue.add(records('a'))
  for (let attempt = 0; attempt < 8; attempt += 1) {
    held[attempt]?.fail()
    await settled()
    expect(queue.isWritable()).toBe(false)
  }
  held[8]?.take()
  await settled()
  expect(written).toEqual([['a']])
  expect([queue.isWritable(), queue.state()]).toEqual([true, { waiting: 0, lost: 0, isFailing: false }])
  expect(pauses).toEqual([500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000, 15_000])
  expect(lines.map((line) => JSON.parse(line).msg)).toEqual([
    'audit records cannot be written',
    'audit records are written again',
  ])
  expect(lines.join()).not.toContain('ana')
})

test('SEED-66: beyond the limit records are lost, counted and told of; not where they are required', async () => {
  for (const [isRequired, lost, waiting] of [
    [false, 2, 4],
    [true, 0, 6],
  ] as const) {
    const { sink } = heldSink()
    const { queue, lines } = queueOver({ sink, isRequired })
    queue.add(records('a', 'b', 'c', 'd', 'e', 'f'))
    expect([queue.state(), queue.isWritable()]).toEqual([{ waiting, lost, isFailing: false }, false])
    expect(lines.length).toBe(lost === 0 ? 0 : 1)
  }
})

test('SEED-66: strangers take no more than half of the room', () => {
  const { sink } = heldSink()
  const { queue } = queueOver({ sink, isRequired: true })
  queue.add(['a', 'b', 'c'].map((id) => record(id, '')))
  expect(queue.state()).toMatchObject({ waiting: 2, lost: 1 })
  queue.add(records('d'))
  expect([queue.state().waiting, queue.isWritable()]).toEqual([3, true])
})

test('SEED-66: what a sink will never take is counted as lost, and does not hold up the rest', async () => {
  const { sink, written, held } = heldSink()
  const { queue } = queueOver({ sink })
  queue.add(records('a', 'b', 'c'))
  held[0]?.take(1)
  await settled()
  held[1]?.take()
  await settled()
  expect([written.flat(), queue.state()]).toEqual([['a', 'b', 'c'], { waiting: 0, lost: 1, isFailing: false }])
})

test('at the end of the process the rest is waited for, and no longer than may be', async () => {
  const { sink } = heldSink()
  const { queue } = queueOver({ sink })
  await queue.drained(AbortSignal.abort())
  queue.add(records('a'))
  const patience = new AbortController()
  const drained = queue.drained(patience.signal)
  patience.abort()
  await drained
  expect(queue.state().waiting).toBe(1)
})
