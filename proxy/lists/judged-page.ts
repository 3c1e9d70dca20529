// One page of an upstream's search, for what we put together ourselves: every record in it judged, the next page found.

import { keyOf } from '../../smart/fhir/includes.ts'
import { allows, judgeSearchset, type SearchsetGuard } from '../../smart/plan/guard.ts'
import type { Answer } from '../answers/answer.ts'
import { type Alarm, type JsonBody, readBody, unusable } from '../answers/body.ts'
import { elementTexts, memberText } from '../json/json-text.ts'
import type { Upstream, UpstreamCall } from '../upstream/upstream.ts'
import { linkOf } from './bundle-pages.ts'

/** `text`: the record in the upstream's own characters. `key`: `Type/id`. */
export type JudgedRecord = { key: string; resource: unknown; text: string }
/** `next`: where it goes on, below the upstream's base. */
export type JudgedPage = { records: readonly JudgedRecord[]; next: string | undefined }

export type PageVerdict =
  /** Positions of the entries that may be used. */
  { kind: 'pass'; positions: readonly number[] } | { kind: 'refuse'; reason: string }

export type FetchJudgedPage = (
  call: UpstreamCall,
  judge: (bundle: unknown) => PageVerdict,
  of: { type: string; signal: AbortSignal },
) => Promise<JudgedPage | Answer>

export function createFetchJudgedPage(deps: {
  upstream: Upstream
  upstreamUrl: string
  alarm: Alarm
}): FetchJudgedPage {
  return async (call, judge, { type, signal }) => {
    const body = readBody(await deps.upstream.send(call, signal), deps.alarm)
    // A server without such records may say so in this way too.
    if (body.kind === 'refused') return body.answer.status === 404 ? { records: [], next: undefined } : body.answer
    const verdict = judge(body.value)
    const next = linkOf(body.value, 'next', deps.upstreamUrl)
    if (verdict.kind === 'refuse' || next === 'elsewhere') {
      const reason = verdict.kind === 'refuse' ? verdict.reason : 'next-page-elsewhere'
      deps.alarm('search-not-confined', { type, reason })
      return unusable('search')
    }
    return { records: recordsAt(body, verdict.positions), next }
  }
}

/**
 * Every match must pass, as in a search of the app's own.
 * @param earlier guards of searches that are asked the same: what they allow is theirs to show
 */
export function judgeMatches(
  guard: SearchsetGuard,
  earlier: readonly SearchsetGuard[] = [],
): (bundle: unknown) => PageVerdict {
  return (bundle) => {
    const verdict = judgeSearchset(guard, bundle)
    if (verdict.kind === 'refuse') return verdict
    const { entry = [] } = bundle as { entry?: { resource?: unknown }[] }
    const isShown = ({ resource }: { resource?: unknown }) => earlier.some((one) => allows(one, resource))
    const positions = entry.flatMap((one, at) => (verdict.outcomes.has(at) || isShown(one) ? [] : [at]))
    return { kind: 'pass', positions }
  }
}

function recordsAt(body: JsonBody, positions: readonly number[]): JudgedRecord[] {
  const texts = elementTexts(body.text, 'entry')
  const { entry = [] } = body.value as { entry?: { resource: unknown }[] }
  return positions.flatMap((at) => {
    const resource = entry[at]?.resource
    const key = keyOf(resource)
    const text = memberText(texts[at] ?? '{}', 'resource')
    return text === undefined || key === undefined ? [] : [{ key, resource, text }]
  })
}
