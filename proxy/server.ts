// The proxy's HTTP server: what is open to all (discovery, metadata, health), and the way of every other request.

import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { JWTVerifyGetKey } from 'jose'
import type { Logger } from 'pino'
import { clientAddress } from '../smart/client-address.ts'
import { smartConfiguration } from '../smart/discovery.ts'
import { isFileRead } from '../smart/file.ts'
import {
  addFormParameters,
  type Interaction,
  type ParsedInteraction,
  parseInteraction,
  takesForm,
} from '../smart/interaction.ts'
import { type Answer, fhirAnswer, preflight, refusal } from './answer.ts'
import type { AccessLog } from './audit/access-log.ts'
import { type Audit, NO_AUDIT } from './audit/audit.ts'
import { recordsOf } from './audit/records.ts'
import { Trail } from './audit/trail.ts'
import { alarmTo } from './body.ts'
import { compose } from './compose.ts'
import type { ProxyConfig } from './config.ts'
import { createIdentify, type Identified } from './credential.ts'
import { acceptsJson } from './format.ts'
import { health } from './health.ts'
import { createIssuerKeys } from './issuer-keys.ts'
import { knownOf } from './known.ts'
import { openExportFiles, openUpstream } from './open-upstream.ts'
import { type Known, NOTHING_KNOWN, type Probe } from './probe.ts'
import type { Loaded } from './processors/call.ts'
import { createRateLimits, NO_LIMITS } from './rate-limits.ts'
import { readRequestBody } from './request-body.ts'
import { inRequest, type RequestContext, traceOf } from './request-context.ts'
import type { Revocations } from './revocations.ts'
import { type Sent, send } from './send.ts'
import type { SharedTables } from './shared-tables.ts'
import type { Upstream } from './upstream.ts'
import { createVerify } from './verify.ts'
import { createVerifyRoles } from './verify-roles.ts'
import { readWritten } from './written.ts'

export type ProxyDeps = {
  log: Logger
  revocations: Revocations
  /** The signed token behind a handle. */
  findToken(handle: string): Promise<string | undefined>
  /** What an Entra account is linked to, for role mode; undefined: to nobody. */
  personLinks?: SharedTables['personLinks']
  clock?: () => Date
  upstream?: Upstream
  /** What is known of the FHIR server behind. */
  probe?: Known & Pick<Probe, 'profile'>
  keys?: JWTVerifyGetKey
  /** Default: nothing is recorded. */
  audit?: Audit
  /** What patients may read of it. */
  accessLog?: AccessLog
  /** In the order of the operator's file; whoever made them closes them. */
  processors?: readonly Loaded[]
}

const MAX_FORM_BYTES = 256 * 1024
/** A sealed paging link carries the search with it. */
const MAX_HEADER_BYTES = 64 * 1024

/** Whoever sends a request byte by byte holds nothing for long. */
const LIMITS = {
  maxHeaderSize: MAX_HEADER_BYTES,
  headersTimeout: 10_000,
  // A file may take its time; other bodies have less (request-body.ts).
  requestTimeout: 600_000,
  connectionsCheckingInterval: 2_000,
}

const GONE = new Error('nobody waits for the answer any more')

/** Wired and not listening. Closing the server closes its connections to the upstream. */
export function createProxy(config: ProxyConfig, deps: ProxyDeps): Server {
  const clock = deps.clock ?? (() => new Date())
  const { log, audit = NO_AUDIT } = deps
  const alarm = alarmTo(log)
  const upstream = deps.upstream ?? openUpstream(config, { alarm, clock })
  const exportFiles = openExportFiles(config, { alarm, clock })
  const keysAt = (url: string) =>
    createIssuerKeys(url, {
      graceMilliseconds: config.keysGraceMinutes * 60_000,
      clock,
      onFailure: (error) => log.warn({ err: error, url }, 'keys cannot be fetched; the ones at hand go on'),
    })
  const { issuer, fhirBase: audience, clockSkewSeconds } = config
  const keys = deps.keys ?? keysAt(config.jwksUrl)
  const verify = createVerify({ ...deps, issuer, audience, keys, clock, clockSkewSeconds })
  const identify = createIdentify(verify, rolesOf(config, { ...deps, clock, keysAt }))
  const limits = createRateLimits(config.rateLimitPerMinute)
  const { getMetadata, fhir } = compose(config, {
    upstream,
    exportFiles,
    probe: deps.probe ?? NOTHING_KNOWN,
    accessLog: deps.accessLog,
    processors: deps.processors ?? [],
    clock,
    log,
    alarm,
  })
  const basePath = new URL(config.fhirBase).pathname.replace(/\/+$/, '')
  const discovery = JSON.stringify(smartConfiguration(config))

  async function answerTo(request: IncomingMessage, context: RequestContext, signal: AbortSignal): Promise<Answer> {
    const { method = '', url = '' } = request
    if (method === 'OPTIONS') return preflight()
    const isRead = method === 'GET' || method === 'HEAD'
    const path = url.split('?', 1)[0]
    if (isRead && path === '/health') return health(deps.revocations.isCurrent(), audit, deps.probe?.profile())
    if (isRead && path === `${basePath}/.well-known/smart-configuration`)
      return { status: 200, headers: OPEN_DOCUMENT, body: discovery }

    const parsed = parseInteraction(method, url, basePath)
    if (parsed.ok && parsed.interaction.kind === 'capabilities') return answerMetadata(request)

    const overTries = await limits.ofAddress(context.address)
    if (overTries !== undefined) return overTries
    if (!audit.isWritable())
      return refusal(503, 'transient', 'Requests cannot be recorded just now.', { 'Retry-After': '5' })
    const identified = await identify(request.headers.authorization)
    if (identified.kind === 'invalid') await limits.failed(context.address)
    if (identified.kind !== 'missing') context.trail = trailOf(parsed)
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
    const takesGzip = /(^|[, ])gzip *(,|;(?! *q=0(\.0*)? *(,|$))|$)/i.test(
      String(request.headers['accept-encoding'] ?? ''),
    )
    const { accept, range, 'if-none-match': noneMatch, 'if-modified-since': modifiedSince } = request.headers
    // Of what a part is wanted, is not compressed: the bytes that are counted are those of the file.
    const streams = { accept, takesGzip, range: request.headers['if-range'] === undefined ? range : undefined }
    const brought = written === undefined ? { streams, known: knownOf(noneMatch, modifiedSince) } : { written }
    const admit = (requests: number) => limited.ofHolder(holder, requests)
    return fhir({ access, actor, interaction: complete, holder, admit, signal, ...brought })
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
        audit.take(recordsOf(context, { answer, sent, milliseconds, at: clock() }))
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

/** Undefined while role mode is off. */
function rolesOf(
  { roles, clockSkewSeconds }: ProxyConfig,
  deps: Pick<ProxyDeps, 'revocations' | 'personLinks'> & {
    clock: () => Date
    keysAt: (url: string) => JWTVerifyGetKey
  },
) {
  if (roles === undefined) return undefined
  const keys = new Map([...roles.keyUrls].map(([issuer, url]) => [issuer, deps.keysAt(url)]))
  const keysOf = (issuer: string) => keys.get(issuer) as JWTVerifyGetKey
  const { personLinks = async () => [] } = deps
  return {
    issuers: roles.issuers,
    verify: createVerifyRoles({ ...deps, personLinks, settings: roles, keysOf, clockSkewSeconds }),
  }
}

const OPEN_DOCUMENT = { 'Content-Type': 'application/json', 'Cache-Control': 'public, max-age=300', Vary: 'Accept' }

function unauthorized(identified: Exclude<Identified, { kind: 'known' }>): Answer {
  switch (identified.kind) {
    case 'missing':
      return refusal(401, 'login', 'An access token is needed.', { 'WWW-Authenticate': 'Bearer' })
    case 'invalid':
      return refusal(401, 'login', identified.message, { 'WWW-Authenticate': 'Bearer error="invalid_token"' })
    case 'kept-out':
      return refusal(403, 'forbidden', 'This account is not among those that are let in here.')
    case 'unavailable':
      return refusal(503, 'transient', 'Access tokens cannot be checked just now.', { 'Retry-After': '5' })
  }
}

const OVERRIDES = ['x-http-method-override', 'x-http-method', 'x-method-override']

function refusalOf(request: IncomingMessage, parsed: ParsedInteraction): Answer | undefined {
  if (OVERRIDES.some((name) => request.headers[name] !== undefined))
    return refusal(400, 'invalid', 'A method override is not accepted.')
  if (parsed.ok) return undefined
  switch (parsed.reason) {
    case 'malformed':
      return refusal(400, 'invalid', parsed.message)
    case 'unknown-type':
      return refusal(404, 'not-supported', parsed.message)
    case 'unknown-interaction':
      return refusal(403, 'not-supported', parsed.message)
  }
}

/** Reads the form of a POST search; other interactions keep their body unread, since none that has one is carried out. */
async function withForm(request: IncomingMessage, interaction: Interaction): Promise<Interaction | Answer> {
  if (!takesForm(interaction)) return interaction
  const contentType = request.headers['content-type'] ?? ''
  if (contentType !== '' && !/^application\/x-www-form-urlencoded *(;|$)/i.test(contentType))
    return refusal(415, 'not-supported', 'A search by POST takes application/x-www-form-urlencoded.')
  const body = await readRequestBody(request, { limit: MAX_FORM_BYTES, named: 'form' })
  if ('status' in body) return body
  const parsed = addFormParameters(interaction, body.toString('latin1'))
  return parsed.ok ? parsed.interaction : refusal(400, 'invalid', parsed.message)
}

function formatsOf(interaction: Interaction): string[] {
  if (!('parameters' in interaction)) return []
  return interaction.parameters.filter(([name]) => name === '_format').map(([, value]) => value)
}
