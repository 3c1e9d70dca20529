// Where events go. What is common to all ways: messages of one key one after the other, those of different keys beside each other.

export type Message = {
  /** The same whenever it is sent again. */
  id: string
  /** What must stay in order. */
  key: string
  contentType: string
  body: string
}

export interface Sink {
  /** Resolves when all were taken. Rejects when any may not have been: then all come again. */
  deliver(messages: readonly Message[]): Promise<void>
  close(): Promise<void>
}

const KEYS_AT_ONCE = 16

/**
 * When one fails no further key is begun, and it is told after those under way have ended: nothing goes on beside the next try.
 * @param take called with all messages of one key, in their order
 */
export async function forEachKey(
  messages: readonly Message[],
  take: (messages: readonly Message[], key: string) => Promise<void>,
): Promise<void> {
  const waiting = [...Map.groupBy(messages, ({ key }) => key)].reverse()
  const failures: unknown[] = []
  const work = async () => {
    for (let next = waiting.pop(); next !== undefined && failures.length === 0; next = waiting.pop())
      await take(next[1], next[0]).catch((error: unknown) => failures.push(error))
  }
  await Promise.all(Array.from({ length: KEYS_AT_ONCE }, work))
  if (failures.length > 0) throw failures[0]
}
