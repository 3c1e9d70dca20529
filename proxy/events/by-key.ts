// Messages of one key one after the other, those of different keys beside each other; what does not get through is tried again
// later and later, and holds up nothing but its own key.

import { backOffMs } from './back-off.ts'
import type { Message, Sink } from './sink.ts'

export type ByKey = {
  /**
   * @returns the keys of which not all was taken
   * @throws when nothing was: then it is the way that is broken, and not one of the messages
   */
  deliver(messages: readonly Message[]): Promise<ReadonlySet<string>>
  /** Keys that are not to be tried yet. */
  resting(): string[]
}

const AT_ONCE = 16
/** With so many more failures than successes the way is taken to be broken: the rest is not tried. */
const MANY = 3

export function byKey({
  sink,
  clock,
  onFailure,
}: {
  sink: Pick<Sink, 'deliver'>
  clock: () => Date
  onFailure: (error: unknown, key: string) => void
}): ByKey {
  const stuck = new Map<string, { failures: number; tryAgainAt: number }>()

  function failed(key: string, error: unknown): void {
    const failures = (stuck.get(key)?.failures ?? 0) + 1
    stuck.set(key, { failures, tryAgainAt: clock().getTime() + backOffMs(failures) })
    onFailure(error, key)
  }

  return {
    async deliver(messages) {
      const waiting = [...Map.groupBy(messages, ({ key }) => key)].reverse()
      const notTaken = new Set(waiting.map(([key]) => key))
      const failures = new Map<string, unknown>()
      let taken = 0
      const work = async () => {
        for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
          const [key, ofKey] = next
          try {
            await sink.deliver(ofKey)
            taken += 1
            notTaken.delete(key)
            stuck.delete(key)
          } catch (error) {
            failures.set(key, error)
          }
          if (failures.size > taken + MANY) return
        }
      }
      await Promise.all(Array.from({ length: AT_ONCE }, work))
      const [first] = failures
      if (first !== undefined && taken === 0) throw first[1]
      for (const [key, error] of failures) failed(key, error)
      return notTaken
    },

    resting() {
      const now = clock().getTime()
      return [...stuck].filter(([, { tryAgainAt }]) => tryAgainAt > now).map(([key]) => key)
    },
  }
}
