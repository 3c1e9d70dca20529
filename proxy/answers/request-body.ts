// The body of a request, bounded.

import type { IncomingMessage } from 'node:http'
import getRawBody from 'raw-body'
import { type Answer, refusal } from './answer.ts'

/** Whoever sends a body byte by byte holds nothing for long. */
const PATIENCE_MS = 15_000

/** @param named what the body is, for the sentences of a refusal: `form` */
export async function readRequestBody(
  request: IncomingMessage,
  { limit, named }: { limit: number; named: string },
): Promise<Buffer | Answer> {
  const length = request.headers['content-length']
  const late = Promise.withResolvers<Answer>()
  const timer = setTimeout(() => late.resolve(refusal(408, 'timeout', `The ${named} came too slowly.`)), PATIENCE_MS)
  try {
    const body = getRawBody(request, { limit, ...(length === undefined ? {} : { length }) })
    return await Promise.race([body, late.promise])
  } catch (error) {
    const isTooLarge = (error as { type?: unknown }).type === 'entity.too.large'
    return isTooLarge
      ? refusal(413, 'too-long', `The ${named} is too large.`)
      : refusal(400, 'invalid', `The ${named} could not be read.`)
  } finally {
    clearTimeout(timer)
  }
}
