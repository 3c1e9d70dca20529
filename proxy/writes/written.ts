// What a write brings along: its body, as it came and bounded, and the headers that change what it means.

import { isUtf8 } from 'node:buffer'
import type { IncomingMessage } from 'node:http'
import type { Interaction } from '../../smart/fhir/interaction.ts'
import { type Answer, refusal } from '../answers/answer.ts'
import { isVersion } from '../answers/body.ts'
import { readRequestBody } from '../answers/request-body.ts'
import { bytesOf, type FileBytes, isFileWrite } from './file-write.ts'
import type { WriteRequest } from './write.ts'

export type Written = Omit<WriteRequest, 'plan' | 'signal'> & {
  /** In place of the body: a file as its own bytes, not read yet. */
  file?: FileBytes
}

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
  const { 'content-type': contentType = '', prefer } = headers
  const returns = returnsOf(String(prefer ?? ''))
  const written = { contentType, ifMatch, ...(condition === undefined ? {} : { condition }), returns }
  if (isFileWrite(interaction, contentType)) return { ...written, body: '', file: bytesOf(request) }
  const bytes = await readRequestBody(request, { limit: MAX_BODY_BYTES, named: 'record' })
  if ('status' in bytes) return bytes
  return isUtf8(bytes) ? { ...written, body: bytes.toString() } : refusal(400, 'invalid', 'The body is not UTF-8.')
}

const RETURNS = ['minimal', 'OperationOutcome'] as const

function returnsOf(prefer: string): Written['returns'] {
  const [, preferred = ''] = /(?:^|[,; ])return=([A-Za-z]+)/i.exec(prefer) ?? []
  return RETURNS.find((one) => one.toLowerCase() === preferred.toLowerCase()) ?? 'representation'
}
