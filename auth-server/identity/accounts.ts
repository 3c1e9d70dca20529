// Accounts that may not sign in here any more, whatever their identity provider says (REF-09). What was ended and what is
// disabled is one row: a disabled account is one whose grants are ended for all time to come.
import { type EndingRow, endingKey } from '../grants/endings.ts'
import type { RecordStore } from '../storage/record-store.ts'

export type Accounts = {
  disable(sub: string): Promise<void>
  /** What was ended stays ended. */
  enable(sub: string): Promise<void>
  isDisabled(sub: string): Promise<boolean>
}

const FOREVER = Number.MAX_SAFE_INTEGER

export function accountStore(store: RecordStore, now: () => number): Accounts {
  const key = (sub: string) => endingKey('user', sub)
  return {
    disable: (sub) => store.put('Ending', key(sub), { at: FOREVER } satisfies EndingRow, undefined),
    enable: (sub) => store.put('Ending', key(sub), { at: now() } satisfies EndingRow, undefined),
    isDisabled: async (sub) => ((await store.find('Ending', key(sub)))?.value as EndingRow | undefined)?.at === FOREVER,
  }
}
