// The page on which people choose where to sign in, where several identity providers are configured.
import type { Context } from 'koa'
import { providerPage } from '../../consent-ui/index.ts'
import { readForm } from '../front/body.ts'
import { frameOf } from '../pages/frame.ts'
import { randomToken } from '../random-token.ts'
import type { RecordStore } from '../storage/record-store.ts'
import { browserBinding } from './browser-binding.ts'
import type { Continuation } from './continuation.ts'
import type { IdentityProvider } from './identity-provider.ts'

export const CHOICE_PATH = '/sign-in'
const LIFETIME_SECONDS = 1800

export type Choice =
  | { kind: 'provider'; provider: IdentityProvider; continuation: Continuation }
  | { kind: 'cancelled'; continuation: Continuation }
  /** Not a form that this browser was given, or too old. */
  | { kind: 'void' }

export type ProviderChoice = {
  /** Undefined when the person must choose. */
  withoutAsking(loginHint: string | undefined): IdentityProvider | undefined
  ask(ctx: Context, continuation: Continuation): Promise<void>
  /** Reads the posted form. The page may be posted again, such as after the browser's Back. */
  read(ctx: Context): Promise<Choice>
}

export function providerChoice(parts: {
  store: RecordStore
  providers: readonly IdentityProvider[]
  isSecure: boolean
}): ProviderChoice {
  const { store, providers } = parts
  const binding = browserBinding({
    name: 'choice',
    path: CHOICE_PATH,
    attributes: { sameSite: 'lax', secure: parts.isSecure },
    lifetimeSeconds: LIFETIME_SECONDS,
  })

  return {
    withoutAsking(loginHint) {
      if (loginHint === undefined) return providers.length === 1 ? providers[0] : undefined
      const domain = loginHint.slice(loginHint.lastIndexOf('@') + 1).toLowerCase()
      return providers.find(({ domains }) => domains.includes(domain)) ?? providers[0]
    },
    async ask(ctx, continuation) {
      const csrf = randomToken()
      await store.put('SignInChoice', csrf, { continuation, kept: binding.bind(ctx, csrf) }, LIFETIME_SECONDS)
      // No form-action: browsers hold all redirects after the form to it, and those are the provider's and the app's.
      ctx.set('Content-Security-Policy', String(ctx.state.basePolicy))
      ctx.set('Cache-Control', 'no-store')
      ctx.type = 'html'
      const frame = frameOf(ctx)
      ctx.body = providerPage({
        frame,
        action: CHOICE_PATH,
        csrf,
        app: continuation.purpose === 'own-page' ? frame.operator : continuation.app,
        providers: providers.map(({ id, label }) => ({ id, label })),
      })
    },
    async read(ctx) {
      const form = await readForm(ctx)
      const csrf = form.get('csrf') ?? ''
      const held = csrf === '' ? undefined : (await store.find('SignInChoice', csrf))?.value
      if (held === undefined) return { kind: 'void' }
      const { continuation, kept } = held as { continuation: Continuation; kept: string }
      if (!binding.isBound(ctx, csrf, kept)) return { kind: 'void' }
      if (form.get('decision') === 'deny') return { kind: 'cancelled', continuation }
      const provider = providers.find(({ id }) => id === form.get('provider'))
      return provider === undefined ? { kind: 'void' } : { kind: 'provider', provider, continuation }
    },
  }
}
