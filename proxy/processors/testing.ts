// A harness for the tests of processors: the real chain around one of them, and whatever the test says behind it.

import { pino } from 'pino'
import { parseInteraction } from '../../smart/fhir/interaction.ts'
import { type Answer, fhirAnswer } from '../answers/answer.ts'
import type { Fhir } from '../fhir.ts'
import type { Loaded } from './call.ts'
import { around, withProcessors } from './chain.ts'
import { type Entry, makeProcessor } from './load.ts'
import type { Caller, Processor } from './processor.ts'
import { requestLine } from './request-line.ts'

/** `body`: an object is written as JSON. */
export type Sent = { method: string; path: string; body?: object | string; caller?: Partial<Caller> }
/** What the guard let through. `body`: bytes are a file's, text in pieces is an export of lines. */
export type Behind = (request: { method: string; path: string; body: string }) => {
  status?: number
  body?: object | string | Buffer | string[]
}

export type Trial = {
  /** As the app gets it. `passed`: what reached `behind`, what the processor asked for among it. */
  send(
    request: Sent,
    behind: Behind,
  ): Promise<{ status: number; body: string; passed: { path: string; body: string }[] }>
  /** What the processor threw. In service its message is not logged: it may quote a record. */
  errors: unknown[]
  /** Lines of the log. */
  logged: Record<string, unknown>[]
}

const FHIR_BASE = 'https://fhir.example/fhir'

/**
 * @param definition as the module's default export
 * @throws what would stop the start: a setting that is wrong, or a definition that is none
 */
export async function tryProcessor(
  definition: unknown,
  { clock = () => new Date(), ...entry }: Pick<Entry, 'settings' | 'timeLimitSeconds'> & { clock?: () => Date } = {},
): Promise<Trial> {
  const logged: Record<string, unknown>[] = []
  const errors: unknown[] = []
  const log = pino({}, { write: (line: string) => void logged.push(JSON.parse(line)) })
  const surroundings = { fhirBase: FHIR_BASE, clock, log }
  const loaded = await makeProcessor(definition, entry, { ...surroundings, folder: process.cwd() })
  const watched: Loaded = { ...loaded, processor: watchedFor(loaded.processor, errors) }

  return {
    errors,
    logged,
    async send({ method, path, body = '', caller = {} }, behind) {
      const passed: { path: string; body: string }[] = []
      const fhir: Fhir = async ({ interaction, written }) => {
        const { method, path } = requestLine(interaction) ?? { method: '', path: '' }
        const request = { method, path, body: written?.body ?? '' }
        passed.push({ path, body: request.body })
        return answerOf(behind(request))
      }
      const parsed = parseInteraction(method, `/${path}`, '')
      if (!parsed.ok) throw new Error(parsed.message)
      const { clientId = 'app', subject = 'someone', scopes = [], ...who } = caller
      const text = typeof body === 'string' ? body : JSON.stringify(body)
      const answer = await withProcessors([watched], { ...surroundings, maxBodyBytes: 16 * 1024 * 1024 }, (chain) =>
        around(chain, fhir),
      )({
        access: { clauses: [], who: { clientId } },
        actor: { clientId, subject, ...who, scope: scopes.join(' ') },
        interaction: parsed.interaction,
        holder: subject,
        signal: new AbortController().signal,
        written: { body: text, contentType: 'application/fhir+json', ifMatch: undefined, returns: 'representation' },
      })
      return { status: answer.status, body: await wholeOf(answer), passed }
    },
  }
}

function watchedFor(processor: Processor, errors: unknown[]): Processor {
  const watch = async <T>(work: () => T | Promise<T>): Promise<T> => {
    try {
      return await work()
    } catch (error) {
      errors.push(error)
      throw error
    }
  }
  const { before, after } = processor
  return {
    ...processor,
    ...(before && { before: (...given) => watch(() => before.apply(processor, given)) }),
    ...(after && { after: (...given) => watch(() => after.apply(processor, given)) }),
  }
}

function answerOf({ status = 200, body = '' }: ReturnType<Behind>): Answer {
  if (Buffer.isBuffer(body))
    return { status, headers: { 'Content-Type': 'application/pdf', 'Content-Disposition': 'attachment' }, body }
  if (Array.isArray(body))
    return { status, headers: { 'Content-Type': 'application/fhir+ndjson' }, body: linesOf(body) }
  return fhirAnswer(status, typeof body === 'string' ? body : JSON.stringify(body))
}

async function* linesOf(lines: readonly string[]): AsyncGenerator<Buffer, void, void> {
  for (const line of lines) yield Buffer.from(`${line}\n`)
}

async function wholeOf({ body }: Answer): Promise<string> {
  if (typeof body === 'string') return body
  if (Buffer.isBuffer(body)) return body.toString()
  const pieces: Buffer[] = []
  for await (const piece of body) pieces.push(piece)
  return Buffer.concat(pieces).toString()
}
