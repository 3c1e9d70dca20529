// The journal and what delivers from it, on real tables; the sink is one that the test looks into.
import type { TableClient } from '@azure/data-tables'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { pino } from 'pino'
import { startTables, type Tables } from '../../sandbox/tables/azurite.ts'
import { freePort } from '../../test/testing/free-port.ts'
import { until } from '../../test/testing/until.ts'
import { openTable } from '../table.ts'
import { createCompleteAbandoned } from './abandoned.ts'
import type { Attempt, Change } from './change.ts'
import { type Delivery, startDelivery } from './delivery.ts'
import { messagesOf } from './form.ts'
import { createJournal, type Journal, type Row, type StoredRow } from './journal.ts'
import { createLease } from './lease.ts'
import type { Reconcile } from './reconcile.ts'
import { NotAnswered } from './server-history.ts'
import type { Sink } from './sink.ts'

const log = pino({ level: 'silent' })
let azurite: Tables
let table: TableClient
let journal: Journal
const running: Delivery[] = []
/** A clock that the test moves. */
let now = Date.parse('2026-03-01T09:30:00Z')
const clock = () => new Date(now)

const openFresh = () => {
  const settings = { url: azurite.url, namedKey: { account: azurite.account, key: azurite.key } }
  return openTable(settings, `t${crypto.randomUUID().replaceAll('-', '')}`)
}
beforeAll(async () => {
  azurite = await startTables({ port: await freePort() })
})
afterAll(() => azurite.stop())
beforeEach(() => {
  table = openFresh()
  journal = createJournal(table)
})
afterEach(async () => {
  await Promise.all(running.splice(0).map((one) => one.close()))
})

let begun = 0
const rowOf = (state: Row['state']): Row => {
  begun += 1
  return {
    key: `2026-03-01T09:30:00.${String(begun).padStart(3, '0')}Z_k`,
    begunAt: clock().toISOString(),
    inFlightUntil: new Date(now + 60_000).toISOString(),
    who: { requestId: `r${begun}`, address: '' },
    state,
  }
}
const attempt = (id: string, patient = 'alice'): Attempt => ({
  interaction: 'update',
  type: 'Observation',
  id,
  patient,
})
const change = (id: string, patient = 'alice'): Change => ({
  ...attempt(id, patient),
  action: 'updated',
  versionId: '2',
})
const pending = (...attempts: Attempt[]) => rowOf({ kind: 'pending', attempts })
async function changed(...changes: Change[]): Promise<Row> {
  const row = pending(...changes)
  await journal.add(row)
  await journal.settle(row, changes)
  return row
}
async function rows(): Promise<StoredRow[]> {
  const found: StoredRow[] = []
  for await (const page of journal.pages()) found.push(...page)
  return found
}

type TakingSink = Sink & {
  taken: string[]
  isDown: boolean
  tries: number
  /** Events that it takes for nonsense. */
  refused: Set<string>
}
function takingSink(): TakingSink {
  const sink: TakingSink = {
    taken: [],
    isDown: false,
    tries: 0,
    refused: new Set(),
    async deliver(messages) {
      sink.tries += 1
      if (sink.isDown) throw new Error('down')
      for (const { id: text } of messages) {
        const id = text.split('/')[1] ?? ''
        if (sink.refused.has(id)) throw new Error('refused')
        sink.taken.push(id)
      }
    },
    close: async () => undefined,
  }
  return sink
}
function start(sink: Sink, { holder = 'one', reconcile = (async () => []) as Reconcile } = {}): Delivery {
  const delivery = startDelivery({
    journal,
    lease: createLease({ table, holder, clock }),
    sink,
    completeAbandoned: createCompleteAbandoned({ journal, reconcile, clock, log }),
    messagesOf: (row) => messagesOf(row, { form: 'cloudevents', fhirBase: 'https://smart.example/fhir' }),
    clock,
    log,
  })
  running.push(delivery)
  return delivery
}

describe('SEED-56: the journal', () => {
  test('makes its table with the first row, and gives rows in the order in which their writes began', async () => {
    expect(await rows()).toEqual([])
    const written = [pending(attempt('1')), pending(attempt('2')), pending(attempt('3'))]
    for (const row of written.toReversed()) await journal.add(row)
    expect((await rows()).map(({ etag: _etag, ...row }) => row)).toEqual(written)
  })

  test('holds a transaction of 200 entries, and texts of any script', async () => {
    const entry = (at: number) => ({ ...attempt(`entry-${at}-${'x'.repeat(50)}`), likeness: 'y'.repeat(43) })
    const row = pending(...Array.from({ length: 200 }, (_, at) => entry(at)))
    row.who.clientId = 'Gerät 💉'
    await journal.add(row)
    expect(await rows()).toEqual([{ ...row, etag: expect.any(String) }])
  })

  test('what a write’s own process says of it counts, also after it was reconciled', async () => {
    const row = pending(attempt('1'))
    await journal.add(row)
    const [stored] = await rows()
    expect(await journal.reconcile(stored as StoredRow, [])).toBe(true)
    await journal.settle(row, [change('1')])
    expect(await rows()).toMatchObject([{ state: { kind: 'changed' } }])
  })

  test('what is reconciled late leaves alone what the process has said meanwhile', async () => {
    const row = pending(attempt('1'))
    await journal.add(row)
    const [stored] = await rows()
    await journal.settle(row, [change('1')])
    expect(await journal.reconcile(stored as StoredRow, [])).toBe(false)
    expect(await journal.reconcile(stored as StoredRow, [change('9')])).toBe(false)
    expect(await rows()).toMatchObject([{ state: { changes: [{ id: '1' }] } }])
  })

  test('a write that changed nothing leaves no row', async () => {
    const row = pending(attempt('1'))
    await journal.add(row)
    await journal.settle(row, [])
    expect(await rows()).toEqual([])
  })
})

describe('SEED-56: delivery', () => {
  test('in order, more than a page of them, and each row is removed', async () => {
    const ids = Array.from({ length: 250 }, (_, at) => String(at))
    await Promise.all(ids.map((id) => changed(change(id))))
    const sink = takingSink()
    start(sink)
    await until(() => sink.taken.length >= ids.length)
    expect(sink.taken).toEqual(ids)
    await Promise.all(running.splice(0).map((one) => one.close()))
    expect(await rows()).toEqual([])
  })

  test('is tried again until it is taken', async () => {
    await changed(change('1'))
    const sink = takingSink()
    sink.isDown = true
    start(sink)
    await until(() => sink.tries > 0)
    await changed(change('2'))
    sink.isDown = false
    await until(() => sink.taken.length === 2)
    expect(sink.taken).toEqual(['1', '2'])
  })

  test('one event that is not taken holds up what is about the same patient, and nobody else', async () => {
    await changed(change('1'))
    await changed(change('2'))
    await changed(change('3', 'bob'))
    const sink = takingSink()
    sink.refused.add('1')
    const delivery = start(sink)
    await until(() => sink.taken.length === 1)
    await changed(change('4', 'bob'))
    delivery.wake()
    await until(() => sink.taken.length === 2)
    expect(sink.taken).toEqual(['3', '4'])
    sink.refused.clear()
    now += 60_000
    delivery.wake()
    await until(() => sink.taken.length === 4)
    expect(sink.taken.slice(2)).toEqual(['1', '2'])
  })

  test('of a transaction of which one event is not taken, all come again', async () => {
    await changed(change('1'), change('2', 'bob'))
    await changed(change('3', 'bob'))
    const sink = takingSink()
    sink.refused.add('1')
    const delivery = start(sink)
    await until(() => sink.taken.length === 2)
    sink.refused.clear()
    now += 60_000
    delivery.wake()
    await until(() => sink.taken.length === 4)
    expect(sink.taken).toEqual(['2', '3', expect.anything(), expect.anything()])
    expect(sink.taken.slice(2).toSorted()).toEqual(['1', '2'])
  })

  test('what follows a write that is under way waits for it, if it is about the same patient; others go on', async () => {
    const first = pending(attempt('1'))
    await journal.add(first)
    await changed(change('2'))
    await changed(change('3', 'bob'))
    const sink = takingSink()
    const delivery = start(sink)
    await until(() => sink.taken.length === 1)
    expect(sink.taken).toEqual(['3'])
    await journal.settle(first, [change('1')])
    delivery.wake()
    await until(() => sink.taken.length === 3)
    expect(sink.taken).toEqual(['3', '1', '2'])
  })

  test('one replica at a time; another takes over at once when it ends, and after a while when it dies', async () => {
    const [one, two] = [takingSink(), takingSink()]
    await changed(change('1'))
    const first = start(one)
    await until(() => one.taken.length === 1)
    const second = start(two, { holder: 'two' })
    await changed(change('2'))
    second.wake()
    first.wake()
    await until(() => one.taken.length === 2)
    await first.close()
    await changed(change('3'))
    second.wake()
    await until(() => two.taken.length === 1)
    expect([one.taken, two.taken]).toEqual([['1', '2'], ['3']])
  })
})

describe('SEED-56: a write that nobody is at any more', () => {
  test('is reconciled after its time, not before, and then delivered', async () => {
    await journal.add(pending(attempt('1')))
    await changed(change('2', 'bob'))
    const sink = takingSink()
    const delivery = start(sink, { reconcile: async ([one]) => [change(one?.id ?? '')] })
    await until(() => sink.taken.length === 1)
    expect(sink.taken).toEqual(['2'])
    now += 61_000
    delivery.wake()
    await until(() => sink.taken.length === 2)
    expect(sink.taken).toEqual(['2', '1'])
  })

  test('of which the server does not tell holds up its patient alone; after an hour it may have happened', async () => {
    await journal.add(pending(attempt('1')))
    await changed(change('2'))
    let asked = 0
    const reconcile: Reconcile = async () => {
      asked += 1
      throw new NotAnswered('down')
    }
    now += 61_000
    const sink = takingSink()
    const delivery = start(sink, { reconcile })
    await until(() => asked === 1)
    await changed(change('3', 'bob'))
    delivery.wake()
    await until(() => sink.taken.length === 1)
    expect(sink.taken).toEqual(['3'])
    now += 3_600_000
    delivery.wake()
    await until(() => sink.taken.length === 3)
    expect(sink.taken.slice(1)).toEqual(['0', '2'])
  })
})

describe('SEED-56: the lease of delivery', () => {
  const leaseOf = (holder: string) => createLease({ table, holder, clock })

  test('is held by one, kept by it, and free when it is not renewed', async () => {
    await table.createTable()
    const [one, two] = [leaseOf('one'), leaseOf('two')]
    expect([await one.hold(), await two.hold(), await one.hold()]).toEqual([true, false, true])
    now += 5_000
    expect([await one.hold(), await two.hold()]).toEqual([true, false])
    now += 11_000
    expect([await two.hold(), await one.hold()]).toEqual([true, false])
  })

  test('of many that want it at one time one gets it', async () => {
    await table.createTable()
    const held = await Promise.all(['a', 'b', 'c', 'd', 'e'].map((holder) => leaseOf(holder).hold()))
    expect(held.filter((isHeld) => isHeld)).toHaveLength(1)
  })

  test('is kept while the work takes long', async () => {
    await table.createTable()
    const [one, two] = [leaseOf('one'), leaseOf('two')]
    await one.hold()
    await one.keeping(async () => {
      now += 9_000
      // Asked for by several at one time, and taken once.
      expect(await Promise.all([one.hold(), one.hold(), one.hold()])).toEqual([true, true, true])
      now += 9_000
      expect(await two.hold()).toBe(false)
    })
  })

  test('is given back', async () => {
    await table.createTable()
    const [one, two] = [leaseOf('one'), leaseOf('two')]
    await one.hold()
    await one.release()
    expect(await two.hold()).toBe(true)
  })
})
