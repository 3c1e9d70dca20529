// Ties something kept here to the browser that began it: a random cookie, whose hash is kept with it (AUTHZ-24).
import { createHash } from 'node:crypto'
import type { Context } from 'koa'
import type { CookieAttributes } from '../front/framing.ts'
import { randomToken } from '../random-token.ts'

export type BrowserBinding = {
  /** Gives the browser its half. @returns the half to keep */
  bind(ctx: Context, id: string): string
  /** @param kept nothing kept is bound to no browser */
  isBound(ctx: Context, id: string, kept: string | undefined): boolean
  /** The browser keeps its half for as long again. */
  renew(ctx: Context, id: string): void
  release(ctx: Context, id: string): void
}

/**
 * @param name of the cookie; each id has its own, since two tabs must not take each other's
 * @param path where it must be seen, and nowhere else
 */
export function browserBinding(settings: {
  name: string
  path: string
  attributes: CookieAttributes
  lifetimeSeconds: number
}): BrowserBinding {
  const { name, path, attributes, lifetimeSeconds } = settings
  const cookieName = (id: string) => `${name}.${hash(id).slice(0, 16)}`
  const options = { path, httpOnly: true, signed: false, ...attributes } as const
  return {
    bind(ctx, id) {
      const half = randomToken()
      ctx.cookies.set(cookieName(id), half, { ...options, maxAge: lifetimeSeconds * 1000 })
      return hash(half)
    },
    isBound(ctx, id, kept) {
      const half = ctx.cookies.get(cookieName(id), { signed: false })
      return half !== undefined && hash(half) === kept
    },
    renew(ctx, id) {
      const half = ctx.cookies.get(cookieName(id), { signed: false })
      if (half !== undefined) ctx.cookies.set(cookieName(id), half, { ...options, maxAge: lifetimeSeconds * 1000 })
    },
    release(ctx, id) {
      ctx.cookies.set(cookieName(id), null, options)
    },
  }
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('base64url')
}
