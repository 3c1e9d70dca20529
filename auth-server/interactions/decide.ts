// Ends an authorization request: a grant with what the person left on, or a refusal in OAuth's own terms.
import type { Context } from 'koa'
import type Provider from 'oidc-provider'
import type { AuditTrail } from '../audit/audit-trail.ts'
import { type GrantRecord, type Grants, gidOf } from '../grants/grants.ts'
import type { Lifetimes } from '../grants/lifetimes.ts'
import type { Launches } from '../launch/launches.ts'
import type { Interaction, InteractionState } from './state.ts'

/** What was decided; the scopes are those granted. */
export type Decision = Omit<GrantRecord, 'grantId' | 'since'>

/** The scopes that the library itself knows; it wants them granted as OpenID Connect scopes and as the resource's. */
const OIDC_SCOPES: ReadonlySet<string> = new Set(['openid', 'offline_access', 'online_access', 'fhirUser', 'profile'])

export type GrantParts = {
  provider: Provider
  fhirBase: string
  grants: Grants
  launches: Launches
  lifetimes: Lifetimes
  audit: AuditTrail
}

/**
 * @param holder the browser that gets the answer, and no other
 * @param shown kept where the person sees what was shared before the app is told
 */
export async function grant(
  ctx: Context,
  { provider, fhirBase, grants, launches, lifetimes, audit }: GrantParts,
  interaction: Interaction,
  holder: string | undefined,
  decision: Decision,
  shown: InteractionState | undefined,
): Promise<void> {
  const { sub: accountId, clientId, scopes, launch } = decision
  const { patient } = decision.context
  const who = { clientId, subject: accountId, person: decision.persona.record }
  const asked = { operation: 'consent', actor: { ...who, ...(patient === undefined ? {} : { patient }) } }
  const lifetime = lifetimes.ofGrant(decision)
  const given = new provider.Grant({ accountId, clientId, expiresIn: lifetime } as { accountId: string })
  for (const scope of scopes) {
    given.addResourceScope(fhirBase, scope)
    if (OIDC_SCOPES.has(scope)) given.addOIDCScope(scope)
  }
  const grantId = await given.save()
  await grants.save({ ...decision, grantId, since: new Date().toISOString() }, lifetime)
  if (launch !== undefined && !(await launches.addGrant(launch, { sub: accountId, gid: gidOf(grantId) }))) {
    await given.destroy()
    audit.record(ctx, { ...asked, outcome: 'denied', reason: 'access_denied' })
    return refuse(ctx, interaction, 'access_denied', 'the chart was closed')
  }
  // Whose record it is was chosen by then (CTX-08).
  audit.record(ctx, { ...asked, grant: gidOf(grantId) })
  // From here on the request is for what was granted: narrower scopes are not among the texts that were asked for.
  interaction.params.scope = scopes.join(' ')
  const result = { login: { accountId, remember: false }, consent: { grantId, holder } }
  await finish(ctx, interaction, result, shown)
}

/** The app learns of a refusal by redirect (AUTHZ-23). */
export async function refuse(
  ctx: Context,
  interaction: Interaction,
  error: string,
  description: string,
): Promise<void> {
  await finish(ctx, interaction, { error, error_description: description })
}

async function finish(
  ctx: Context,
  interaction: Interaction,
  result: NonNullable<Interaction['result']>,
  shown?: InteractionState,
): Promise<void> {
  interaction.result = result
  if (shown === undefined) delete interaction.lastSubmission
  else interaction.lastSubmission = { state: shown }
  await interaction.persist()
  // 303, so that no browser posts the form on to the app (AUTHZ-15).
  ctx.status = 303
  ctx.redirect(shown === undefined ? interaction.returnTo : `/interaction/${interaction.uid}/done`)
}
