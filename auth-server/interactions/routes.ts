// The pages of one authorization request, below /interaction/{uid}: sign-in, choices, consent. One interaction of the library in all.
import type { Context, Middleware } from 'koa'
import type Provider from 'oidc-provider'
import { errors } from 'oidc-provider'
import { grantableScopes } from '../../smart/granting.ts'
import type { ClientRegistry } from '../clients/registry.ts'
import type { PersonReader } from '../fhir/person-reader.ts'
import { SIGN_IN_PROMPT } from '../front/authorize.ts'
import { readForm } from '../front/body.ts'
import { isFramed } from '../front/framing.ts'
import type { Personas } from '../identity/personas.ts'
import type { Sessions } from '../identity/sessions.ts'
import { legacyLaunch } from '../launch/legacy.ts'
import type { Styles } from '../launch/styles.ts'
import { problemPage } from '../pages/problem.ts'
import { randomToken } from '../random-token.ts'
import type { SignInWishes } from '../sign-in/identity-provider.ts'
import type { OwnWindows } from '../sign-in/own-window.ts'
import type { SignIn } from '../sign-in/sign-in.ts'
import { type GrantParts, grant, type Interaction, refuse } from './decide.ts'
import { redirectTarget } from './redirect-target.ts'
import type { RememberedConsents } from './remembered-consents.ts'
import { type InteractionState, type InteractionStates, isFormOf } from './state.ts'
import { type Asking, nextStep } from './steps.ts'

export type InteractionParts = GrantParts & {
  operator: string
  clients: ClientRegistry
  personas: Personas
  sessions: Sessions
  consents: RememberedConsents
  styles: Styles
  states: InteractionStates
  signIn: SignIn
  windows: OwnWindows
  readerFor(persona: string): PersonReader
}

const ROUTE = /^\/interaction\/([A-Za-z0-9_-]{1,64})(\/change)?$/

export function interactionRoutes(parts: InteractionParts): Middleware {
  const { provider, operator, states, signIn, windows, clients } = parts
  return async (ctx, next) => {
    const [, uid, change] = ROUTE.exec(ctx.path) ?? []
    if (uid === undefined || !(ctx.method === 'GET' || ctx.method === 'POST')) return next()
    ctx.set('Cache-Control', 'no-store')
    const details = await findDetails(provider, ctx, uid)
    if (details === undefined) {
      ctx.status = 400
      return problemPage(ctx, operator, 'timed-out')
    }
    const state = await states.open(uid)
    const form = ctx.method === 'POST' ? await readForm(ctx) : undefined
    if (form !== undefined && !isFormOf(state, form)) {
      ctx.status = 400
      return problemPage(ctx, operator, 'bad-request')
    }
    if (state.failure !== undefined) return refuse(ctx, details, state.failure.error, state.failure.description)
    if (state.identity === undefined) {
      const client = await clients.find(String(details.params.client_id))
      const { params } = details
      const app = client?.client_name ?? ''
      const wishes = wishesOf(params)
      if (!isFramed(ctx)) return signIn.leave(ctx, { purpose: 'interaction', uid, app, wishes })
      const identity = state.window === undefined ? undefined : await windows.takeIdentity(state.window)
      if (identity === undefined) {
        const window = await windows.offer(ctx, state.window, { app, wishes })
        return states.save(uid, { csrf: state.csrf, window })
      }
      await states.save(uid, { csrf: randomToken(), identity })
      ctx.status = 303
      return ctx.redirect(`/interaction/${uid}`)
    }
    if (change !== undefined) {
      if (form !== undefined) await states.save(uid, { csrf: randomToken(), identity: state.identity })
      ctx.status = 303
      return ctx.redirect(`/interaction/${uid}`)
    }
    return step(parts, ctx, uid, details, state, form)
  }
}

async function step(
  parts: InteractionParts,
  ctx: Context,
  uid: string,
  interaction: Interaction,
  state: InteractionState,
  form: URLSearchParams | undefined,
): Promise<void> {
  const { operator, states, clients, launches, personas, sessions, consents, styles, fhirBase } = parts
  const { params } = interaction
  const client = await clients.find(String(params.client_id))
  const { identity } = state
  if (client === undefined || identity === undefined)
    return refuse(ctx, interaction, 'unauthorized_client', 'unknown client')
  const launchId = typeof params.launch === 'string' ? params.launch : undefined
  const requested = String(params.scope ?? '')
  const { scopes: grantable, dropped } = grantableScopes(requested, client.scope, launchId !== undefined)
  const redirectUri = String(params.redirect_uri)
  const held = await personas.of(identity)
  const consentKey = () => ({
    sub: identity.sub,
    clientId: client.client_id,
    persona: String(state.persona),
    patient: state.patient?.id,
    redirectUri,
  })
  const asking: Asking = {
    ctx,
    uid,
    operator,
    client,
    redirectUri,
    grantable,
    launch:
      launchId !== undefined && grantable.includes('launch')
        ? (legacyLaunch(client, launchId) ?? (await launches.findClaimed(launchId)))
        : undefined,
    params,
    remembered: () => consents.find(consentKey()),
    state,
    identity,
    personas: held.map(({ record }) => record),
    readerFor: parts.readerFor,
    form,
  }
  const outcome = await nextStep(asking)
  switch (outcome.kind) {
    case 'page':
      // Chromium counts the redirect after a form post as a form target.
      ctx.set('Content-Security-Policy', `${ctx.state.basePolicy}; form-action 'self' ${redirectTarget(redirectUri)}`)
      ctx.type = 'html'
      ctx.body = outcome.html
      return
    case 'again':
      // A page that was shown before this choice must not speak for it: its form is void.
      await states.save(uid, { ...state, csrf: randomToken() })
      ctx.status = 303
      return ctx.redirect(`/interaction/${uid}`)
    case 'refused':
      await states.remove(uid)
      return refuse(ctx, interaction, outcome.error, outcome.description)
    case 'shared': {
      const persona = held.find(({ record }) => record === state.persona)
      if (persona === undefined) return refuse(ctx, interaction, 'access_denied', 'the link of this account has ended')
      // Both asked for and granted: the longer one is meant.
      const isOffline = outcome.chosen.has('offline_access')
      const scopes = [...outcome.chosen].filter((scope) => !(isOffline && scope === 'online_access'))
      const styleUrl = asking.launch === undefined ? undefined : styles.urlFor(outcome.context.tenant)
      const styled = { ...(styleUrl === undefined ? {} : { smart_style_url: styleUrl }), ...outcome.context }
      await states.remove(uid)
      await consents.remember(consentKey(), { asked: grantable, granted: scopes })
      return grant(ctx, parts, interaction, {
        sub: identity.sub,
        clientId: client.client_id,
        persona,
        scopes,
        context: { ...styled, person: persona.record, fhirUser: `${fhirBase}/${persona.record}` },
        ...(asking.launch?.chart === undefined ? {} : { launch: asking.launch.chart }),
        ...(state.isVouchedFor ? { isVouchedFor: true } : {}),
        ...(client.sandbox ? { trimmed: dropped } : {}),
        ...(scopes.includes('online_access') ? { session: await sessions.begin(ctx, identity) } : {}),
      })
    }
  }
}

/** The library's own record of the request; undefined when it is over, or another browser's. */
async function findDetails(provider: Provider, ctx: Context, uid: string): Promise<Interaction | undefined> {
  try {
    const details = await provider.interactionDetails(ctx.req, ctx.res)
    return details.uid === uid ? details : undefined
  } catch (error) {
    if (error instanceof errors.SessionNotFound) return undefined
    throw error
  }
}

function wishesOf(params: Record<string, unknown>): SignInWishes {
  const { login_hint: hint, [SIGN_IN_PROMPT]: prompt } = params
  return {
    ...(typeof hint === 'string' ? { loginHint: hint.slice(0, 200) } : {}),
    ...(prompt === 'login' || prompt === 'select_account' ? { prompt } : {}),
  }
}
