// The app of a scenario that runs without a browser: the app's side of SMART App Launch 2.2, as plain HTTP.

import { createHash, randomBytes } from 'node:crypto'
import { z } from 'zod'
import { RUN_HEADER } from '../timeline/exchange.ts'

/** Longer than any fault is late. */
const TIMEOUT_MS = 60_000

const configurationSchema = z.object({ authorization_endpoint: z.url(), token_endpoint: z.url() })
const tokenSchema = z.looseObject({
  access_token: z.string(),
  scope: z.string(),
  refresh_token: z.string().optional(),
  id_token: z.string().optional(),
  patient: z.string().optional(),
})
const errorSchema = z.object({ error: z.string(), error_description: z.string().optional() })

export type TokenAnswer = z.infer<typeof tokenSchema>

/** Why an app was not let in, in OAuth's words; `error` is the status where there were none. */
export type Refused = { step: 'launch' | 'authorize' | 'token'; error: string; description: string }

export function isRefused(answer: TokenAnswer | Refused): answer is Refused {
  return 'step' in answer
}

export type DataAnswer = { path: string; status: number; body: string }

export type AppSettings = { clientId: string; redirectUri: string; fhirBase: string; run: string }

export class ScenarioApp {
  readonly #settings: AppSettings
  readonly #verifier: string
  readonly #state: string

  constructor(settings: AppSettings, begun = { verifier: randomText(), state: randomText() }) {
    this.#settings = settings
    this.#verifier = begun.verifier
    this.#state = begun.state
  }

  /** The same app with the same request under way, its calls shown in the timeline of a run. */
  inRun(run: string): ScenarioApp {
    return new ScenarioApp({ ...this.#settings, run }, { verifier: this.#verifier, state: this.#state })
  }

  /** Where the person's browser is sent. @param launch as the EHR passed it */
  async authorizationUrl(scope: string, launch?: string): Promise<string> {
    const { clientId, redirectUri, fhirBase } = this.#settings
    const url = new URL((await this.configuration()).authorization_endpoint)
    url.search = new URLSearchParams({
      response_type: 'code',
      client_id: clientId,
      redirect_uri: redirectUri,
      scope,
      state: this.#state,
      aud: fhirBase,
      code_challenge: createHash('sha256').update(this.#verifier).digest('base64url'),
      code_challenge_method: 'S256',
      ...(launch === undefined ? {} : { launch }),
    }).toString()
    return url.href
  }

  /** @param callback the address to which the browser came back */
  async finish(callback: URL): Promise<TokenAnswer | Refused> {
    const { code, error, error_description, state } = Object.fromEntries(callback.searchParams)
    if (error !== undefined) return { step: 'authorize', error, description: error_description ?? '' }
    if (state !== this.#state || code === undefined) {
      return { step: 'authorize', error: 'invalid_response', description: 'the answer is for another request' }
    }
    const { clientId, redirectUri } = this.#settings
    return this.askForToken({
      grant_type: 'authorization_code',
      client_id: clientId,
      redirect_uri: redirectUri,
      code,
      code_verifier: this.#verifier,
    })
  }

  refresh(refreshToken: string): Promise<TokenAnswer | Refused> {
    return this.askForToken({
      grant_type: 'refresh_token',
      client_id: this.#settings.clientId,
      refresh_token: refreshToken,
    })
  }

  async askForToken(form: Record<string, string>): Promise<TokenAnswer | Refused> {
    const { token_endpoint } = await this.configuration()
    const answer = await this.#send(token_endpoint, { method: 'POST', body: new URLSearchParams(form) })
    const body: unknown = await answer.json().catch(() => undefined)
    if (answer.ok) return tokenSchema.parse(body)
    const { data } = errorSchema.safeParse(body)
    return { step: 'token', error: data?.error ?? String(answer.status), description: data?.error_description ?? '' }
  }

  /** @param path below the FHIR base */
  async read(token: string, path: string): Promise<DataAnswer> {
    const headers = { Accept: 'application/fhir+json', Authorization: `Bearer ${token}` }
    const answer = await this.#send(`${this.#settings.fhirBase}/${path.replace(/^\/+/, '')}`, { headers })
    return { path, status: answer.status, body: await answer.text() }
  }

  async configuration(): Promise<z.infer<typeof configurationSchema>> {
    const answer = await this.#send(`${this.#settings.fhirBase}/.well-known/smart-configuration`)
    return configurationSchema.parse(await answer.json())
  }

  #send(url: string, init: { method?: string; headers?: Record<string, string>; body?: URLSearchParams } = {}) {
    const headers = { ...init.headers, [RUN_HEADER]: this.#settings.run }
    return fetch(url, { ...init, headers, signal: AbortSignal.timeout(TIMEOUT_MS) })
  }
}

function randomText(): string {
  return randomBytes(32).toString('base64url')
}
