// What a write brings along: its body, as it came and bounded, and the headers that change what it means.

import { isUtf8 } from 'node:buffer'
import type { IncomingMessage } from 'node:http'
import type { Interaction } from '../smart/interaction.ts'
import { type Answer, refusal } from './answer.ts'
import { isVersion } from './body.ts'
import { readRequestBody } from './request-body.ts'
import type { WriteRequest } from './write.ts'

export type Written = Omit<WriteRequest, 'plan' | 'signal'>

const MAX_BODY_BYTES = 4 * 1024 * 1024
const WRITES: ReadonlySet<string> = new Set(['create', 'update', 'patch', 'delete', 'conditional', 'bundle'])

/** Undefined for what takes no body. */
export async function readWritten(
  request: IncomingMessage,
  interaction: Interaction,
): Promise<Written | Answer | undefined> {
  const { kind } = interaction
  if (!WRITES.has(kind) && !(kind === 'operation' && interaction.method === 'POST')) return undefined
  const { headers } = request
  if (headers['if-none-match'] !== undefined)
    return refusal(403, 'not-supported', 'If-None-Match is not supported for writes here.')
  const encoding = headers['content-encoding']
  if (encoding !== undefined && encoding !== 'identity')
    return refusal(415, 'not-supported', 'Bodies are taken as they are, not compressed.')
  const ifMatch = headers['if-match']
  const condition = kind === 'create' ? headers['if-none-exist']?.toString() : undefined
  if (headers['if-none-exist'] !== undefined && condition === undefined)
    return refusal(400, 'invalid', 'If-None-Exist is for a create.')
  if (ifMatch !== undefined && !isVersion(ifMatch)) return refusal(400, 'invalid', 'If-Match takes one version.')
  const bytes = await readRequestBody(request, { limit: MAX_BODY_BYTES, named: 'record' })
  if ('status' in bytes) return bytes
  if (!isUtf8(bytes)) return refusal(400, 'invalid', 'The body is not UTF-8.')
  return {
    body: bytes.toString(),
    contentType: headers['content-type'] ?? '',
    ifMatch,
    ...(condition === undefined ? {} : { condition }),
    returns: returnsOf(String(headers.prefer ?? '')),
  }
}

const RETURNS = ['minimal', 'OperationOutcome'] as const

function returnsOf(prefer: string): Written['returns'] {
  const [, preferred = ''] = /(?:^|[,; ])return=([A-Za-z]+)/i.exec(prefer) ?? []
  return RETURNS.find((one) => one.toLowerCase() === preferred.toLowerCase()) ?? 'representation'
}
