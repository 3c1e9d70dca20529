// What a processor makes of an answer: in one piece, or line by line. What it gives may hold no record that was not in the
// answer at hand, nor asked for by the caller's own right.

import { type Answer, FHIR_JSON, isInPieces, NDJSON } from '../answers/answer.ts'
import { failed, unusable } from '../answers/body.ts'
import { call } from './call.ts'
import type { Seen } from './chain.ts'
import type { Answered } from './processor.ts'
import { recordsIn } from './records.ts'
import { judgeBody, ProcessorFault, readAfter, stopped } from './verdict.ts'

/** The same answer, where it is none of the processor's business. */
export async function after(seen: Seen, answer: Answer, maxBodyBytes: number): Promise<Answer> {
  const { processor } = seen.link.loaded
  if (processor.after === undefined || answer.status >= 300) return answer
  if ((isInPieces(answer.body) || !isJson(answer)) && !needsWhole(seen)) return answer
  if (isInPieces(answer.body) && answer.headers['Content-Type'] === NDJSON)
    return { ...answer, headers: { 'Content-Type': NDJSON }, body: eachLine(seen, answer, answer.body) }
  const whole = isInPieces(answer.body) ? await collected(answer.body, maxBodyBytes) : answer.body
  return typeof whole === 'string' || Buffer.isBuffer(whole) ? one(seen, { ...answer, body: whole }) : whole
}

type Whole = Answer & { body: string | Buffer }

/** Whether nothing may pass its `after` by. */
export function needsWhole({ link: { loaded }, shown }: Seen): boolean {
  if (loaded.processor.after === undefined) return false
  try {
    return loaded.processor.needsWhole?.(shown) ?? loaded.kind === 'security'
  } catch {
    // It gets the answer, and the call of `after` is where it fails.
    return true
  }
}

async function one({ link: { loaded, deps }, request, shown }: Seen, answer: Whole): Promise<Answer> {
  const { processor } = loaded
  return call(loaded, 'after', request, deps, async (services, got) => {
    const given = answeredOf(answer)
    const verdict = readAfter(await processor.after?.(shown, given, services))
    if (verdict.kind === 'go-on') return answer
    const answered = given.kind === 'json' && given.body !== '' ? recordsIn(JSON.parse(given.body)) : new Map()
    if (verdict.kind === 'stop') return stopped(verdict, { ...got, answered })
    if (given.kind === 'file') throw new ProcessorFault('it changed a file')
    judgeBody(verdict.body, { ...got, answered })
    return { ...answer, body: verdict.body }
  })
}

function answeredOf({ status, headers, body }: Whole): Answered {
  if (isJson({ headers })) return { kind: 'json', status, headers, body: body.toString() }
  return { kind: 'file', status, headers, bytes: Buffer.from(body) }
}

/** Each as if it had been read by itself. @throws when one may not go out: whoever sends them cuts the connection */
async function* eachLine(
  seen: Seen,
  answer: Answer,
  pieces: AsyncIterable<Buffer>,
): AsyncGenerator<Buffer, void, void> {
  // Pieces of an export are whole lines, as they were judged.
  for await (const piece of pieces) {
    const lines: string[] = []
    for (const line of piece
      .toString()
      .split('\n')
      .filter((text) => text !== '')) {
      const { status, body } = await one(seen, { ...answer, headers: { 'Content-Type': FHIR_JSON }, body: line })
      if (status >= 300) throw new ProcessorFault('it stopped within an export')
      if (body !== '') lines.push(`${String(body)}\n`)
    }
    if (lines.length > 0) yield Buffer.from(lines.join(''))
  }
}

async function collected(pieces: AsyncIterable<Buffer>, maxBodyBytes: number): Promise<Buffer | Answer> {
  const chunks: Buffer[] = []
  let length = 0
  try {
    for await (const chunk of pieces) {
      length += chunk.length
      if (length > maxBodyBytes) return failed('too-large')
      chunks.push(chunk)
    }
  } catch {
    // Whoever gave it has said why in the log.
    return unusable('request')
  }
  return Buffer.concat(chunks)
}

/** A file of JSON is a file. */
function isJson({ headers }: Pick<Answer, 'headers'>): boolean {
  const type = headers['Content-Type'] ?? FHIR_JSON
  return headers['Content-Disposition'] === undefined && /^application\/(fhir\+)?json *(;|$)/.test(type)
}
