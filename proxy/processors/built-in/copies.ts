// What waits to be copied, in memory alone: a few at a time, and no more than there is room for.

export type Copies = {
  /** False: there is no room left, and it is not taken. */
  add(name: string, text: string): boolean
  /** When nothing waits any more. */
  settled(): Promise<void>
}

const AT_ONCE = 4
const MAX_WAITING_BYTES = 64 * 1024 * 1024

/**
 * @param upload tries as often as it is worth, and rejects after that
 * @param onLost what was taken was not copied
 */
export function createCopies(upload: (name: string, text: string) => Promise<void>, onLost: () => void): Copies {
  const waiting: { name: string; text: string }[] = []
  const running = new Set<Promise<void>>()
  let bytes = 0

  function start(): void {
    for (let one = waiting.shift(); one !== undefined; one = waiting.shift()) {
      const { name, text } = one
      const run = upload(name, text)
        .catch(onLost)
        .finally(() => {
          bytes -= Buffer.byteLength(text)
          running.delete(run)
          start()
        })
      running.add(run)
      if (running.size >= AT_ONCE) return
    }
  }

  return {
    add(name, text) {
      const more = Buffer.byteLength(text)
      if (bytes + more > MAX_WAITING_BYTES) return false
      bytes += more
      waiting.push({ name, text })
      if (running.size < AT_ONCE) start()
      return true
    },
    async settled() {
      while (running.size > 0) await Promise.all(running)
    },
  }
}
