// How long until the next try, when trying has failed.

const FIRST_MS = 1_000
const LONGEST_MS = 60_000

/** Doubled each time, and spread, so that not all come back at once. */
export function backOffMs(failures: number): number {
  return Math.min(LONGEST_MS, FIRST_MS * 2 ** (failures - 1)) * (0.75 + Math.random() / 4)
}
