// The processors that come with the proxy, by the names that an operator's file uses. None is on by itself.

import type { Definition } from '../processor.ts'

/** Loaded when one is used. */
export const BUILT_IN: ReadonlyMap<string, () => Promise<Definition<never>>> = new Map<
  string,
  () => Promise<Definition<never>>
>([])
