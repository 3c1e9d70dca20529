// Watches the requests that belong to a run: makes the scenario's fault, and writes down what was asked and answered.

import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import rawBody from 'raw-body'
import { faultAtDoor, SIGN_IN_FAULT, signInFault } from '../scenarios/faults.ts'
import { ASIDE, type Exchange, RUN_HEADER } from '../timeline/exchange.ts'
import { makeFault, secondsOf, stepOf } from './made-faults.ts'
import type { Run, RunStore } from './run-store.ts'

const MAX_FORM_BYTES = 65_536
const MAX_BODY_BYTES = 16_384
/** By which a browser says it, once: for the authorization request alone. */
export const RUN_COOKIE = 'sandbox_run'

type Watched = { run: Run; exchange: Exchange; startedAt: number }

/** What to do with a request: `body` is what was read of it, to be sent on instead of it. */
export type Onward = { body: Readable | undefined; isAnswered: boolean }

export class Watch {
  readonly #runs: RunStore
  readonly #origins: { ours: string; entra: string }
  readonly #watched = new WeakMap<IncomingMessage, Watched>()

  /** @param origins of the front door and of the Entra stand-in, as browsers know them */
  constructor(runs: RunStore, origins: { ours: string; entra: string }) {
    this.#runs = runs
    this.#origins = origins
  }

  /** To be called ahead of sending a request on. @throws when its form is too large */
  async before(req: IncomingMessage, res: ServerResponse): Promise<Onward> {
    const [named, aside] = String(req.headers[RUN_HEADER] ?? '').split(' ')
    // The services are told nothing of runs.
    delete req.headers[RUN_HEADER]
    if (this.#runs.isEmpty) return { body: undefined, isAnswered: false }
    const text = isForm(req) ? await rawBody(req, { limit: MAX_FORM_BYTES, encoding: 'utf8' }) : undefined
    const body = text === undefined ? undefined : Readable.from([text])
    const { method = '', headers, url = '' } = req
    const seen = {
      method,
      url: this.#origins.ours + url,
      ...(text === undefined ? {} : { form: [...new URLSearchParams(text)] }),
      ...(headers.authorization === undefined ? {} : { authorization: headers.authorization }),
    }
    const run = this.#runs.findOf({ ...seen, run: named || runOfCookie(req) })
    if (run === undefined || method === 'OPTIONS') return { body, isAnswered: false }
    const exchange: Exchange = { ...seen, at: new Date().toISOString(), milliseconds: 0, status: 0 }
    const watched: Watched = { run, exchange, startedAt: performance.now() }
    const made = aside === ASIDE ? undefined : await makeFault(run.scenario, req, res)
    if (made !== undefined) watched.exchange = { ...exchange, fault: made.name }
    if (made?.isAnswered) {
      this.#add(watched, res.statusCode, String(res.getHeader('location') ?? ''), made.body)
      return { body, isAnswered: true }
    }
    this.#watched.set(req, watched)
    return { body, isAnswered: false }
  }

  /** To be called with the headers of each answer, ahead of passing them on. They may be changed. */
  answered(answer: IncomingMessage, req: IncomingMessage): void {
    const watched = this.#watched.get(req)
    if (watched === undefined) return
    const { scenario } = watched.run
    const { location } = answer.headers
    const { fault } = scenario
    if (
      location?.startsWith(`${this.#origins.entra}/`) &&
      fault !== undefined &&
      faultAtDoor(fault, 'sign-in') !== undefined
    ) {
      const target = new URL(location)
      target.searchParams.set(SIGN_IN_FAULT, signInFault(fault, secondsOf(scenario)))
      answer.headers.location = target.href
      watched.exchange.fault = fault
    }
    // One authorization request belongs to the run, not the next one of this browser.
    if (runOfCookie(req) !== undefined) {
      answer.headers['set-cookie'] = [...(answer.headers['set-cookie'] ?? []), `${RUN_COOKIE}=; Path=/auth; Max-Age=0`]
    }
    const keepsBody = /json/.test(answer.headers['content-type'] ?? '') && isWorthKeeping(req, answer)
    const chunks: Buffer[] = []
    if (keepsBody) answer.on('data', (chunk: Buffer) => chunks.push(chunk))
    answer.once('end', () => {
      const body = Buffer.concat(chunks).subarray(0, MAX_BODY_BYTES).toString()
      this.#add(watched, answer.statusCode ?? 0, answer.headers.location, body)
    })
  }

  #add({ run, exchange, startedAt }: Watched, status: number, location?: string, body?: string): void {
    this.#runs.add(run, {
      ...exchange,
      status,
      milliseconds: Math.round(performance.now() - startedAt),
      ...(location ? { location } : {}),
      ...(body ? { body } : {}),
    })
  }
}

function isForm(req: IncomingMessage): boolean {
  const type = req.headers['content-type'] ?? ''
  return req.method === 'POST' && type.startsWith('application/x-www-form-urlencoded')
}

/** Records are not kept, only why one was refused. */
function isWorthKeeping(req: IncomingMessage, answer: IncomingMessage): boolean {
  return stepOf(req.method ?? '', req.url ?? '') !== 'data' || (answer.statusCode ?? 0) >= 400
}

function runOfCookie(req: IncomingMessage): string | undefined {
  if (stepOf(req.method ?? '', req.url ?? '') !== 'authorize') return undefined
  const [, run] = new RegExp(`(?:^|; )${RUN_COOKIE}=([\\w-]+)`).exec(req.headers.cookie ?? '') ?? []
  return run
}
