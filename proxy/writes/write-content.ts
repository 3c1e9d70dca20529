// What a write makes of a record: its body read strictly, and the record as it will be, worked out only to be judged.

import { allows } from '../../smart/plan/guard.ts'
import { judgeWrite, makesVisible, type WritePlan } from '../../smart/plan/write.ts'
import { type Answer, notFound, refusal } from '../answers/answer.ts'
import { parseJsonBody } from '../answers/body.ts'
import { isFhirJson } from '../answers/format.ts'
import { parseStrictly } from '../json/json-value.ts'
import type { RewriteUrls } from '../upstream/url-rewriter.ts'
import { asksByFhirPath, fhirPathPatched } from './fhirpath-patch.ts'
import { asksOfRecord, type Patched, patched } from './patch.ts'
import type { WriteRequest } from './write.ts'

const JSON_PATCH = /^application\/json-patch\+json *(;|$)/i

export type Content = { value: unknown; text: string; type: string; patch?: PatchFormat }
type PatchFormat = { patched(stored: unknown, patch: unknown): Patched; asks(patch: unknown): boolean }

const BY_JSON: PatchFormat = { patched, asks: asksOfRecord }
const BY_FHIRPATH: PatchFormat = { patched: fhirPathPatched, asks: asksByFhirPath }

/** With the upstream's addresses already: what is judged is what is sent. */
export function readContent(request: WriteRequest, toUpstreamUrls: RewriteUrls): Content | Answer {
  const { plan, body, contentType } = request
  const isPatch = plan.interaction === 'patch'
  const isArray = isPatch && JSON_PATCH.test(contentType)
  if (!isArray && !isFhirJson(contentType))
    return refusal(
      415,
      'not-supported',
      `This takes ${isPatch ? 'application/json-patch+json or ' : ''}application/fhir+json.`,
    )
  const type = isArray ? 'application/json-patch+json' : 'application/fhir+json'
  const asItCame = parseJsonBody(body, isArray)
  const rewritten = asItCame === undefined ? '' : toUpstreamUrls(asItCame.text)
  const parsed = rewritten === asItCame?.text ? asItCame : parseJsonBody(rewritten, isArray)
  if (parsed === undefined) return refusal(400, 'invalid', 'The body is not JSON that can be read in one way only.')
  if (isPatch) return { value: parsed.value, text: parsed.text, type, patch: isArray ? BY_JSON : BY_FHIRPATH }
  const { resourceType, id } = parsed.value as { resourceType?: unknown; id?: unknown }
  if (resourceType !== plan.type) return refusal(400, 'invalid', `The body is not a ${plan.type}.`)
  // A server that takes an id for a new record would overwrite another one.
  if (plan.interaction === 'create' && id !== undefined && request.validates !== true)
    return refusal(400, 'invalid', 'A new record gets its id from the server: leave id out.')
  if (plan.interaction === 'update' && id !== plan.id)
    return refusal(400, 'invalid', 'The id in the body is not the one in the address.')
  return canBeAnswered(parsed.text) ? { value: parsed.value, text: parsed.text, type } : unanswerable()
}

/** Room for what an answer puts around a record: one that is deeper could be passed on to nobody, nor a page with it. */
const MAX_DEPTH = 80
const MAX_CHARACTERS = 4 * 1024 * 1024

function canBeAnswered(text: string): boolean {
  return text.length <= MAX_CHARACTERS && parseStrictly(Buffer.from(text), MAX_DEPTH) !== undefined
}

function unanswerable(): Answer {
  return refusal(422, 'too-long', 'The record is too large or nested too deeply.')
}

/** The record as it will be. A patch of what is not there is left for the verdict. */
export async function contentAfter(
  plan: WritePlan,
  content: Content | undefined,
  stored: unknown,
): Promise<{ value: unknown } | { answer: Answer }> {
  const { patch } = content ?? {}
  if (content === undefined || patch === undefined) return { value: content?.value }
  // Whether a patch applies tells of the record: nothing of it is said before the record is known to be the app's.
  if (stored === undefined || judgeWrite(plan, stored, stored).kind === 'not-found') return { answer: notFound() }
  const canRead = isReadable(plan, stored)
  // Whether it applies would be the answer to what it asks.
  if (!canRead && patch.asks(content.value)) return { answer: needsToRead() }
  const result = patch.patched(stored, content.value)
  if (!result.ok && result.reason === 'malformed') return { answer: refusal(400, 'invalid', result.message) }
  if (!result.ok) return { answer: canRead ? refusal(422, 'invalid', result.message) : needsToRead() }
  // What a filter hides would be shown by a patch that makes it fit the filter.
  if (makesVisible(plan, stored, result.resource))
    return { answer: refusal(403, 'forbidden', 'A patch may not make a record readable.') }
  if (!canBeAnswered(JSON.stringify(result.resource))) return { answer: unanswerable() }
  return { value: result.resource }
}

function needsToRead(): Answer {
  return refusal(403, 'forbidden', 'A patch of what the record holds needs the right to read it.')
}

/** Whether the app may read the record, as it is or as it will be. */
export function isReadable(plan: WritePlan, resource: unknown): boolean {
  return allows({ type: plan.type, allowances: plan.readable, bases: plan.bases }, resource)
}
