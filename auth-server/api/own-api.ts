// The issuer's own APIs (launches, clients, links, grants): one list of operations that routes, checks and describes them.
import { createLocalJWKSet, type JWTPayload, jwtVerify } from 'jose'
import type { Context, Middleware } from 'koa'
import type { Logger } from 'pino'
import type { z } from 'zod'
import type { AuditActor, AuditTarget } from '../../smart/audit/audit.ts'
import type { AuditTrail } from '../audit/audit-trail.ts'
import type { RegisteredClient } from '../clients/client.ts'
import type { ClientRegistry } from '../clients/registry.ts'
import { readBody } from '../front/body.ts'
import type { Endings } from '../grants/endings.ts'
import { accountSchema, subjectOf } from '../identity/account.ts'
import { publicJwks, type SigningKeys } from '../keys/signing-keys.ts'
import { Unavailable } from '../unavailable.ts'
import type { ApiScope } from './api-scopes.ts'

export type Call<Body> = {
  /** The client that asks, or in whose place an operator does. */
  caller: Pick<RegisteredClient, 'client_id'>
  /** Path parameters, decoded. */
  params: Readonly<Record<string, string>>
  query: URLSearchParams
  body: Body
}

export type Answer = { status: 200 | 201; body: unknown } | { status: 204 }

export type Operation<Body = unknown> = {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Below the issuer, with `{name}` for a parameter. */
  path: string
  scope: ApiScope
  /** One line, for the API description. */
  summary: string
  /** Checked before `run`; its faults are answered with 400, each by its member. */
  body?: z.ZodType<Body>
  query?: Readonly<Record<string, string>>
  /** Shape of a success. */
  answer?: z.ZodType
  /** What else it may refuse with, and when. */
  refusals?: Readonly<Partial<Record<404 | 409, string>>>
  run(call: Call<Body>): Promise<Answer>
}

/** Keeps `run` typed by the operation's own body. */
export function operation<Body>(of: Operation<Body>): Operation {
  return of as Operation
}

/** A refusal in the terms of the API: sent to the caller as it is. */
export class ApiError extends Error {
  readonly status: number
  readonly error: string

  constructor(status: 400 | 404 | 409, error: string, description: string) {
    super(description)
    this.status = status
    this.error = error
  }
}

const MAX_BODY_BYTES = 64 * 1024

export type VerifyCaller = (ctx: Context) => Promise<{ client: RegisteredClient; scopes: string[] } | undefined>

/** Only tokens of ours that were issued for these APIs: the FHIR base's are for the proxy alone (INT-03). */
export function callerVerifier(parts: {
  issuer: string
  keys: SigningKeys
  clients: ClientRegistry
  endings: Pick<Endings, 'isEnded'>
}): VerifyCaller {
  const { issuer, keys, clients, endings } = parts
  const publicKeys = createLocalJWKSet(publicJwks(keys))
  const options = {
    issuer,
    audience: issuer,
    typ: 'at+jwt',
    algorithms: ['ES256'],
    requiredClaims: ['exp', 'iat', 'jti'],
  }
  return async (ctx) => {
    const token = /^Bearer ([A-Za-z0-9._~+/-]+=*)$/i.exec(ctx.get('authorization'))?.[1]
    if (token === undefined) return undefined
    const claims = await jwtVerify(token, publicKeys, options).then(
      ({ payload }): JWTPayload | undefined => payload,
      () => undefined,
    )
    if (claims === undefined) return undefined
    const clientId = String(claims.client_id)
    const [client, isEnded] = await Promise.all([
      clients.find(clientId),
      // Whoever ends everything goes on with a token of the same second. What ends a client reaches some seconds ahead.
      endings.isEnded({ jti: String(claims.jti), clientId, at: ((claims.iat ?? 0) + 1) * 1000 }),
    ])
    if (client === undefined || isEnded) return undefined
    // What was taken from the client since counts at once.
    const allowed = new Set(client.scope.split(' '))
    return {
      client,
      scopes: String(claims.scope)
        .split(' ')
        .filter((scope) => allowed.has(scope)),
    }
  }
}

export function ownApi(
  verify: VerifyCaller,
  operations: readonly Operation[],
  { audit, log }: { audit: AuditTrail; log: Logger },
): Middleware {
  const routes = operations.map((one) => ({ operation: one, pattern: patternOf(one.path) }))
  return async (ctx, next) => {
    const here = routes.filter(({ pattern }) => pattern.test(ctx.path))
    if (here.length === 0) return next()
    ctx.set('Cache-Control', 'no-store')
    const route = here.find(({ operation: { method } }) => method === ctx.method)
    if (route === undefined) {
      ctx.set('Allow', here.map(({ operation: { method } }) => method).join(', '))
      return refuse(ctx, 405, 'invalid_request', 'this method is not served here')
    }
    const caller = await verify(ctx)
    const { scope } = route.operation
    const operation = `${ctx.method} ${route.operation.path}`
    if (caller === undefined) {
      audit.record(ctx, { operation, outcome: 'denied', reason: 'invalid_token', actor: {} })
      ctx.set('WWW-Authenticate', 'Bearer error="invalid_token"')
      return refuse(ctx, 401, 'invalid_token', 'a token for this API is needed')
    }
    const actor = { clientId: caller.client.client_id }
    if (!caller.scopes.includes(scope)) {
      audit.record(ctx, { operation, outcome: 'denied', reason: 'insufficient_scope', actor })
      ctx.set('WWW-Authenticate', `Bearer error="insufficient_scope", scope="${scope}"`)
      return refuse(ctx, 403, 'insufficient_scope', `scope ${scope} is needed`)
    }
    try {
      const answer = await carryOut(ctx, { operation: route.operation, actor, audit }, async () => ({
        caller: caller.client,
        params: decoded(route.pattern.exec(ctx.path)?.groups ?? {}),
        query: new URLSearchParams(ctx.querystring),
        body: parseJson(await readBody(ctx, MAX_BODY_BYTES).catch(() => '')),
      }))
      ctx.status = answer.status
      if (answer.status !== 204) ctx.body = answer.body
    } catch (error) {
      if (error instanceof ApiError) return refuse(ctx, error.status, error.error, error.message)
      if (!(error instanceof Unavailable)) throw error
      log.error({ err: error }, 'own API')
      ctx.set('Retry-After', '5')
      return refuse(ctx, 503, error.error, error.error_description)
    }
  }
}

/**
 * Checks the body, runs the operation and records it, whoever asks and however.
 * @param callOf read within, so that a call that cannot be read is recorded too; its body is as it was sent
 * @throws ApiError
 */
export async function carryOut(
  ctx: Context,
  { operation, actor, audit }: { operation: Operation; actor: AuditActor; audit: AuditTrail },
  callOf: () => Promise<Call<unknown>>,
): Promise<Answer> {
  const name = `${operation.method} ${operation.path}`
  let target: AuditTarget = {}
  try {
    const said = await callOf()
    const call = { ...said, body: bodyOf(said.body, operation) }
    target = targetOf(operation, call)
    const answer = await operation.run(call)
    audit.record(ctx, { operation: name, actor, target })
    return answer
  } catch (error) {
    if (error instanceof ApiError)
      audit.record(ctx, { operation: name, outcome: 'failed', reason: error.error, actor, target })
    throw error
  }
}

/** Whom a call is about: our APIs name the same things by the same names. */
function targetOf({ path }: Operation, { params, query, body }: Omit<Call<unknown>, 'caller'>): AuditTarget {
  const said = { ...Object.fromEntries(query), ...(body as Record<string, unknown> | undefined) }
  const account = accountSchema.safeParse(said.account ?? Object.fromEntries(query))
  const clientId = path.startsWith('/clients/') ? params.id : said.client_id
  const subject = params.sub ?? (account.success ? subjectOf(account.data) : undefined)
  const named = params.type === undefined ? said.person : `${params.type}/${params.id}`
  const record = named ?? (said.patient === undefined ? undefined : `Patient/${said.patient}`)
  return {
    ...(typeof clientId === 'string' ? { clientId } : {}),
    ...(subject === undefined ? {} : { subject }),
    ...(typeof record === 'string' ? { record } : {}),
  }
}

function refuse(ctx: Context, status: number, error: string, description: string): void {
  ctx.status = status
  ctx.body = { error, error_description: description }
}

function patternOf(path: string): RegExp {
  return new RegExp(`^${path.replace(/\{(\w+)\}/g, '(?<$1>[^/]{1,512})')}$`)
}

function decoded(params: Record<string, string>): Record<string, string> {
  try {
    return Object.fromEntries(Object.entries(params).map(([name, value]) => [name, decodeURIComponent(value)]))
  } catch {
    throw new ApiError(400, 'invalid_request', 'the path is not properly encoded')
  }
}

function bodyOf(sent: unknown, { body: schema }: Operation): unknown {
  if (schema === undefined) return undefined
  const parsed = schema.safeParse(sent)
  if (parsed.success) return parsed.data
  const faults = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'body'}: ${issue.message}`)
  throw new ApiError(400, 'invalid_request', faults.join('; '))
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
