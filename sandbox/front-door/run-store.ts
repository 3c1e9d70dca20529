// Runs of scenarios: what the front door has seen of each. A request belongs to a run by what only that run was given: its launch,
// its interaction, its code, its tokens. In memory, which is all right for a stand-in.

import { randomBytes } from 'node:crypto'
import type { Scenario } from '../scenarios/scenario.ts'
import type { Exchange } from '../timeline/exchange.ts'

const MOST_RUNS = 50
const MOST_EXCHANGES = 300

export type Run = {
  id: string
  scenario: Scenario
  /** Where the browser goes from `/front-door/begin`. */
  start?: string
  /** ISO 8601 instant. */
  began: string
  exchanges: Exchange[]
}

/** What is known of a request before it is answered. */
export type SeenRequest = Pick<Exchange, 'method' | 'url' | 'form' | 'authorization'> & {
  /** Named by a caller that is no browser. */
  run?: string | undefined
}

export class RunStore {
  readonly #runs = new Map<string, Run>()
  readonly #runOf = new Map<string, string>()

  get isEmpty(): boolean {
    return this.#runs.size === 0
  }

  open(scenario: Scenario, start: string | undefined): Run {
    const [oldest] = this.#runs.keys()
    if (this.#runs.size >= MOST_RUNS && oldest !== undefined) this.#forget(oldest)
    const id = randomBytes(16).toString('base64url')
    const run = {
      id,
      scenario,
      began: new Date().toISOString(),
      exchanges: [],
      ...(start === undefined ? {} : { start }),
    }
    this.#runs.set(id, run)
    return run
  }

  find(id: string): Run | undefined {
    return this.#runs.get(id)
  }

  /** Newest first. */
  list(): Run[] {
    return [...this.#runs.values()].reverse()
  }

  findOf(request: SeenRequest): Run | undefined {
    const named = request.run === undefined ? undefined : this.#runs.get(request.run)
    if (named !== undefined) return named
    const id = handlesOf(request)
      .map((handle) => this.#runOf.get(handle))
      .find((found) => found !== undefined)
    return id === undefined ? undefined : this.#runs.get(id)
  }

  add(run: Run, exchange: Exchange): void {
    if (run.exchanges.length >= MOST_EXCHANGES) return
    run.exchanges.push(exchange)
    for (const handle of handlesGiven(exchange)) this.#runOf.set(handle, run.id)
  }

  #forget(id: string): void {
    this.#runs.delete(id)
    for (const [handle, run] of this.#runOf) if (run === id) this.#runOf.delete(handle)
  }
}

const PAGE_OF_REQUEST = /^\/(?:interaction|auth)\/([A-Za-z0-9_-]+)/

/** By what a request could be known. */
function handlesOf({ url, form, authorization }: SeenRequest): string[] {
  const { pathname, searchParams } = new URL(url)
  const fields = new URLSearchParams(form)
  return present({
    page: PAGE_OF_REQUEST.exec(pathname)?.[1],
    launch: searchParams.get('launch') ?? fields.get('launch'),
    state: pathname.startsWith('/callback') ? searchParams.get('state') : null,
    code: fields.get('code'),
    token: fields.get('refresh_token') ?? fields.get('token') ?? /^Bearer (.+)$/i.exec(authorization ?? '')?.[1],
  })
}

/** What an answer gives to the browser or the app, and comes back with their next request. */
function handlesGiven({ url, location, body }: Exchange): string[] {
  const { origin } = new URL(url)
  const target = location === undefined ? undefined : new URL(location, url)
  const members = membersOf(body)
  const isOurs = target?.origin === origin
  return [
    ...present({
      page: isOurs ? PAGE_OF_REQUEST.exec(target.pathname)?.[1] : undefined,
      // On the way to the identity provider; towards the app it is the app's own.
      state:
        target !== undefined && !isOurs && target.searchParams.has('nonce') ? target.searchParams.get('state') : null,
      code: isOurs ? undefined : target?.searchParams.get('code'),
      launch: members.launch,
      token: members.access_token,
    }),
    ...present({ token: members.refresh_token }),
  ]
}

function membersOf(body: string | undefined): Record<string, string> {
  try {
    const members = Object.entries(JSON.parse(body ?? '{}') as Record<string, unknown>)
    return Object.fromEntries(members.filter((entry): entry is [string, string] => typeof entry[1] === 'string'))
  } catch {
    return {}
  }
}

function present(handles: Record<string, string | null | undefined>): string[] {
  return Object.entries(handles).flatMap(([kind, value]) => (value ? [`${kind} ${value}`] : []))
}
