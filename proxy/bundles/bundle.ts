// What comes to the base as a Bundle: a batch or a transaction.

import { followBundle } from '../audit/trail.ts'
import type { Fhir } from '../fhir.ts'
import type { createBatch } from './batch.ts'
import { readBundle } from './bundle-entries.ts'
import type { createTransaction } from './transaction.ts'

export function createBundle(parts: {
  batch: ReturnType<typeof createBatch>
  transaction: ReturnType<typeof createTransaction>
}): Fhir {
  return async ({ access, actor, holder, admit, signal, written }) => {
    const bundle = readBundle({ body: written?.body ?? '', contentType: written?.contentType ?? '' })
    if ('status' in bundle) return bundle
    const { type, entries } = bundle
    followBundle(type)
    const over = await admit?.(entries.length)
    const returns = written?.returns ?? 'representation'
    return over ?? parts[type]({ access, actor, holder, signal, entries, returns })
  }
}
