// Microsoft Graph, as far as registrations need it: plain requests with the token of the operator who is signed in.

import type { TokenCredential } from '@azure/identity'

export type Graph = {
  /** The answer's body, or undefined when there is no such thing. @throws GraphError for every other refusal */
  get(path: string): Promise<Json | undefined>
  send(method: 'POST' | 'PATCH', path: string, body: Json): Promise<Json>
}

export type Json = { readonly [name: string]: unknown }

/** What Graph said, in its own words. */
export class GraphError extends Error {
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.name = 'GraphError'
    this.status = status
  }
}

export const GRAPH_URL = 'https://graph.microsoft.com'
const PATIENCE_MS = 30_000

/** @param url its origin; a national cloud has another */
export function openGraph(credential: TokenCredential, url: string = GRAPH_URL): Graph {
  async function ask(method: string, path: string, body?: Json): Promise<{ status: number; json: Json }> {
    const token = await credential.getToken(`${url}/.default`)
    const answer = await fetch(`${url}/v1.0${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token?.token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      redirect: 'error',
      signal: AbortSignal.timeout(PATIENCE_MS),
    })
    const text = await answer.text()
    const json = text === '' ? {} : (JSON.parse(text) as Json)
    if (answer.ok || answer.status === 404) return { status: answer.status, json }
    const { message = 'no reason given' } = (json.error ?? {}) as { message?: string }
    throw new GraphError(answer.status, `${method} ${path}: ${answer.status}: ${message}`)
  }
  return {
    async get(path) {
      const { status, json } = await ask('GET', path)
      return status === 404 ? undefined : json
    },
    async send(method, path, body) {
      const { status, json } = await ask(method, path, body)
      if (status === 404) throw new GraphError(404, `${method} ${path}: there is no such thing`)
      return json
    },
  }
}
