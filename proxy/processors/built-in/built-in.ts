// The processors that come with the proxy, by the names that an operator's file uses. None is on by itself.

type Load = () => Promise<{ default: unknown }>

/** Each is loaded when it is used. */
export const BUILT_IN: ReadonlyMap<string, Load> = new Map<string, Load>([
  ['blob-copy', () => import('./blob-copy.ts')],
  ['date-sort', () => import('./date-sort.ts')],
  ['de-identify', () => import('./de-identify.ts')],
  ['profile-validation', () => import('./profile-validation.ts')],
  ['transaction-to-batch', () => import('./transaction-to-batch.ts')],
])
