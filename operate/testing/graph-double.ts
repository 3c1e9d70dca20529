// Microsoft Graph's registrations, as documented for v1.0, on loopback: addresses, members, status codes and error bodies.

import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

type App = Record<string, unknown> & { id: string; appId: string; displayName: string; extensions: { name: string }[] }

export type GraphDouble = {
  url: string
  apps: App[]
  principals: Record<string, unknown>[]
  /** Methods and paths, all but reads. */
  changes: string[]
  close(): void
}

export const GRAPH_TOKEN = 'a-token-for-graph'

/** @param right false: answers as it does to somebody who may not make registrations */
export async function startGraphDouble(right = true): Promise<GraphDouble> {
  const apps: App[] = []
  const principals: Record<string, unknown>[] = []
  const changes: string[] = []

  function answer(
    method: string,
    path: string,
    query: URLSearchParams,
    body: Record<string, unknown>,
  ): [number, unknown] {
    if (method !== 'GET') {
      changes.push(`${method} ${path}`)
      if (!right) return fault(403, 'Authorization_RequestDenied', 'Insufficient privileges to complete the operation.')
    }
    const [, byAppId] = /^\/applications\(appId='([^']+)'\)(?:\/addPassword)?$/.exec(path) ?? []
    const [, byId, below] = /^\/applications\/([^/]+)(\/.+)?$/.exec(path) ?? []
    const app = apps.find(({ id, appId }) => id === byId || appId === byAppId)
    if ((byId ?? byAppId) !== undefined && app === undefined) return gone()
    const [, ofApp] = /^\/servicePrincipals\(appId='([^']+)'\)$/.exec(path) ?? []
    if (ofApp !== undefined) {
      const found = principals.find(({ appId }) => appId === ofApp)
      return found === undefined ? gone() : [200, found]
    }
    switch (`${method} ${path.replace(/\/applications[/(][^/]+/, '/applications/{id}')}`) {
      case 'GET /applications': {
        const [, name] = /^displayName eq '(.*)'$/.exec(query.get('$filter') ?? '') ?? []
        return [200, { value: apps.filter(({ displayName }) => displayName === name?.replaceAll("''", "'")) }]
      }
      case 'POST /applications': {
        const made = { ...body, id: randomUUID(), appId: randomUUID(), extensions: [] } as unknown as App
        apps.push(made)
        return [201, made]
      }
      case 'GET /applications/{id}':
        return [200, app]
      case 'PATCH /applications/{id}':
        Object.assign(app as App, body)
        return [204, undefined]
      case 'POST /applications/{id}/addPassword':
        return [200, { ...(body.passwordCredential as object), keyId: randomUUID(), secretText: 'shown-this-once' }]
      case 'GET /applications/{id}/extensionProperties':
        return [200, { value: app?.extensions }]
      case 'POST /applications/{id}/extensionProperties': {
        const made = { ...body, name: `extension_${app?.appId.replaceAll('-', '')}_${body.name}` }
        app?.extensions.push(made)
        return [201, made]
      }
      case 'POST /servicePrincipals':
        principals.push(body)
        return [201, { ...body, id: randomUUID() }]
      default:
        return fault(400, 'Request_BadRequest', `no segment ${below ?? path}`)
    }
  }

  const server: Server = createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://graph')
    const said = await bodyOf(request)
    const isKnown = request.headers.authorization === `Bearer ${GRAPH_TOKEN}` && pathname.startsWith('/v1.0/')
    const [status, body] = isKnown
      ? answer(request.method ?? '', pathname.slice('/v1.0'.length), searchParams, said)
      : fault(401, 'InvalidAuthenticationToken', 'Access token is missing or malformed.')
    response
      .writeHead(status, { 'content-type': 'application/json' })
      .end(body === undefined ? '' : JSON.stringify(body))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    apps,
    principals,
    changes,
    close: () => void server.close(),
  }
}

async function bodyOf(request: IncomingMessage): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return chunks.length === 0 ? {} : JSON.parse(Buffer.concat(chunks).toString())
}

const fault = (status: number, code: string, message: string): [number, unknown] => [
  status,
  { error: { code, message } },
]
const gone = () => fault(404, 'Request_ResourceNotFound', 'Resource does not exist.')
