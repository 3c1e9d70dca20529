// The processors that come with the proxy, by the names that an operator's file uses. None is on by itself.

/** Each is loaded when it is used. */
export const BUILT_IN: ReadonlyMap<string, () => Promise<{ default: unknown }>> = new Map([
  ['date-sort', () => import('./date-sort.ts')],
  ['transaction-to-batch', () => import('./transaction-to-batch.ts')],
])
