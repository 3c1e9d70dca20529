// Accounts that may not sign in here any more, whatever their identity provider says (REF-09).
import type { RecordStore } from '../storage/record-store.ts'

export type Accounts = {
  disable(sub: string): Promise<void>
  enable(sub: string): Promise<void>
  isDisabled(sub: string): Promise<boolean>
}

export function accountStore(store: RecordStore): Accounts {
  return {
    disable: (sub) => store.put('DisabledAccount', sub, {}, undefined),
    enable: (sub) => store.remove('DisabledAccount', sub),
    isDisabled: async (sub) => (await store.find('DisabledAccount', sub)) !== undefined,
  }
}
