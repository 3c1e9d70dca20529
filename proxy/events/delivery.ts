// Delivers what the journal holds, in its order, at least once: by one replica at a time, again until it is taken. What follows
// a write of which nobody knows yet what came of it waits, if it is about the same patient or record.

import type { Logger } from 'pino'
import type { CompleteAbandoned } from './abandoned.ts'
import { backOffMs } from './back-off.ts'
import { byKey } from './by-key.ts'
import { orderKeyOf } from './change.ts'
import type { Journal, StoredRow } from './journal.ts'
import type { Lease } from './lease.ts'
import type { Message, Sink } from './sink.ts'

export type DeliveryDeps = {
  journal: Pick<Journal, 'pages' | 'remove'>
  lease: Lease
  sink: Sink
  completeAbandoned: CompleteAbandoned
  /** In the form in which they go out; none for a row that is still pending. */
  messagesOf: (row: StoredRow) => Message[]
  clock: () => Date
  log: Logger
}

export type Delivery = {
  state(): DeliveryState
  /** There is something new: no need to wait for the next look. */
  wake(): void
  /** Ends after what is under way, and lets another replica go on at once. */
  close(): Promise<void>
}

export type DeliveryState = {
  /** Changes that are not delivered yet, as of the last look; undefined: another process delivers. */
  waiting: number | undefined
  isFailing: boolean
}

/** How often the journal is looked at for what other replicas wrote. */
const LOOK_EVERY_MS = 1_000

type Ready = { row: StoredRow; messages: readonly Message[] }

export function startDelivery(deps: DeliveryDeps): Delivery {
  const { journal, lease, sink, completeAbandoned, messagesOf, clock, log } = deps
  let isClosed = false
  let isAwake = false
  const state: DeliveryState = { waiting: undefined, isFailing: false }
  let stopWaiting = () => {}
  const onFailure = (error: unknown, key: string) => log.error({ err: error, key }, 'change events are not taken')
  const sending = byKey({ sink, clock, onFailure })

  /** @returns the keys of which not all was taken */
  async function deliver(ready: readonly Ready[]): Promise<ReadonlySet<string>> {
    if (ready.length === 0) return new Set()
    const notTaken = await sending.deliver(ready.flatMap(({ messages }) => messages))
    const done = ready.filter(({ messages }) => messages.every(({ key }) => !notTaken.has(key)))
    await journal.remove(done.map(({ row }) => row.key))
    return notTaken
  }

  async function look(): Promise<void> {
    const held = new Set(sending.resting())
    const abandoned: StoredRow[] = []
    const now = clock().toISOString()
    let seen = 0
    let taken = 0
    for await (const page of journal.pages()) {
      const ready: Ready[] = []
      seen += page.length
      for (const row of page) {
        const messages = messagesOf(row)
        const { state } = row
        const isPending = state.kind === 'pending'
        const keys = isPending ? state.attempts.map(orderKeyOf) : messages.map(({ key }) => key)
        if (!isPending && !keys.some((key) => key !== undefined && held.has(key))) ready.push({ row, messages })
        else for (const key of keys) if (key !== undefined) held.add(key)
        if (isPending && row.inFlightUntil < now) abandoned.push(row)
      }
      const notTaken = await deliver(ready)
      for (const key of notTaken) held.add(key)
      taken += ready.filter(({ messages }) => messages.every(({ key }) => !notTaken.has(key))).length
      if (isClosed || !(await lease.hold())) return
    }
    state.waiting = seen - taken
    if (await completeAbandoned(abandoned)) isAwake = true
  }

  async function run(): Promise<void> {
    for (let failures = 0; !isClosed; ) {
      isAwake = false
      try {
        if (await lease.hold()) await lease.keeping(look)
        else state.waiting = undefined
        if (failures > 0) log.info('change events are delivered again')
        failures = 0
        state.isFailing = false
      } catch (error) {
        failures += 1
        state.isFailing = true
        log.error({ err: error, failures }, 'change events cannot be delivered')
      }
      if (failures > 0) await waiting(backOffMs(failures), 'whatever comes')
      else if (!isAwake) await waiting(LOOK_EVERY_MS, 'until something is new')
    }
  }

  /** What is new does not make a broken way whole: then only the end counts. */
  function waiting(milliseconds: number, how: 'whatever comes' | 'until something is new'): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, isClosed ? 0 : milliseconds)
      stopWaiting = () => {
        if (how === 'whatever comes' && !isClosed) return
        clearTimeout(timer)
        resolve()
      }
    })
  }

  const ended = run()
  return {
    state: () => state,
    wake() {
      isAwake = true
      stopWaiting()
    },
    async close() {
      isClosed = true
      stopWaiting()
      await ended
      await lease
        .release()
        .catch((error: unknown) => log.warn({ err: error }, 'the lease of delivery runs out by itself'))
      await sink.close()
    },
  }
}
