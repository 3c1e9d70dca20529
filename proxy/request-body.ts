// The body of a request, bounded.

import type { IncomingMessage } from 'node:http'
import getRawBody from 'raw-body'
import { type Answer, refusal } from './answer.ts'

/** @param named what the body is, for the sentences of a refusal: `form` */
export async function readRequestBody(
  request: IncomingMessage,
  { limit, named }: { limit: number; named: string },
): Promise<Buffer | Answer> {
  const length = request.headers['content-length']
  try {
    return await getRawBody(request, { limit, ...(length === undefined ? {} : { length }) })
  } catch (error) {
    const isTooLarge = (error as { type?: unknown }).type === 'entity.too.large'
    return isTooLarge
      ? refusal(413, 'too-long', `The ${named} is too large.`)
      : refusal(400, 'invalid', `The ${named} could not be read.`)
  }
}
