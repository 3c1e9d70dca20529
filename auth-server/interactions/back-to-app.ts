// The end of a request of an app on the person's device: browsers follow its address only when somebody presses, so the
// person sees what was shared, and goes back with a press. The code is made then, and lives from then on.
import type { Context } from 'koa'
import { backToAppPage, firstDraft, type Request } from '../../consent-ui/index.ts'
import { isNative, type RegisteredClient } from '../clients/client.ts'
import { problemPage } from '../pages/problem.ts'
import { pageOf } from './ask-consent.ts'
import type { ProceedParts } from './proceed.ts'
import { redirectTarget } from './redirect-target.ts'
import type { Interaction, InteractionState } from './state.ts'

/** Whether an answer goes to a program on the device: an own scheme, or a loopback port that it opened for this. */
export function isOfDevice({ redirect_uris }: RegisteredClient, redirectUri: string): boolean {
  return !redirectUri.startsWith('https:') && redirect_uris.some(isNative)
}

export async function backToApp(
  { clients, consent }: ProceedParts,
  ctx: Context,
  { uid, params, returnTo }: Interaction,
  state: InteractionState,
): Promise<void> {
  const { identity, shared, today = '' } = state
  const client = await clients.find(String(params.client_id))
  if (client === undefined || identity === undefined || shared === undefined) {
    ctx.status = 400
    return problemPage(ctx, 'timed-out')
  }
  const request: Request = {
    scopes: shared.asked,
    today,
    sensitive: consent.sensitive,
    start: consent.start,
  }
  const redirectUri = String(params.redirect_uri)
  const asking = { ctx, uid, state, client, identity, redirectUri, launch: undefined, personas: [] }
  ctx.set('Content-Security-Policy', `${ctx.state.basePolicy}; form-action 'self' ${redirectTarget(redirectUri)}`)
  ctx.type = 'html'
  ctx.body = backToAppPage(pageOf(asking, request, firstDraft(request)), { ...shared, onward: returnTo })
}
