// "Apps with access", the management endpoint: the person sees what apps may do, and stops them (SEED-22, REF-06). Also
// signing out, here and from the identity provider.
import type { Context, Middleware } from 'koa'
import { type AppWithAccess, appsPage, signedOutPage } from '../../consent-ui/index.ts'
import { ENDPOINTS } from '../../smart/discovery.ts'
import { needsPatient } from '../../smart/launch-context.ts'
import type { AuditTrail } from '../audit/audit-trail.ts'
import type { ClientRegistry } from '../clients/registry.ts'
import type { PersonReader } from '../fhir/person-reader.ts'
import { readForm } from '../front/body.ts'
import type { Endings } from '../grants/endings.ts'
import { type GrantRecord, type Grants, gidOf } from '../grants/grants.ts'
import type { Session, Sessions } from '../identity/sessions.ts'
import { nameOf, personaChoice } from '../interactions/records.ts'
import type { RememberedConsents } from '../interactions/remembered-consents.ts'
import { frameOf } from '../pages/frame.ts'
import { problemPage } from '../pages/problem.ts'
import { isSameText } from '../same-text.ts'
import type { SignIn } from '../sign-in/sign-in.ts'

const APPS = ENDPOINTS.management
/** Names of all apps and patients are shown: whoever finds an open browser later signs in again. */
const FRESH_MILLISECONDS = 15 * 60_000

type Parts = {
  clients: ClientRegistry
  grants: Grants
  endings: Endings
  sessions: Sessions
  consents: RememberedConsents
  signIn: SignIn
  readerFor(persona: string): PersonReader
  audit: AuditTrail
}

export function appsRoutes(parts: Parts): Middleware {
  const { grants, endings, sessions, consents, signIn, audit } = parts

  async function stop(ctx: Context, session: Session, gid: string): Promise<void> {
    const { sub } = session
    const access = accessesOf(await grants.of(sub)).find((held) => held.some(({ grantId }) => gidOf(grantId) === gid))
    if (access === undefined) return
    await Promise.all(access.map(({ clientId }) => consents.forget(sub, clientId)))
    await Promise.all(access.map(({ grantId }) => endings.endGrant(sub, gidOf(grantId))))
    audit.record(ctx, { operation: 'stop-app', actor: { subject: sub }, target: { clientId: access[0].clientId } })
  }

  return async (ctx, next) => {
    if (ctx.method === 'GET' && ctx.path === '/frontchannel-logout') return endOfProvider(ctx)
    if (ctx.path !== APPS && !ctx.path.startsWith(`${APPS}/`)) return next()
    ctx.set('Cache-Control', 'no-store')
    if (ctx.method === 'GET' && ctx.path === `${APPS}/signed-out`) return show(ctx, signedOutPage(frameOf(ctx)))
    const session = await sessions.of(ctx)
    const isFresh = session !== undefined && Date.now() - Date.parse(session.since) < FRESH_MILLISECONDS
    if (ctx.method === 'GET' && ctx.path === APPS) {
      if (!isFresh) return signIn.leave(ctx, { purpose: 'apps' })
      const apps = await Promise.all(accessesOf(await grants.of(session.sub)).map((held) => appOf(held, parts)))
      const frame = frameOf(ctx)
      const hasStopped = new URLSearchParams(ctx.querystring).has('stopped')
      return show(ctx, appsPage({ frame, csrf: session.csrf, user: session.identity.name, apps, hasStopped }))
    }
    if (ctx.method !== 'POST') return next()
    const form = await readForm(ctx)
    if (!isFresh || !isSameText(form.get('csrf') ?? '', session.csrf)) {
      ctx.status = 400
      return problemPage(ctx, session === undefined ? 'timed-out' : 'bad-request')
    }
    switch (ctx.path) {
      case `${APPS}/stop`:
        await stop(ctx, session, form.get('id') ?? '')
        return seeOther(ctx, `${APPS}?stopped`)
      case `${APPS}/signout`:
        await sessions.end(session.name)
        audit.record(ctx, { operation: 'sign-out', actor: { subject: session.sub } })
        sessions.dropCookie(ctx)
        return seeOther(ctx, `${APPS}/signed-out`)
      default:
        return next()
    }
  }

  /** OpenID Connect Front-Channel Logout 1.0: the provider's page loads this in a frame, with its own session's id. */
  async function endOfProvider(ctx: Context): Promise<void> {
    const query = new URLSearchParams(ctx.querystring)
    const [provider, sid] = [query.get('provider'), query.get('sid')]
    if (provider !== null && sid !== null) await sessions.endOfProvider(provider, sid)
    ctx.set('Cache-Control', 'no-store')
    ctx.type = 'html'
    ctx.body = signedOutPage(frameOf(ctx))
  }
}

/** One access: all that an app was granted, time after time, as one persona and for one patient. */
type Access = readonly [GrantRecord, ...GrantRecord[]]

function accessesOf(held: readonly GrantRecord[]): Access[] {
  const keyOf = ({ clientId, persona, context }: GrantRecord) =>
    JSON.stringify([clientId, persona.record, context.patient ?? null])
  return Object.values(Object.groupBy(held, keyOf)).flatMap((grants) => {
    const [first, ...rest] = grants ?? []
    return first === undefined ? [] : [[first, ...rest]]
  })
}

async function appOf(access: Access, { clients, readerFor }: Parts): Promise<AppWithAccess> {
  const { clientId, persona, context, grantId } = access[0]
  const scopes = [...new Set(access.flatMap((grant) => grant.scopes))]
  const uses = access.map(({ since, lastUsed }) => lastUsed ?? since).sort()
  const reader = readerFor(persona.record)
  const [client, choice, patient] = await Promise.all([
    clients.find(clientId),
    personaChoice(persona.record, reader).catch(() => undefined),
    context.patient === undefined ? undefined : reader.read('Patient', context.patient).catch(() => undefined),
  ])
  const isOfOne = context.patient !== undefined && needsPatient(scopes)
  return {
    id: gidOf(grantId),
    ...(client === undefined ? {} : { name: client.client_name }),
    ...(client?.maker === undefined ? {} : { maker: client.maker }),
    ...(isOfOne ? { patient: patient === undefined ? {} : { name: nameOf(patient) } } : {}),
    ...(choice === undefined ? {} : { persona: choice }),
    scopes,
    since: access.map(({ since }) => since).sort()[0] ?? '',
    lastUsed: uses.at(-1) ?? '',
    keeps: scopes.includes('offline_access'),
  }
}

function show(ctx: Context, html: string): void {
  ctx.type = 'html'
  ctx.body = html
}

function seeOther(ctx: Context, path: string): void {
  ctx.status = 303
  ctx.redirect(path)
}
