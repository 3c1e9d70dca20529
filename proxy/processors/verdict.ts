// What a processor gives back, read strictly: a slip of the pen must not pass for "go on".

import { z } from 'zod'
import { type Answer, fhirAnswer } from '../answers/answer.ts'
import { parseJsonBody } from '../answers/body.ts'
import { disclosed } from '../audit/trail.ts'
import type { After, Before, Stop } from './processor.ts'
import { isNobodys, type Records, recordsIn } from './records.ts'

/** What a processor did and must not do. The message is ours: it holds nothing of a record, and is logged. */
export class ProcessorFault extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'ProcessorFault'
  }
}

/** One object, read in one way only; or nothing at all. */
const body = z.string().refine((text) => text === '' || parseJsonBody(text) !== undefined)

const stop = z.strictObject({ kind: z.literal('stop'), status: z.int().min(200).max(599), body })
const before = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('go-on'), path: z.string().exactOptional(), body: z.string().exactOptional() }),
  stop,
])
const after = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('go-on') }),
  z.strictObject({ kind: z.literal('replace'), body }),
  stop,
])

/** @throws ProcessorFault */
export function readBefore(given: unknown): Before {
  return read(before, given)
}

/** @throws ProcessorFault */
export function readAfter(given: unknown): After {
  return read(after, given)
}

function read<T>(schema: z.ZodType<T>, given: unknown): T {
  const verdict = schema.safeParse(given)
  if (verdict.success) return verdict.data
  const places = verdict.error.issues.map(({ path }) => path.join('.') || 'it').join(', ')
  throw new ProcessorFault(`what it gave back cannot be read: ${places}`)
}

/** What a processor answers in place of what was asked. @throws ProcessorFault */
export function stopped({ status, body }: Stop, given: Given): Answer {
  judgeBody(body, given)
  return body === '' ? { status, headers: {}, body } : fhirAnswer(status, body)
}

/** What a processor was given: records of the answer at hand, and those that it asked for or wrote. */
export type Given = { answered?: Records; asked: Records; carriedOut: Records }

/**
 * A processor gives no record but those that it was given. What it asked for and shows is recorded like all that is shown.
 * @throws ProcessorFault
 */
export function judgeBody(text: string, { answered, asked, carriedOut }: Given): void {
  if (text === '') return
  for (const key of recordsIn(JSON.parse(text)).keys()) {
    if (answered?.has(key) || carriedOut.has(key)) continue
    if (asked.has(key)) disclosed(asked.get(key))
    else if (!isNobodys(key)) throw new ProcessorFault('it gave a record that was not given to it')
  }
}
