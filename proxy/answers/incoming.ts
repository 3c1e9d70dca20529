// A request as HTTP brings it: refused where it cannot be read in one way only, with the form of its body, and with what it
// says of the bytes of an answer.

import type { IncomingMessage } from 'node:http'
import { addFormParameters, type Interaction, type ParsedInteraction, takesForm } from '../../smart/fhir/interaction.ts'
import type { Streams } from '../fhir.ts'
import { type Answer, refusal } from './answer.ts'
import { type Known, knownOf } from './known.ts'
import { readRequestBody } from './request-body.ts'

const MAX_FORM_BYTES = 256 * 1024
const OVERRIDES = ['x-http-method-override', 'x-http-method', 'x-method-override']

/** Undefined: it is a request of FHIR's. */
export function refusalOf(request: IncomingMessage, parsed: ParsedInteraction): Answer | undefined {
  if (OVERRIDES.some((name) => request.headers[name] !== undefined))
    return refusal(400, 'invalid', 'A method override is not accepted.')
  if (parsed.ok) return undefined
  switch (parsed.reason) {
    case 'malformed':
      return refusal(400, 'invalid', parsed.message)
    case 'unknown-type':
      return refusal(404, 'not-supported', parsed.message)
    case 'unknown-interaction':
      return refusal(403, 'not-supported', parsed.message)
  }
}

/** Reads the form of a POST search; other interactions keep their body unread, since none that has one is carried out. */
export async function withForm(request: IncomingMessage, interaction: Interaction): Promise<Interaction | Answer> {
  if (!takesForm(interaction)) return interaction
  const contentType = request.headers['content-type'] ?? ''
  if (contentType !== '' && !/^application\/x-www-form-urlencoded *(;|$)/i.test(contentType))
    return refusal(415, 'not-supported', 'A search by POST takes application/x-www-form-urlencoded.')
  const body = await readRequestBody(request, { limit: MAX_FORM_BYTES, named: 'form' })
  if ('status' in body) return body
  const parsed = addFormParameters(interaction, body.toString('latin1'))
  return parsed.ok ? parsed.interaction : refusal(400, 'invalid', parsed.message)
}

export function formatsOf(interaction: Interaction): string[] {
  if (!('parameters' in interaction)) return []
  return interaction.parameters.filter(([name]) => name === '_format').map(([, value]) => value)
}

/** What the caller can take, wants a part of, or has already. */
export function wishesOf({ headers }: IncomingMessage): { streams: Streams; known: Known } {
  const { accept, range, 'if-none-match': noneMatch, 'if-modified-since': modifiedSince } = headers
  const takesGzip = /(^|[, ])gzip *(,|;(?! *q=0(\.0*)? *(,|$))|$)/i.test(String(headers['accept-encoding'] ?? ''))
  // Of what a part is wanted, is not compressed: the bytes that are counted are those of the file.
  const streams = { accept, takesGzip, range: headers['if-range'] === undefined ? range : undefined }
  return { streams, known: knownOf(noneMatch, modifiedSince) }
}
