// Chance that can be repeated: the same seed gives the same requests on every machine.

export type Random = {
  /** From 0 up to and without 1. */
  next(): number
  /** One of them; there is at least one. */
  pick<T>(from: readonly T[]): T
  chance(probability: number): boolean
}

/** Mulberry32: small, and good enough to mix requests. Nothing secret comes of it. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
  return {
    next,
    pick: <T>(from: readonly T[]): T => from[Math.floor(next() * from.length)] as T,
    chance: (probability) => next() < probability,
  }
}
