// The launch context and persona of each grant. A row of its own: the library's Grant keeps no other properties.
import type { GrantContext } from '../../smart/launch-context.ts'
import type { RecordStore } from './record-store.ts'

export type GrantContexts = {
  save(grantId: string, context: GrantContext): Promise<void>
  find(grantId: string): Promise<GrantContext | undefined>
}

export function grantContexts(store: RecordStore): GrantContexts {
  return {
    save: (grantId, context) => store.put('GrantContext', grantId, context, undefined),
    find: async (grantId) => (await store.find('GrantContext', grantId))?.value as GrantContext | undefined,
  }
}
