// The front door's runs, as the launcher and `npm run scenario` use them.

import { z } from 'zod'
import { exchangeSchema } from '../timeline/exchange.ts'
import { type Scenario, scenarioSchema } from './scenario.ts'

const TIMEOUT_MS = 10_000

const summarySchema = z.object({ id: z.string(), scenario: scenarioSchema, began: z.string(), exchanges: z.number() })
const runSchema = summarySchema.extend({ exchanges: z.array(exchangeSchema) })

export type RunSummary = z.infer<typeof summarySchema>
export type RecordedRun = z.infer<typeof runSchema>

export class RunsClient {
  readonly #door: string
  readonly #key: string

  /** @param door origin of the front door */
  constructor(door: string, key: string) {
    this.#door = door
    this.#key = key
  }

  /**
   * @param start where the browser goes when it begins
   * @returns the id of the run
   */
  async open(scenario: Scenario, start?: string): Promise<string> {
    const body = JSON.stringify({ scenario, ...(start === undefined ? {} : { start }) })
    return summarySchema.parse(await this.#call('', { method: 'POST', body })).id
  }

  /** Where a browser begins a run that has a start. */
  beginUrl(id: string): string {
    return `${this.#door}/front-door/begin?run=${encodeURIComponent(id)}`
  }

  /** Undefined when it is not, or no longer, known. */
  async find(id: string): Promise<RecordedRun | undefined> {
    const found = await this.#call(`/${encodeURIComponent(id)}`)
    return found === undefined ? undefined : runSchema.parse(found)
  }

  /** Newest first. */
  async list(): Promise<RunSummary[]> {
    return z.object({ runs: z.array(summarySchema) }).parse(await this.#call('')).runs
  }

  async #call(path: string, init: RequestInit = {}): Promise<unknown> {
    const answer = await fetch(`${this.#door}/front-door/runs${path}`, {
      ...init,
      headers: { Authorization: `Bearer ${this.#key}` },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
    if (answer.status === 404) return undefined
    if (!answer.ok) throw new Error(`the front door answered ${answer.status}: ${await answer.text()}`)
    return answer.json()
  }
}
