// Which profiles records must keep to, by type: stated in the settings, or in a file that is read again when it changes.

import { readFile, stat } from 'node:fs/promises'
import { z } from 'zod'
import { isResourceType } from '../../../smart/fhir/resource-types.ts'
import type { Log } from '../processor.ts'

/** Canonical URLs by type. */
export type Policy = ReadonlyMap<string, readonly string[]>

const type = z.string().refine(isResourceType, 'is no type of R4')
const profiles = z.array(z.url()).min(1)

export const policySchema = z.record(type, profiles).transform((given): Policy => new Map(Object.entries(given)))

/** The same, or as the FHIR Proxy had it. */
const fileSchema = z.union([
  z
    .strictObject({ enforce: z.array(z.strictObject({ resource: type, profiles })) })
    .transform(({ enforce }): Policy => new Map(enforce.map((one) => [one.resource, one.profiles]))),
  policySchema,
])

/**
 * Gives the policy of a file as it is now. One that cannot be read leaves the last one in force, and is told in the log.
 * @throws Error when the file cannot be read at the start
 */
export async function policyOf(file: string, log: Log): Promise<() => Promise<Policy>> {
  let version = await versionOf(file)
  let policy = await readPolicy(file)
  return async () => {
    const now = await versionOf(file).catch(() => 'gone')
    if (now === version) return policy
    version = now
    try {
      policy = await readPolicy(file)
      log('info', 'policy-read', { types: policy.size })
    } catch {
      log('error', 'policy-unreadable')
    }
    return policy
  }
}

async function versionOf(file: string): Promise<string> {
  const { mtimeMs, size, ino } = await stat(file)
  return [mtimeMs, size, ino].join()
}

async function readPolicy(file: string): Promise<Policy> {
  const read = fileSchema.safeParse(JSON.parse(await readFile(file, 'utf8')))
  if (!read.success) throw new Error(`${file} is no policy: it maps types to profiles`)
  return read.data
}
