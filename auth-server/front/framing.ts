// Pages of ours inside an EHR's frame: only those of an app's request, and only in frames that an operator has named (EHR-09).
import type { Context } from 'koa'

const FRAMABLE = /^\/(auth|interaction)(\/|$)/

/** Who may frame the page at this path, in the form that `frame-ancestors` takes. */
export function frameAncestorsOf(path: string, named: readonly string[]): string {
  return named.length > 0 && FRAMABLE.test(path) ? named.join(' ') : "'none'"
}

/** Cookies that a frame on another site may hold, each frame's site by itself, so that they are of no use for tracking. */
export function cookieAttributes(named: readonly string[], isSecure: boolean): CookieAttributes {
  return named.length > 0
    ? { sameSite: 'none', secure: true, partitioned: true }
    : { sameSite: 'lax', secure: isSecure }
}

export type CookieAttributes = { sameSite: 'none' | 'lax'; secure: boolean; partitioned?: true }

/** Whether the browser says that it shows this in a frame. Identity providers refuse to be shown so. */
export function isFramed(ctx: Context): boolean {
  return ['iframe', 'frame'].includes(ctx.get('sec-fetch-dest'))
}

/** Whether the browser says that a page of ours has led here. Nobody else's page or message can bring that about. */
export function isFromOwnPage(ctx: Context): boolean {
  return ctx.get('sec-fetch-site') === 'same-origin'
}
