// `rotate-keys`: plans the next signing keys in a key file. Servers take them over by themselves, at their time.
import { rename, writeFile } from 'node:fs/promises'
import { createKey } from '../keys/create-key.ts'
import { parseKeyPlan, planNext, SIGNING_ALGORITHMS, signingOrder } from '../keys/key-plan.ts'
import { type Command, readJsonFile, textOf, UsageError } from './command.ts'

/** Everyone who verifies our tokens has fetched our keys anew by then: the longest that is common is a day. */
const DEFAULT_AHEAD_HOURS = 24

export const rotateKeys: Command = {
  name: 'rotate-keys',
  usage: `FILE [--ahead HOURS (${DEFAULT_AHEAD_HOURS})]`,
  about: 'add the next signing keys to a key file; the present ones stay as they are',
  words: 1,
  options: { ahead: { type: 'string' } },
  async run({ words: [file = ''], options }) {
    const hours = Number(textOf(options, 'ahead') ?? DEFAULT_AHEAD_HOURS)
    if (!(hours >= 1 && hours <= 24 * 90)) throw new UsageError('--ahead: 1 to 2160 hours')
    const now = new Date()
    const useFrom = new Date(now.getTime() + hours * 3_600_000)
    const made = await Promise.all(SIGNING_ALGORITHMS.map(createKey))
    try {
      const before = parseKeyPlan(await readJsonFile(file))
      signingOrder(before, now.getTime())
      const after = made.reduce((plan, key) => planNext(plan, key, now, useFrom), before)
      // Whole or not at all: servers read this file while we write.
      await writeFile(`${file}.new`, `${JSON.stringify(after, null, 2)}\n`, { mode: 0o600 })
      await rename(`${file}.new`, file)
    } catch (error) {
      throw new UsageError(`${file}: ${(error as Error).message}`)
    }
    const planned = made.map(({ alg, kid }) => ({ alg, kid, use_from: useFrom.toISOString() }))
    return { value: planned, lines: planned.map((key) => `${key.alg} ${key.kid} signs from ${key.use_from} on`) }
  },
}
