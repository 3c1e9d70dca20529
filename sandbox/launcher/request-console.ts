// One request with an app's token, and why it was answered as it was: the plan for it, and the smallest scope that would have passed.

import { z } from 'zod'
import { RUN_HEADER } from '../timeline/exchange.ts'
import type { IssuerApi } from './issuer-api.ts'

const TIMEOUT_MS = 60_000
const MOST_CHARACTERS = 20_000

/** As `POST /explain` says it. */
const explanationSchema = z.object({
  decision: z.enum(['allowed', 'denied', 'not-understood']),
  interaction: z.string().optional(),
  reason: z.string().optional(),
  message: z.string().optional(),
  smallestScope: z.string().optional(),
  clauses: z.array(z.string()).default([]),
  upstream: z.string().optional(),
  before: z.array(z.string()).default([]),
  guard: z.array(z.string()).default([]),
})

export type Explanation = z.infer<typeof explanationSchema>
export type ConsoleRequest = { method: string; path: string; body: string }
export type ConsoleAnswer = { status: number; headers: [string, string][]; body: string }

export const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const

/** The address below the FHIR base. @returns undefined when it leads elsewhere */
export function addressBelow(fhirBase: string, path: string): URL | undefined {
  const base = `${fhirBase}/`
  const text = path.startsWith(base) ? path : base + path.replace(/^\/+/, '')
  const url = URL.canParse(text) ? new URL(text) : undefined
  return url?.href.startsWith(base) ? url : undefined
}

/** Sends it as the app would, so that it stands in the run's timeline. */
export async function sendAsApp(
  url: URL,
  { method, body }: ConsoleRequest,
  { token, run }: { token: string; run: string },
): Promise<ConsoleAnswer> {
  const hasBody = body !== '' && method !== 'GET' && method !== 'DELETE'
  const answer = await fetch(url, {
    method,
    headers: {
      Accept: 'application/fhir+json',
      Authorization: `Bearer ${token}`,
      [RUN_HEADER]: run,
      ...(hasBody ? { 'Content-Type': 'application/fhir+json' } : {}),
    },
    ...(hasBody ? { body } : {}),
    redirect: 'manual',
    signal: AbortSignal.timeout(TIMEOUT_MS),
  })
  return {
    status: answer.status,
    headers: [...answer.headers],
    body: shownBody(await answer.text()),
  }
}

function shownBody(text: string): string {
  try {
    return cut(JSON.stringify(JSON.parse(text), null, 2))
  } catch {
    return cut(text)
  }
}

function cut(text: string): string {
  return text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS)}\n… (cut here)` : text
}

/**
 * What the proxy decides of such a request, from its token alone.
 *
 * @param path below the FHIR base
 * @throws IssuerRefused, as for a token that has ended
 */
export function explain(operator: IssuerApi, method: string, path: string, token: string): Promise<Explanation> {
  return operator.call('__explain', 'POST', '/explain', explanationSchema, { method, url: path, token })
}
