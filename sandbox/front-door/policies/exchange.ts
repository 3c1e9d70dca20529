// One request on its way through the policies, and what they make of it.

import type { IncomingMessage } from 'node:http'
import type { Context } from './expression.ts'

export type Answer = { status: number; headers: Record<string, string>; body: string | Buffer }

export type Exchange = {
  request: IncomingMessage
  context: Context
  /** Headers of whatever is answered, such as those of CORS. */
  given: Record<string, string>
  /** Where it goes on; undefined: nowhere yet. */
  target?: string
  /** Under which its answer is kept; undefined: it is not. */
  cacheKey?: string
  /** From the service, headers that policies may change; body as far as it is read. */
  response?: IncomingMessage
}

/** What a policy does. An answer ends the way; it may refuse. */
export type Step = (exchange: Exchange) => Promise<Answer | undefined> | Answer | undefined

/** A policy's refusal, which `on-error` may put into other words. */
export class Refusal extends Error {
  readonly source: string
  readonly status: number

  constructor(source: string, status: number) {
    super(source)
    this.source = source
    this.status = status
  }
}

export async function run(steps: readonly Step[], exchange: Exchange): Promise<Answer | undefined> {
  for (const step of steps) {
    const answer = await step(exchange)
    if (answer !== undefined) return answer
  }
  return undefined
}

/** As its own header, or that of the service when one has answered. */
export function headersOf({ request, response }: Exchange): IncomingMessage['headers'] {
  return response?.headers ?? request.headers
}
