// "Not you?": a sign-in is left behind, and with it all that was chosen, so that somebody else can sign in for the same request.
import type { Context } from 'koa'
import { otherPersonPage } from '../../consent-ui/index.ts'
import { frameOf } from '../pages/frame.ts'
import { randomToken } from '../random-token.ts'
import type { Identity, SignInWishes } from '../sign-in/identity-provider.ts'
import type { Interaction, InteractionState, InteractionStates } from './state.ts'

/** Asks once more, and on the answer forgets who signed in: of the first person nothing is left for the next one. */
export async function leaveSignIn(
  ctx: Context,
  states: InteractionStates,
  interaction: Interaction,
  { csrf, identity }: { csrf: string; identity: Identity },
  app: string,
  form: URLSearchParams | undefined,
): Promise<void> {
  const action = `/interaction/${interaction.uid}`
  if (form !== undefined) {
    await states.save(interaction, { csrf: randomToken(), asOther: true })
    ctx.status = 303
    return ctx.redirect(action)
  }
  // No form-action: browsers hold all redirects after the form to it, and they lead to an identity provider.
  ctx.set('Content-Security-Policy', String(ctx.state.basePolicy))
  ctx.type = 'html'
  ctx.body = otherPersonPage({ frame: frameOf(ctx), action, csrf, app, user: identity.name })
}

/** The provider must not take the first person for the second: it is not told of whom the app thought, and asks which account. */
export function wishesAfter({ asOther }: InteractionState, wishes: SignInWishes): SignInWishes {
  if (asOther !== true) return wishes
  // Who must prove anew who they are can say so as somebody else.
  return { prompt: wishes.prompt ?? 'select_account' }
}
