// The one origin in front of authorization server and FHIR proxy, as API Management would be. It forwards and decides nothing.

import { type IncomingMessage, Server, ServerResponse } from 'node:http'
import httpProxy from 'http-proxy'

/** A service that takes this long to begin its answer is taken for dead. */
const ANSWER_TIMEOUT_MS = 60_000

/** What an attacker would like a service to believe about the connection: only this hop may say it. */
const FORWARDING_HEADERS = ['forwarded', 'x-forwarded-port', 'x-forwarded-server', 'x-forwarded-prefix', 'x-real-ip']

function isFhirPath(url: string): boolean {
  return /^\/fhir(?:[/?]|$)/.test(url)
}

function answerProblem(res: ServerResponse, status: number, title: string): void {
  if (res.headersSent) {
    // Half an answer must not look like a whole one.
    res.destroy()
    return
  }
  const body = JSON.stringify({ type: 'about:blank', status, title })
  // Apps of other origins may read what went wrong.
  res
    .writeHead(status, {
      'Content-Type': 'application/problem+json',
      'Cache-Control': 'no-store',
      'Access-Control-Allow-Origin': '*',
    })
    .end(body)
}

/**
 * A server, not yet listening.
 *
 * @param p.publicUrl the origin that browsers use; the services are told its host and scheme
 * @param p.authServerUrl where all but the FHIR base is sent
 * @param p.proxyUrl where `/fhir` is sent
 */
export function frontDoor(p: { publicUrl: string; authServerUrl: string; proxyUrl: string }): Server {
  const { host, protocol } = new URL(p.publicUrl)
  const proxy = httpProxy.createProxyServer({ proxyTimeout: ANSWER_TIMEOUT_MS, toProxy: true })

  // http-proxy lets the service work on after the client has gone.
  proxy.on('proxyReq', (proxyReq, _req, res) => {
    res.once('close', () => {
      if (!res.writableFinished) proxyReq.destroy()
    })
  })
  // Nor does it tell the client when the service breaks off.
  proxy.on('proxyRes', (proxyRes, _req, res) => {
    proxyRes.once('close', () => {
      if (!proxyRes.complete) res.destroy()
    })
  })
  proxy.on('error', (_error, _req, res) => {
    if (res instanceof ServerResponse) answerProblem(res, 502, 'The service behind this address does not answer.')
    else res.destroy()
  })

  return new Server((req: IncomingMessage, res: ServerResponse) => {
    if (req.method === 'GET' && req.url === '/front-door/health') {
      res.writeHead(200, { 'Content-Type': 'application/json' }).end('{"status":"ok"}')
      return
    }
    // Absolute-form and `*` targets have no place at this hop.
    if (!req.url?.startsWith('/')) return answerProblem(res, 400, 'The request target must be a path.')
    for (const name of FORWARDING_HEADERS) delete req.headers[name]
    req.headers['x-forwarded-for'] = req.socket.remoteAddress ?? ''
    req.headers['x-forwarded-host'] = host
    req.headers['x-forwarded-proto'] = protocol.slice(0, -1)
    try {
      proxy.web(req, res, { target: isFhirPath(req.url) ? p.proxyUrl : p.authServerUrl })
    } catch {
      answerProblem(res, 400, 'The request cannot be forwarded.')
    }
  })
}
