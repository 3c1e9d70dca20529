// What SMART asks of the token endpoint and the library does not do: launch context in the first and every refreshed
// answer (TOK-08, SEED-15), narrower refreshes (REF-03), and nothing used up by a request that is refused.
import { Readable } from 'node:stream'
import type { Context, Middleware } from 'koa'
import type { KoaContextWithOIDC, default as Provider } from 'oidc-provider'
import { ENDPOINTS } from '../../smart/discovery.ts'
import { tokenAnswerMembers } from '../../smart/launch-context.ts'
import { MAX_TOKEN_CHARACTERS } from '../../smart/reference-token.ts'
import type { Act, AuditTrail } from '../audit/audit-trail.ts'
import type { Endings } from '../grants/endings.ts'
import { type GrantRecord, type Grants, gidOf } from '../grants/grants.ts'
import type { Lifetimes } from '../grants/lifetimes.ts'
import type { ReferenceTokens } from '../storage/reference-tokens.ts'
import { readBody } from './body.ts'

const MAX_BODY_BYTES = 48 * 1024

type TokenAnswer = { access_token?: unknown; expires_in?: unknown; scope?: unknown }

export function tokenFront(parts: {
  issuer: string
  fhirBase: string
  provider: Provider
  grants: Grants
  lifetimes: Lifetimes
  endings: Pick<Endings, 'isEnded'>
  references: ReferenceTokens
  audit: AuditTrail
}): Middleware {
  const { issuer, fhirBase, provider, grants, lifetimes, endings, references, audit } = parts
  return async (ctx, next) => {
    if (ctx.path !== ENDPOINTS.token) return next()
    ctx.set('Cache-Control', 'no-store')
    ctx.set('Pragma', 'no-cache')
    if (ctx.method === 'POST' && ctx.is('application/x-www-form-urlencoded')) {
      const form = new URLSearchParams(await readBody(ctx, MAX_BODY_BYTES))
      const resources = form.getAll('resource').map((resource) => resource.replace(/\/$/, ''))
      // Our own APIs are for clients that act for themselves.
      const served = form.get('grant_type') === 'client_credentials' ? [issuer, fhirBase] : [fhirBase]
      // The library would use up the code or refresh token first.
      if (resources.some((resource) => !served.includes(resource))) {
        ctx.status = 400
        ctx.body = { error: 'invalid_target', error_description: 'resource is not served here' }
        return
      }
      ctx.state.isRefresh = form.get('grant_type') === 'refresh_token'
      if (ctx.state.isRefresh && form.getAll('scope').length === 1) {
        ctx.state.refreshScope = form.get('scope')
        form.delete('scope')
      }
      replay(ctx, form.toString())
    }
    await next()
    // RFC 6749 section 5.2 has a code of its own for this; the library calls it invalid_request.
    if (isForeignGrantType(ctx.body)) ctx.body = { ...ctx.body, error: 'unauthorized_client' }
    const body = ctx.body as TokenAnswer | undefined
    if (ctx.status !== 200 || typeof body?.access_token !== 'string') return
    const { grant, isRefresh } = ctx.state as { grant?: GrantRecord; isRefresh?: boolean }
    if (grant !== undefined && (await isEnded(grant))) {
      ctx.status = 400
      ctx.body = { error: 'invalid_grant', error_description: 'grant request is invalid' }
      return
    }
    if (grant !== undefined && isRefresh) await keepAlive(grant)
    const client = (ctx as unknown as Partial<KoaContextWithOIDC>).oidc?.client?.clientId
    ctx.state.launchType = grant === undefined ? 'backend' : grant.launch === undefined ? 'standalone' : 'ehr'
    audit.record(ctx, { operation: isRefresh ? 'refresh' : 'token', ...givenTo(client, grant, issuer) })
    const trimmed = (isRefresh ? undefined : (ctx.state.trimmed ?? grant?.trimmed)) as unknown[] | undefined
    const { access_token, expires_in } = body
    const isLong = access_token.length > MAX_TOKEN_CHARACTERS
    const exp = Math.floor(Date.now() / 1000) + Number(expires_in)
    ctx.body = {
      ...body,
      ...(isLong ? { access_token: await references.keep(access_token, exp) } : {}),
      ...(grant === undefined ? {} : tokenAnswerMembers(grant.context, String(body.scope ?? '').split(' '))),
      // Only for clients in development; the rest read it from our log (SCP-12).
      ...(trimmed === undefined || trimmed.length === 0 ? {} : { __trimmed: trimmed }),
    }
  }

  /**
   * Asked once more when the token is signed: what ended, or was narrowed, while the records were read has an earlier second in the feed than
   * this token has in `iat`, and proxies would take it. What ends from now on has no earlier one.
   */
  async function isEnded({ clientId, sub, since, grantId, narrowedAt }: GrantRecord): Promise<boolean> {
    const [isOver, held] = await Promise.all([
      endings.isEnded({ clientId, sub, at: Date.parse(since) }),
      grants.find(sub, gidOf(grantId)),
    ])
    // A grant that was ended since is refused by its name, whatever the second.
    return isOver || (held !== undefined && held.narrowedAt !== narrowedAt)
  }

  /** Each use gives a further period (REF-04); a row a day is enough to keep it. */
  async function keepAlive(grant: GrantRecord): Promise<void> {
    const now = new Date()
    const isOffline = grant.scopes.includes('offline_access')
    if (isOffline && grant.lastUsed?.slice(0, 10) === now.toISOString().slice(0, 10)) return
    const lifetime = lifetimes.ofGrant(grant)
    // First, and only if it is still there: the library's row is of no use without ours, ended at this very moment.
    if (!(await grants.renew(grant, { lastUsed: now.toISOString() }, lifetime))) return
    const held = await provider.Grant.find(grant.grantId)
    if (held === undefined) return
    held.exp = Math.floor(now.getTime() / 1000) + lifetime
    await held.save()
  }
}

/** Never a scope: its conditions may name a record (SEC-06). */
function givenTo(
  client: string | undefined,
  grant: GrantRecord | undefined,
  issuer: string,
): Pick<Act, 'actor' | 'grant'> {
  const clientId = client === undefined ? {} : { clientId: client }
  if (grant === undefined) return { actor: { ...clientId, issuer } }
  const { sub: subject, persona, context, grantId } = grant
  const { patient } = context
  return {
    actor: { ...clientId, issuer, subject, person: persona.record, ...(patient === undefined ? {} : { patient }) },
    grant: gidOf(grantId),
  }
}

function isForeignGrantType(body: unknown): body is { error: string } {
  const { error_description } = (body ?? {}) as { error_description?: unknown }
  return error_description === 'requested grant type is not allowed for this client'
}

/** Gives the library a body to read again, as if nobody had. */
function replay(ctx: Context, body: string): void {
  const request = ctx.req
  const again = Object.assign(Readable.from([Buffer.from(body)]), {
    headers: { ...request.headers, 'content-length': String(Buffer.byteLength(body)) },
    method: request.method,
    url: request.url,
    socket: request.socket,
  })
  ctx.req = again as unknown as typeof request
  ctx.request.req = ctx.req
}
