// One call of a processor: within its time, with services that reach no further than the caller does. What it does wrong
// becomes a refusal, and never an answer that it was to look at.

import { isNativeError } from 'node:util/types'
import type { Logger } from 'pino'
import { type Answer, FHIR_JSON, refusal, textOf } from '../answers/answer.ts'
import { aside, onFurtherBundle } from '../audit/trail.ts'
import type { Fhir, FhirRequest } from '../fhir.ts'
import { currentRequest } from '../request-context.ts'
import { parseLossless } from './lossless-json.ts'
import type { Definition, Log, Processor, Services } from './processor.ts'
import { type Records, recordsIn } from './records.ts'
import { interactionAsked } from './request-line.ts'
import { type Given, ProcessorFault } from './verdict.ts'

/** A processor as an operator's file has it. */
export type Loaded = Pick<Definition, 'name' | 'kind'> & { processor: Processor; timeLimitSeconds: number }

export type CallDeps = {
  log: Logger
  clock: () => Date
  fhirBase: string
  /** What the other processors, and all behind them, make of a request. */
  ask: Fhir
}

/**
 * @param work is given the services, and the records that it gets by them: filled while it runs
 * @returns what `work` does; a refusal when it fails or takes too long
 */
export async function call<T>(
  { name, kind, timeLimitSeconds }: Loaded,
  phase: 'before' | 'after',
  request: FhirRequest,
  deps: CallDeps,
  work: (services: Services, got: Given) => Promise<T>,
): Promise<T | Answer> {
  const got: Given = { asked: new Map(), carriedOut: new Map() }
  const timeLimit = AbortSignal.timeout(timeLimitSeconds * 1_000)
  const signal = AbortSignal.any([request.signal, timeLimit])
  const services = servicesFor(name, { ...request, signal }, deps, got)
  try {
    return await Promise.race([work(services, got), whenAborted(signal)])
  } catch (error) {
    if (!request.signal.aborted)
      deps.log.error(
        { event: 'processor-failed', processor: name, phase, requestId: currentRequest()?.requestId, ...told(error) },
        'a processor failed',
      )
    const isDone = got.carriedOut.size > 0 || (phase === 'after' && WRITES.has(request.interaction.kind))
    return failed(kind, isDone)
  }
}

function whenAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const abort = () => reject(new ProcessorFault('it took too long'))
    if (signal.aborted) abort()
    else signal.addEventListener('abort', abort, { once: true })
  })
}

/** Never an error's message: it may quote a record. */
function told(error: unknown): { reason: string; at?: string[] } {
  if (error instanceof ProcessorFault) return { reason: error.message }
  if (!isNativeError(error)) return { reason: 'something was thrown that is no error' }
  const lines = (error.stack ?? '').split('\n').filter((line) => /^ {4}at /.test(line))
  return { reason: error.name, at: lines.slice(0, 3).map((line) => line.trim()) }
}

/** @param isDone whether the FHIR server has already done what was asked, or a part of it */
function failed(kind: Loaded['kind'], isDone: boolean): Answer {
  const known = isDone ? ' What was asked, or a part of it, was carried out.' : ''
  return kind === 'security'
    ? refusal(403, 'forbidden', `A check of this service failed.${known}`)
    : refusal(500, 'exception', `A step of this service failed.${known}`)
}

const WRITES: ReadonlySet<string> = new Set(['create', 'update', 'patch', 'delete', 'conditional', 'bundle'])

function servicesFor(name: string, request: FhirRequest, deps: CallDeps, got: Given): Services {
  const { access, actor, holder, admit, signal } = request
  const requester = { access, actor, holder, signal, ...(admit === undefined ? {} : { admit }) }
  function read(answer: Answer, records: Records): { status: number; body: string } {
    const body = textOf(answer)
    if (answer.status < 300 && body !== '') recordsIn(JSON.parse(body), records)
    return { status: answer.status, body }
  }
  return {
    async ask(path) {
      const interaction = interactionAsked(path, deps.fhirBase)
      return read(await aside(() => deps.ask({ ...requester, interaction })), got.asked)
    },
    async carryOut(bundle) {
      const written = { body: bundle, contentType: FHIR_JSON, ifMatch: undefined, returns: 'representation' as const }
      const request: FhirRequest = { ...requester, interaction: { kind: 'bundle' }, written }
      return read(await onFurtherBundle(() => deps.ask(request)), got.carriedOut)
    },
    refuse: (status, code, diagnostics) => ({ kind: 'stop', status, body: textOf(refusal(status, code, diagnostics)) }),
    parse: parseLossless,
    stringify: JSON.stringify,
    log: logOf(deps.log, name),
    clock: deps.clock,
    fetch: (input, init = {}) =>
      fetch(input, { ...init, signal: AbortSignal.any([signal, ...(init.signal ? [init.signal] : [])]) }),
    signal,
  }
}

/** Words in the shape of names, and numbers: whatever a processor means to write, no record gets into the log. */
export function logOf(log: Logger, processor: string): Log {
  return (level, event, detail = {}) => {
    const plain = Object.entries(detail).filter(([, value]) => typeof value === 'number' || typeof value === 'boolean')
    const named = /^[a-z][a-z0-9-]{0,60}$/.test(event) ? event : 'unnamed'
    const requestId = currentRequest()?.requestId
    log[level]({ processor, requestId, ...Object.fromEntries(plain), event: named }, 'a processor says')
  }
}
