// The proxy's HTTP server: what is open to all (discovery, metadata, health), and the way of every other request.

import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { Telemetry } from '../service/telemetry/telemetry.ts'
import { clientAddress } from '../smart/client-address.ts'
import { smartConfiguration } from '../smart/discovery.ts'
import { type ParsedInteraction, parseInteraction } from '../smart/fhir/interaction.ts'
import { isFileRead } from '../smart/plan/file.ts'
import { type Answer, fhirAnswer, preflight, refusal } from './answers/answer.ts'
import { alarmTo } from './answers/body.ts'
import { acceptsJson } from './answers/format.ts'
import { formatsOf, refusalOf, wishesOf, withForm } from './answers/incoming.ts'
import { type Sent, send } from './answers/send.ts'
import type { AccessLog } from './audit/access-log.ts'
import { type Audit, NO_AUDIT } from './audit/audit.ts'
import { recordsOf } from './audit/records.ts'
import { Trail } from './audit/trail.ts'
import { SERVICE_BASE, type ServiceBase } from './brands/service-base.ts'
import { compose } from './compose.ts'
import type { ProxyConfig } from './config.ts'
import { health, live, type ProxyFacts, readiness } from './health.ts'
import { type IdentifyDeps, openIdentify, unauthorized } from './identity/open-identify.ts'
import { createRateLimits, NO_LIMITS } from './identity/rate-limits.ts'
import { tellOfRequest, tellOfState, timedPlan } from './observe.ts'
import type { Loaded } from './processors/call.ts'
import { inRequest, type RequestContext, traceOf } from './request-context.ts'
import { openExportFiles, openUpstream } from './upstream/open-upstream.ts'
import { type Known, NOTHING_KNOWN, type Probe } from './upstream/probe.ts'
import type { Upstream } from './upstream/upstream.ts'
import { readWritten } from './writes/written.ts'

export type ProxyDeps = Omit<IdentifyDeps, 'clock'> & {
  clock?: () => Date
  upstream?: Upstream
  /** What is known of the FHIR server behind. */
  probe?: Known & Pick<Probe, 'profile'>
  /** Default: nothing is recorded. */
  audit?: Audit
  /** What patients may read of it. */
  accessLog?: AccessLog
  /** In the order of the operator's file; whoever made them closes them. */
  processors?: readonly Loaded[]
  /** The operator's brands, which everyone may read. */
  serviceBase?: ServiceBase | undefined
  /** For readiness: what whoever wired it knows of the FHIR server and of change events. */
  facts?: Pick<ProxyFacts, 'upstream' | 'events'>
  /** Undefined: it is off. */
  telemetry?: Telemetry | undefined
}

/** A sealed paging link carries the search with it. */
const MAX_HEADER_BYTES = 64 * 1024

/** Whoever sends a request byte by byte holds nothing for long. */
const LIMITS = {
  maxHeaderSize: MAX_HEADER_BYTES,
  headersTimeout: 10_000,
  // A file may take its time; other bodies have less (request-body.ts).
  requestTimeout: 600_000,
  connectionsCheckingInterval: 2_000,
  // Of two tokens the first would count here, and perhaps the last for whoever stands before.
  joinDuplicateHeaders: true,
}

const GONE = new Error('nobody waits for the answer any more')

/** Wired and not listening. Closing the server closes its connections to the upstream. */
export function createProxy(config: ProxyConfig, deps: ProxyDeps): Server {
  const clock = deps.clock ?? (() => new Date())
  const { log, audit = NO_AUDIT, telemetry } = deps
  const alarm = alarmTo(log)
  const upstream = deps.upstream ?? openUpstream(config, { alarm, clock })
  const exportFiles = openExportFiles(config, { alarm, clock })
  const { identify, keyState } = openIdentify(config, { ...deps, clock })
  const limits = createRateLimits(config.rateLimitPerMinute)
  const { getMetadata, fhir } = compose(config, {
    upstream,
    exportFiles,
    probe: deps.probe ?? NOTHING_KNOWN,
    accessLog: deps.accessLog,
    processors: deps.processors ?? [],
    plan: telemetry && timedPlan(telemetry),
    clock,
    log,
    alarm,
  })
  const facts: ProxyFacts = {
    ...deps.facts,
    revocations: deps.revocations,
    keys: keyState,
    audit,
    isAuditRequired: config.audit.isRequired,
    profile: () => deps.probe?.profile(),
  }
  if (telemetry !== undefined) tellOfState(telemetry, facts)
  const basePath = new URL(config.fhirBase).pathname.replace(/\/+$/, '')
  const published = deps.serviceBase === undefined ? {} : { brands: deps.serviceBase.discovery }
  const discovery = JSON.stringify(smartConfiguration({ ...config, ...published }))

  async function answerTo(request: IncomingMessage, context: RequestContext, signal: AbortSignal): Promise<Answer> {
    const { method = '', url = '' } = request
    if (method === 'OPTIONS') return preflight()
    const isRead = method === 'GET' || method === 'HEAD'
    const path = url.split('?', 1)[0]
    if (isRead && path?.startsWith('/health')) {
      const asked = healthAnswer(path)
      if (asked !== undefined) return asked
    }
    if (isRead && path === `${basePath}/.well-known/smart-configuration`)
      return { status: 200, headers: OPEN_DOCUMENT, body: discovery }
    if (isRead && path === basePath + SERVICE_BASE && deps.serviceBase !== undefined)
      return deps.serviceBase.answer(request.headers['if-none-match'])

    const parsed = parseInteraction(method, url, basePath)
    if (parsed.ok) context.interaction = parsed.interaction
    if (parsed.ok && parsed.interaction.kind === 'capabilities') return answerMetadata(request)

    const overTries = await limits.ofAddress(context.address)
    if (overTries !== undefined) return overTries
    if (!audit.isWritable())
      return refusal(503, 'transient', 'Requests cannot be recorded just now.', { 'Retry-After': '5' })
    const identified = await identify(request.headers.authorization)
    if (identified.kind === 'invalid') await limits.failed(context.address)
    if (identified.kind !== 'missing' && audit.isOn) context.trail = trailOf(parsed)
    if (identified.kind !== 'known') return unauthorized(identified)
    const { access, actor, holder } = identified.credential
    context.actor = actor
    // The authorization server asks for all who sign in.
    const limited = actor.clientId === config.issuer ? NO_LIMITS : limits
    const over = await limited.ofHolder(holder, 1)
    if (over !== undefined) return over
    const refused = refusalOf(request, parsed)
    if (refused !== undefined || !parsed.ok) return refused ?? refusal(400, 'invalid', 'The request cannot be read.')

    const complete = await withForm(request, parsed.interaction)
    if ('status' in complete) return complete
    const written = await readWritten(request, complete)
    if (written !== undefined && 'status' in written) return written
    const isFile = isFileRead(complete) || complete.kind === 'export-file'
    if (!isFile && !acceptsJson(request.headers.accept, formatsOf(complete)))
      return refusal(406, 'not-supported', 'Answers are given as application/fhir+json only.')
    const brought = written === undefined ? wishesOf(request) : { written }
    const admit = (requests: number) => limited.ofHolder(holder, requests)
    return fhir({ access, actor, interaction: complete, holder, admit, signal, ...brought })
  }

  function healthAnswer(path: string): Answer | undefined {
    if (path === '/health') return health(deps.revocations.isCurrent(), audit, facts.profile())
    if (path === '/health/live') return live()
    return path === '/health/ready' ? readiness(facts) : undefined
  }

  function trailOf(parsed: ParsedInteraction): Trail {
    const trail = new Trail([config.fhirBase, config.upstreamUrl])
    if (parsed.ok) trail.interaction = parsed.interaction
    return trail
  }

  async function answerMetadata(request: IncomingMessage): Promise<Answer> {
    const formats = new URL(request.url ?? '/', config.fhirBase).searchParams.getAll('_format')
    if (!acceptsJson(request.headers.accept, formats))
      return refusal(406, 'not-supported', 'Answers are given as application/fhir+json only.')
    const statement = await getMetadata()
    if (statement === undefined)
      return refusal(503, 'transient', 'The FHIR server cannot be reached just now.', { 'Retry-After': '5' })
    return fhirAnswer(200, statement, { 'Cache-Control': 'public, max-age=60', Vary: 'Accept' })
  }

  // Longer than the FHIR server may pause in the middle of an answer.
  const stallMilliseconds = 2 * config.upstreamTimeoutMs

  const server = createServer(LIMITS, (request, response) => {
    const requestId = randomUUID()
    const { method = '', socket } = request
    const forwarded = String(request.headers['x-forwarded-for'] ?? '')
    const address = clientAddress(socket.remoteAddress ?? '', forwarded, config.trustedHops)
    const context: RequestContext = {
      requestId,
      ...traceOf(request.headers),
      method,
      address,
    }
    const isObserved = telemetry !== undefined && !request.url?.startsWith('/health')
    if (isObserved) context.trace = telemetry.begin(context.traceparent)
    const { givenId = requestId } = context
    const startedAt = performance.now()
    const left = new AbortController()
    const leave = () => {
      if (!response.writableFinished) left.abort(GONE)
    }
    response.on('close', leave)
    response.on('error', leave)
    const late = () => left.abort(new DOMException('the request took too long', 'TimeoutError'))
    const deadline = setTimeout(late, config.requestTimeoutMs)
    const respond = async () => {
      const answer = await answerTo(request, context, left.signal)
        .catch((error: unknown) => {
          log.error({ requestId, err: error }, 'unexpected')
          return refusal(500, 'exception', `Something went wrong here. Reference: ${requestId}`)
        })
        // An answer that has begun may take its time.
        .finally(() => clearTimeout(deadline))
      // A body that nobody read would be taken for the next request.
      if (!request.complete) response.shouldKeepAlive = false
      let sent: Sent = 'cut'
      try {
        sent = await send(response, answer, { requestId: givenId, stallMilliseconds })
      } finally {
        // Neither query nor path: both may hold names and identifiers.
        const milliseconds = Math.round(performance.now() - startedAt)
        log.info({ requestId, givenId, method, status: answer.status, sent, milliseconds }, 'request')
        const answered = { answer, sent, milliseconds, at: clock() }
        audit.take(recordsOf(context, answered))
        if (isObserved) tellOfRequest(telemetry, context, answered)
      }
    }
    inRequest(context, respond).catch((error: unknown) =>
      log.error({ requestId, err: error }, 'the answer could not be sent'),
    )
  })
  server.on('clientError', (_error, socket) => {
    if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n')
  })
  server.on('close', () => {
    for (const one of [upstream, exportFiles])
      one?.close().catch((error: unknown) => log.warn({ err: error }, 'closing the upstream'))
  })
  return server
}

const OPEN_DOCUMENT = { 'Content-Type': 'application/json', 'Cache-Control': 'public, max-age=300', Vary: 'Accept' }
