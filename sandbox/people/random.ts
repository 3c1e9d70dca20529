// Repeatable chance: the same seed text gives the same people on every machine.

export type Random = {
  /** 0 <= x < 1 */
  next(): number
  /** Both ends included. */
  int(low: number, high: number): number
  /** Both ends included, rounded to so many decimals. */
  decimal(low: number, high: number, decimals: number): number
  pick<T>(items: readonly T[]): T
  chance(probability: number): boolean
}

/** mulberry32 over an FNV-1a hash of the seed: small, fast, and not for secrets. */
export function createRandom(seed: string): Random {
  let state = 2_166_136_261
  for (const char of seed) state = Math.imul(state ^ char.charCodeAt(0), 16_777_619)
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
  return {
    next,
    int: (low, high) => low + Math.floor(next() * (high - low + 1)),
    decimal: (low, high, decimals) => Number((low + next() * (high - low)).toFixed(decimals)),
    pick: (items) => items[Math.floor(next() * items.length)]!,
    chance: (probability) => next() < probability,
  }
}
