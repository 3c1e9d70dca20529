// How long a sign-in lasts for `online_access`: until sign-out, or its longest time (REF-01).
import { randomToken } from '../random-token.ts'
import type { RecordStore } from '../storage/record-store.ts'

export type Sessions = {
  /** @returns the id of the new session */
  begin(sub: string): Promise<string>
  isLive(id: string): Promise<boolean>
  end(id: string): Promise<void>
}

export function sessionStore(store: RecordStore, lifetimeSeconds: number): Sessions {
  return {
    async begin(sub) {
      const id = randomToken()
      await store.put('SignedIn', id, { sub }, lifetimeSeconds)
      return id
    },
    isLive: async (id) => (await store.find('SignedIn', id)) !== undefined,
    end: (id) => store.remove('SignedIn', id),
  }
}
