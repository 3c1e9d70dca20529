// The proxy in front of the sandbox's FHIR server with its synthetic people, and apps that hold tokens for them.
import type { Server } from 'node:http'
import type { CryptoKey } from 'jose'
import request, { type Test } from 'supertest'
import type { ProxyDeps } from '../../proxy/server.ts'
import { syntheticPeople } from '../../sandbox/people/synthetic-people.ts'
import { closeAll, FHIR, FHIR_BASE, ISSUER, signedToken, startFhirServer, startProxyBefore } from './proxy-stack.ts'

export { FHIR, FHIR_BASE, ISSUER }

type Send = (path: string, body?: object | string) => Test
export type App = {
  get(path: string): Test
  head(path: string): Test
  delete(path: string): Test
  /** A body that is no text goes as JSON: FHIR's, or a list as a JSON Patch. */
  post: Send
  put: Send
  patch: Send
  bundle(type: 'batch' | 'transaction', entry: readonly object[]): Test
}
export type Held = { status: number; text: string }

export type ProxiedServer = {
  /** An app in the hands of a patient. `claims`: what else its token holds. */
  as(patient: string, scope?: string, claims?: object): Promise<App>
  /** What the server holds, seen past the proxy. */
  held(path: string): Promise<Held>
  /** Puts a record in past the proxy. Gives its id. */
  hold(resource: { resourceType: string; [member: string]: unknown }): Promise<string>
  /** The proxy's own state, as operators see it. */
  health(): Test
  /** How many the server holds. */
  total(query: string): Promise<number>
  close(): Promise<void>
}

/** The FHIR server as it is asked when it is told nothing of how to take unknown parameters. */
export const SERVERS = [
  ['strict', { lenient: false }],
  ['lenient', { lenient: true }],
] as const

/** Of a patient, without an id. */
export function observation(patient: string, more: object = {}) {
  const subject = { reference: `Patient/${patient}` }
  return { resourceType: 'Observation', status: 'final', code: { text: 'steps' }, subject, ...more }
}

export async function startProxiedServer({
  lenient = true,
  ...deps
}: { lenient?: boolean } & Partial<ProxyDeps> = {}): Promise<ProxiedServer> {
  const { url: upstreamUrl, server: fhirServer } = await startFhirServer(syntheticPeople(), lenient)
  const { proxy } = await startProxyBefore(upstreamUrl, { deps })
  const held = async (path: string): Promise<Held> => {
    const answer = await fetch(`${upstreamUrl}/${path}`)
    return { status: answer.status, text: await answer.text() }
  }
  return {
    as: appsAt(proxy),
    held,
    health: () => request(proxy).get('/health'),
    async hold(resource) {
      const answer = await fetch(`${upstreamUrl}/${resource.resourceType}`, {
        method: 'POST',
        headers: { 'Content-Type': FHIR },
        body: JSON.stringify(resource),
      })
      return ((await answer.json()) as { id: string }).id
    },
    total: async (query) => JSON.parse((await held(`${query}&_summary=count`)).text).total as number,
    close: () => closeAll([proxy, fhirServer]),
  }
}

/** Apps before a proxy. @param key whose tokens it takes; by default that of all proxies in this process */
export function appsAt(proxy: Server | string, key?: CryptoKey): ProxiedServer['as'] {
  return async (patient, scope = 'patient/*.cruds', claims = {}) => {
    const who = { person: `Patient/${patient}`, patient, ...claims }
    const token = await signedToken({ scope, ...who }, key)
    const call =
      (method: 'get' | 'head' | 'delete' | 'post' | 'put' | 'patch'): Send =>
      (path, body) => {
        const sent = request(proxy)
          [method](`/fhir${path === '' ? '' : `/${path}`}`)
          .set('Authorization', `Bearer ${token}`)
        if (body === undefined) return sent
        const type = Array.isArray(body) ? 'application/json-patch+json' : FHIR
        return sent.type(type).send(typeof body === 'string' ? body : JSON.stringify(body))
      }
    const [post, put, patch] = [call('post'), call('put'), call('patch')]
    const bundle: App['bundle'] = (type, entry) => post('', { resourceType: 'Bundle', type, entry })
    return { get: call('get'), head: call('head'), delete: call('delete'), post, put, patch, bundle }
  }
}
