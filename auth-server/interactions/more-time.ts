// More time for whoever needs it (WCAG 2.2, 2.2.1): the request, its cookies and its launch live for another hour.
import type { Context } from 'koa'
import type Provider from 'oidc-provider'
import type { CookieAttributes } from '../front/framing.ts'
import type { Launches } from '../launch/launches.ts'
import type { BrowserBinding } from '../sign-in/browser-binding.ts'
import { INTERACTION_SECONDS, type Interaction } from './state.ts'

/** Ten times an hour, as the guideline wants. Somebody who left the browser open does not come back after a day. */
const MAX_SECONDS = 11 * INTERACTION_SECONDS

export type MoreTime = {
  /** @returns false when it has been open for long enough */
  give(ctx: Context, interaction: Interaction): Promise<boolean>
}

export function moreTime(parts: {
  provider: Provider
  holders: BrowserBinding
  launches: Pick<Launches, 'keepClaimed'>
  cookie: CookieAttributes
  now: () => number
}): MoreTime {
  const { provider, holders, launches, cookie, now } = parts
  return {
    async give(ctx, interaction) {
      const { uid, iat, params, returnTo } = interaction
      if (now() / 1000 - iat + INTERACTION_SECONDS > MAX_SECONDS) return false
      await interaction.save(INTERACTION_SECONDS)
      if (typeof params.launch === 'string') await launches.keepClaimed(params.launch)
      const options = { ...cookie, httpOnly: true, signed: true, maxAge: INTERACTION_SECONDS * 1000 }
      ctx.cookies.set(provider.cookieName('interaction'), uid, { ...options, path: `/interaction/${uid}` })
      ctx.cookies.set(provider.cookieName('resume'), uid, { ...options, path: new URL(returnTo).pathname })
      holders.renew(ctx, uid)
      return true
    },
  }
}

/** Whole minutes that are left, as the page says them. */
export function minutesLeft({ exp }: Interaction, now: number): number {
  return Math.max(1, Math.floor((exp * 1000 - now) / 60_000))
}
