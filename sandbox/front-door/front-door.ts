// The one origin in front of authorization server and FHIR proxy, as API Management would be. It decides nothing; of runs of
// scenarios it writes down what it forwards, and makes the faults that they ask for.

import { type IncomingMessage, Server, ServerResponse } from 'node:http'
import httpProxy from 'http-proxy'
import type { Gateway } from './policies/gateway.ts'
import { answerProblem } from './problem.ts'
import { answerOwnPath, isOwnPath } from './run-routes.ts'
import { RunStore } from './run-store.ts'
import { Watch } from './watch.ts'

/** A service that takes this long to begin its answer is taken for dead. */
const ANSWER_TIMEOUT_MS = 60_000

/** What an attacker would like a service to believe about the connection: only this hop may say it. */
const FORWARDING_HEADERS = ['forwarded', 'x-forwarded-port', 'x-forwarded-server', 'x-forwarded-prefix', 'x-real-ip']

function isFhirPath(url: string): boolean {
  return /^\/fhir(?:[/?]|$)/.test(url)
}

/**
 * A server, not yet listening.
 *
 * @param p.publicUrl the origin that browsers use; the services are told its host and scheme
 * @param p.authServerUrl where all but the FHIR base is sent
 * @param p.proxyUrl where `/fhir` is sent
 * @param p.entraUrl origin of the Entra stand-in, for faults of the sign-in
 * @param p.runsKey what a caller must know to open and to see runs
 * @param p.gateway what API Management would do in between; absent: nothing
 */
export function frontDoor(p: {
  publicUrl: string
  authServerUrl: string
  proxyUrl: string
  entraUrl: string
  runsKey: string
  gateway?: Gateway
}): Server {
  const { host, protocol, origin } = new URL(p.publicUrl)
  const runs = new RunStore()
  const watch = new Watch(runs, { ours: origin, entra: p.entraUrl })
  const proxy = httpProxy.createProxyServer({ proxyTimeout: ANSWER_TIMEOUT_MS, toProxy: true })

  // http-proxy lets the service work on after the client has gone.
  proxy.on('proxyReq', (proxyReq, _req, res) => {
    res.once('close', () => {
      if (!res.writableFinished) proxyReq.destroy()
    })
  })
  // Nor does it tell the client when the service breaks off.
  proxy.on('proxyRes', (proxyRes, req, res) => {
    p.gateway?.after(proxyRes, req)
    watch.answered(proxyRes, req)
    proxyRes.once('close', () => {
      if (!proxyRes.complete) res.destroy()
    })
  })
  proxy.on('error', (_error, _req, res) => {
    if (res instanceof ServerResponse) answerProblem(res, 502, 'The service behind this address does not answer.')
    else res.destroy()
  })

  return new Server((req: IncomingMessage, res: ServerResponse) => {
    // Absolute-form and `*` targets have no place at this hop.
    if (!req.url?.startsWith('/')) return answerProblem(res, 400, 'The request target must be a path.')
    for (const name of FORWARDING_HEADERS) delete req.headers[name]
    req.headers['x-forwarded-for'] = req.socket.remoteAddress ?? ''
    req.headers['x-forwarded-host'] = host
    req.headers['x-forwarded-proto'] = protocol.slice(0, -1)
    const unread = () => answerProblem(res, 400, 'The request cannot be forwarded.')
    if (isOwnPath(req.url)) answerOwnPath({ runs, key: p.runsKey }, req, res).catch(unread)
    else forward(req, res).catch(unread)
  })

  async function forward(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const { body, isAnswered } = await watch.before(req, res)
    if (isAnswered) return
    const target = p.gateway === undefined ? targetOf(req.url ?? '') : await p.gateway.before(req, res)
    if (target === undefined) return
    proxy.web(req, res, { target, ...(body === undefined ? {} : { buffer: body }) })
  }

  function targetOf(url: string): string {
    return isFhirPath(url) ? p.proxyUrl : p.authServerUrl
  }
}
