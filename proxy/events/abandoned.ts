// Writes that nobody is at any more, since their process died or their answer was lost: what came of them is found out from
// the FHIR server. One that cannot be asked just now is asked again later, and holds up nothing else.

import type { Logger } from 'pino'
import { backOffMs } from './back-off.ts'
import { mayHaveHappened } from './change.ts'
import type { Journal, StoredRow } from './journal.ts'
import type { Reconcile } from './reconcile.ts'

/** After so long without an answer it may have happened, and what follows goes on. */
const GIVE_UP_AFTER_MS = 60 * 60_000

/** True: some rows are complete now, and can be delivered. Never rejects. */
export type CompleteAbandoned = (rows: readonly StoredRow[]) => Promise<boolean>

export function createCompleteAbandoned(deps: {
  journal: Pick<Journal, 'reconcile'>
  reconcile: Reconcile
  clock: () => Date
  log: Logger
}): CompleteAbandoned {
  const { journal, reconcile, clock, log } = deps
  let failures = 0
  let askAgainAt = 0

  async function complete(row: StoredRow): Promise<void> {
    if (row.state.kind !== 'pending') return
    const { attempts } = row.state
    const isTooLate = clock().getTime() - Date.parse(row.inFlightUntil) > GIVE_UP_AFTER_MS
    const changes = isTooLate ? attempts.map(mayHaveHappened) : await reconcile(attempts, row.begunAt)
    const isDone = await journal.reconcile(row, changes)
    if (isDone) log.warn({ requestId: row.who.requestId, changes: changes.length }, 'a write was reconciled')
  }

  return async (rows) => {
    const now = clock().getTime()
    if (rows.length === 0 || now < askAgainAt) return false
    try {
      for (const row of rows) await complete(row)
      failures = 0
      return true
    } catch (error) {
      failures += 1
      askAgainAt = now + backOffMs(failures)
      log.warn({ err: error }, 'writes cannot be reconciled just now')
      return false
    }
  }
}
