// What a patch would make of a record: worked out only to judge it, the patch itself is what goes upstream (ENF-35).

import { applyPatch, type Operation } from 'rfc6902'
import { z } from 'zod'

const pointer = z.string().regex(/^(\/[^/]*)*$/)
const operationSchema = z.union([
  z.strictObject({ op: z.enum(['add', 'replace', 'test']), path: pointer, value: z.unknown() }),
  z.strictObject({ op: z.literal('remove'), path: pointer }),
  z.strictObject({ op: z.enum(['move', 'copy']), from: pointer, path: pointer }),
])
const patchSchema = z.array(operationSchema).max(200)

export type Patched =
  | { ok: true; resource: unknown; asks: boolean }
  /** `does-not-apply`: the record is not as the patch expects it. */
  | { ok: false; reason: 'malformed' | 'does-not-apply' }

/** JSON Patch (RFC 6902). `asks`: it tests values, which tells the app about them. */
export function patched(stored: unknown, patch: unknown): Patched {
  const parsed = patchSchema.safeParse(patch)
  if (!parsed.success) return { ok: false, reason: 'malformed' }
  const resource = structuredClone(stored)
  const faults = applyPatch(resource, parsed.data as Operation[])
  if (faults.some((fault) => fault !== null)) return { ok: false, reason: 'does-not-apply' }
  return { ok: true, resource, asks: parsed.data.some(({ op }) => op === 'test') }
}
