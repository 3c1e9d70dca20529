// Goes on with one authorization request: what to ask next, and what its end is.
import type { Context } from 'koa'
import { grantableScopes } from '../../smart/access/granting.ts'
import type { LaunchContext } from '../../smart/launch-context.ts'
import type { ClientRegistry } from '../clients/registry.ts'
import type { Amounts } from '../fhir/amounts.ts'
import type { PersonReader } from '../fhir/person-reader.ts'
import type { Accounts } from '../identity/accounts.ts'
import type { Personas } from '../identity/personas.ts'
import type { Sessions } from '../identity/sessions.ts'
import { legacyLaunch } from '../launch/legacy.ts'
import type { Styles } from '../launch/styles.ts'
import { randomToken } from '../random-token.ts'
import { selfDescription } from './app-on-page.ts'
import type { ConsentSettings } from './ask-consent.ts'
import { isOfDevice } from './back-to-app.ts'
import { type GrantParts, grant, refuse } from './decide.ts'
import { recentChoices } from './recent-choices.ts'
import { redirectTarget } from './redirect-target.ts'
import type { RememberedConsents } from './remembered-consents.ts'
import type { Interaction, InteractionState, InteractionStates } from './state.ts'
import { type Asking, nextStep } from './steps.ts'

export type ProceedParts = GrantParts & {
  clients: ClientRegistry
  accounts: Accounts
  personas: Personas
  sessions: Sessions
  consents: RememberedConsents
  styles: Styles
  states: InteractionStates
  readerFor(persona: string): PersonReader
  amounts: Amounts
  consent: ConsentSettings
  now(): number
}

/** Persona, patient, visit, consent. */
const MAX_STEPS = 5

/** Asks the next thing, or ends the request: by a grant, or by a refusal that the app is told. */
export async function proceed(
  parts: ProceedParts,
  ctx: Context,
  uid: string,
  interaction: Interaction,
  state: InteractionState,
  form: URLSearchParams | undefined,
  page: Asking['page'],
): Promise<void> {
  const { states, clients, launches, accounts, personas, sessions, consents, styles, fhirBase } = parts
  const { params } = interaction
  const client = await clients.find(String(params.client_id))
  const { identity } = state
  if (client === undefined || identity === undefined)
    return refuse(ctx, interaction, 'unauthorized_client', 'unknown client')
  // Pages list patients: whoever is sent away while one is open sees no further one.
  if (await accounts.isDisabled(identity.sub)) {
    return refuse(ctx, interaction, 'access_denied', 'sign-in was not completed')
  }
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
  // A page promises days: they are counted from the first page, however late the answer comes.
  const isFirstLook = state.today === undefined
  state.today ??= new Date(parts.now()).toISOString().slice(0, 10)
  // For telemetry.
  ctx.state.launchType = launchId === undefined ? 'standalone' : 'ehr'
  const launch =
    launchId !== undefined && grantable.includes('launch')
      ? (legacyLaunch(client, launchId) ?? (await launches.findClaimed(launchId)))
      : undefined
  const asking: Asking = {
    ctx,
    uid,
    client,
    redirectUri,
    grantable,
    launch,
    params,
    remembered: () => consents.find(consentKey()),
    recent: () => recentChoices(parts.grants, identity.sub),
    state,
    identity,
    personas: held.map(({ record }) => record),
    readerFor: parts.readerFor,
    amounts: parts.amounts,
    consent: parts.consent,
    today: state.today,
    page,
    form,
  }
  let outcome = await nextStep(asking)
  let isMoved = form !== undefined || isFirstLook
  if (form === undefined && outcome.kind === 'again' && outcome.to === undefined) {
    // What needs no answer is settled at once. A page that was shown before must not speak for it: its form is void.
    state.csrf = randomToken()
    for (let step = 0; outcome.kind === 'again' && step < MAX_STEPS; step++) outcome = await nextStep(asking)
    isMoved = true
  }
  switch (outcome.kind) {
    case 'page':
      if (isMoved) await states.save(interaction, state)
      // Chromium counts the redirect after a form post as a form target.
      ctx.set('Content-Security-Policy', `${ctx.state.basePolicy}; form-action 'self' ${redirectTarget(redirectUri)}`)
      ctx.type = 'html'
      ctx.body = outcome.html
      return
    case 'again':
      // Who only looks at a page that is not due is shown the one that is.
      if (form !== undefined) await states.save(interaction, { ...state, csrf: randomToken() })
      ctx.status = 303
      return ctx.redirect(`/interaction/${uid}${outcome.to === undefined ? '' : `/${outcome.to}`}`)
    case 'refused':
      parts.audit.record(ctx, {
        operation: 'consent',
        outcome: 'denied',
        reason: outcome.error,
        actor: { clientId: client.client_id, subject: identity.sub },
      })
      return refuse(ctx, interaction, outcome.error, outcome.description)
    case 'shared': {
      const persona = held.find(({ record }) => record === state.persona)
      if (persona === undefined) return refuse(ctx, interaction, 'access_denied', 'the link of this account has ended')
      const { terms, remembered } = outcome
      const scopes = grantedScopes(terms.scopes, outcome.context)
      const session = scopes.includes('online_access') ? await sessions.begin(ctx, identity) : undefined
      if (remembered !== undefined)
        await consents.remember(consentKey(), { ...remembered, app: selfDescription(client) })
      const isWaited = isOfDevice(client, redirectUri)
      const decision = {
        sub: identity.sub,
        clientId: client.client_id,
        persona,
        scopes,
        context: { ...styled(outcome.context), person: persona.record, fhirUser: `${fhirBase}/${persona.record}` },
        ...(launch?.chart === undefined ? {} : { launch: launch.chart }),
        ...(state.isVouchedFor ? { isVouchedFor: true } : {}),
        ...(client.sandbox ? { trimmed: dropped } : {}),
        ...(session === undefined ? {} : { session }),
        ...(terms.until === undefined ? {} : { until: terms.until }),
      }
      const shown = isWaited
        ? { ...state, shared: { asked: grantable, scopes, until: terms.until, from: remembered?.from } }
        : undefined
      return grant(ctx, parts, interaction, state.holder, decision, shown)
    }
  }

  /** An EHR's own style comes first. */
  function styled(context: LaunchContext): LaunchContext {
    const url = launch === undefined ? undefined : styles.urlFor(context.tenant)
    return { ...(url === undefined ? {} : { smart_style_url: url }), ...context }
  }
}

/** There may have been no visit to tell (CTX-05). */
function grantedScopes(scopes: readonly string[], { encounter }: LaunchContext): string[] {
  return scopes.filter((scope) => scope !== 'launch/encounter' || encounter !== undefined)
}
