// Dynamic client registration (RFC 7591), for who holds the operator's initial access token. Off unless one is set.
import { createHash, timingSafeEqual } from 'node:crypto'
import type { Context, Middleware } from 'koa'
import { z } from 'zod'
import { parseScope } from '../../smart/access/scope.ts'
import { ENDPOINTS } from '../../smart/discovery.ts'
import { ApiError } from '../api/own-api.ts'
import type { AuditTrail } from '../audit/audit-trail.ts'
import { readBody } from '../front/body.ts'
import { randomToken } from '../random-token.ts'
import type { ClientChanges } from './changes.ts'
import { clientMembers } from './client.ts'
import type { ClientRecord } from './registry.ts'

export type RegistrationSettings = {
  /** SHA-256 of the initial access token, hex. */
  tokenSha256: string
  /** Otherwise an operator looks at each client first, and enables it. */
  isEnabledAtOnce: boolean
}

const MAX_BODY_BYTES = 64 * 1024

/** What a stranger may say of its own client; the rest of RFC 7591 is ignored, as it asks for (section 2). */
const metadata = z
  .object({
    client_name: clientMembers.client_name,
    redirect_uris: clientMembers.redirect_uris,
    token_endpoint_auth_method: clientMembers.token_endpoint_auth_method.default('client_secret_basic'),
    scope: clientMembers.scope,
    jwks: clientMembers.jwks,
    jwks_uri: clientMembers.jwks_uri,
    launch_url: clientMembers.launch_url,
    contacts: clientMembers.contacts,
    data_use: clientMembers.data_use,
    policy_uri: clientMembers.policy_uri,
    grant_types: z.array(z.enum(['authorization_code', 'refresh_token'])).optional(),
    response_types: z.array(z.literal('code')).optional(),
  })
  .refine(({ redirect_uris }) => redirect_uris.length > 0, { path: ['redirect_uris'], error: 'an app needs one' })

export function registration(
  settings: RegistrationSettings | undefined,
  changes: ClientChanges,
  audit: AuditTrail,
): Middleware {
  if (settings === undefined) return (_ctx, next) => next()
  const expected = Buffer.from(settings.tokenSha256, 'hex')
  return async (ctx, next) => {
    if (ctx.path !== ENDPOINTS.registration) return next()
    ctx.set('Cache-Control', 'no-store')
    ctx.set('Pragma', 'no-cache')
    if (ctx.method !== 'POST') {
      ctx.set('Allow', 'POST')
      return refuse(ctx, 405, 'invalid_request', 'this method is not served here')
    }
    const token = /^Bearer ([A-Za-z0-9._~+/-]+=*)$/i.exec(ctx.get('authorization'))?.[1] ?? ''
    if (!timingSafeEqual(createHash('sha256').update(token).digest(), expected)) {
      audit.record(ctx, { operation: 'register', outcome: 'denied', reason: 'invalid_token', actor: {} })
      ctx.set('WWW-Authenticate', 'Bearer error="invalid_token"')
      return refuse(ctx, 401, 'invalid_token', 'an initial access token is needed')
    }
    const parsed = metadata.safeParse(parseJson(await readBody(ctx, MAX_BODY_BYTES).catch(() => '')))
    if (!parsed.success) {
      const faults = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'body'}: ${issue.message}`)
      const isRedirect = parsed.error.issues.every(({ path }) => path[0] === 'redirect_uris')
      return refuse(ctx, 400, isRedirect ? 'invalid_redirect_uri' : 'invalid_client_metadata', faults.join('; '))
    }
    await register(ctx, parsed.data)
  }

  async function register(ctx: Context, { grant_types, response_types, ...given }: z.infer<typeof metadata>) {
    const asked = given.scope.split(' ').filter((scope) => scope !== '')
    const client = {
      ...given,
      scope: asked.filter(isForApps).join(' '),
      client_id: randomToken(),
      enabled: settings?.isEnabledAtOnce === true,
      legacy_launch: false,
      staff_approved: false,
      sandbox: false,
      source: 'registration',
      created: changes.clock(),
      changed: changes.clock(),
      secrets: [],
    } satisfies ClientRecord
    const { record, text } = changes.withSecret(client)
    try {
      const {
        client_id,
        source: _source,
        created,
        changed: _changed,
        secrets: _secrets,
        ...shown
      } = await changes.save('dynamic registration', record, undefined)
      const secret = text === undefined ? {} : { client_secret: text, client_secret_expires_at: 0 }
      const client_id_issued_at = Math.floor(Date.parse(created) / 1000)
      audit.record(ctx, { operation: 'register', actor: {}, target: { clientId: client_id } })
      ctx.status = 201
      ctx.body = {
        client_id,
        client_id_issued_at,
        ...secret,
        ...shown,
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
      }
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      refuse(ctx, 400, 'invalid_client_metadata', error.message)
    }
  }
}

/** What a person may grant. Scopes of backend services and of our own APIs are an operator's to give. */
function isForApps(scope: string): boolean {
  const parsed = parseScope(scope)
  return !scope.startsWith('__') && !(parsed.ok && parsed.scope.context === 'system') && !scope.startsWith('system/')
}

function refuse(ctx: Context, status: number, error: string, description: string): void {
  ctx.status = status
  ctx.body = { error, error_description: description }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
