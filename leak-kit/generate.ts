// The list of requests: drawn by chance, the same for the same seed, none of them twice.

import type { Known } from './known.ts'
import { createRandom, type Random } from './random.ts'
import { pathTrickOf, readOf, searchOf, wideOf } from './reads.ts'
import { type KitRequest, printRequest } from './request.ts'
import { bundleOf, writeOf } from './writes.ts'

export type GenerateSettings = {
  seed: number
  count: number
  /** Also requests that change something where they are let through. */
  hasWrites: boolean
}

/** Out of a hundred. */
const SHARES = { search: 55, read: 15, wide: 8, pathTrick: 6, write: 9 } as const

/** Writes come last: what they change is the same in both worlds, and readers do not meet them half done. */
export function generateRequests(known: Known, { seed, count, hasWrites }: GenerateSettings): KitRequest[] {
  const random = createRandom(seed)
  const requests = new Map<string, KitRequest>()
  // A small world has fewer different requests than were asked for.
  for (let tries = 0; requests.size < count && tries < count * 10; tries++) {
    const request = drawn(known, random, hasWrites)
    requests.set(printRequest(request), request)
  }
  const all = [...requests.values()]
  return [...all.filter(({ writes }) => writes !== true), ...all.filter(({ writes }) => writes === true)]
}

function drawn(known: Known, random: Random, hasWrites: boolean): KitRequest {
  let roll = random.next() * 100
  const falls = (share: number): boolean => {
    roll -= share
    return roll < 0
  }
  if (falls(SHARES.search)) return searchOf(known, random)
  if (falls(SHARES.read)) return readOf(known, random)
  if (falls(SHARES.wide)) return wideOf(known, random)
  if (falls(SHARES.pathTrick)) return pathTrickOf(known, random)
  if (falls(SHARES.write)) return hasWrites ? writeOf(known, random) : searchOf(known, random)
  return bundleOf(known, random, hasWrites && random.chance(0.4))
}
