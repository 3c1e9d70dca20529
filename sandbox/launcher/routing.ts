// What the launcher's routes share: how one is found, forms, and faults that are shown as a page.

import type Koa from 'koa'
import rawBody from 'raw-body'
import { IssuerRefused } from './issuer-api.ts'

const MAX_FORM_BYTES = 65_536

export type Params = Readonly<Record<string, string>>
/** By method and path, such as `GET /runs/{id}`. */
export type Routes = Readonly<Record<string, (ctx: Koa.Context, params: Params) => Promise<void> | void>>

type Next = { href: string; label: string }

/** A fault to be shown as a page. */
export class PageFault extends Error {
  readonly status: number
  readonly title: string
  readonly next: Next
  constructor(status: number, title: string, message: string, next: Next = { href: '/', label: 'Start again' }) {
    super(message)
    this.status = status
    this.title = title
    this.next = next
  }
}

/** Finds the route of a request and runs it. @throws PageFault where there is none */
export async function answerRoute(routes: Routes, ctx: Koa.Context): Promise<void> {
  for (const [key, route] of Object.entries(routes)) {
    const [method, path = ''] = key.split(' ')
    const found = method === ctx.method ? patternOf(path).exec(ctx.path) : null
    if (found) return route(ctx, found.groups ?? {})
  }
  throw new PageFault(404, 'No such page', 'There is nothing at this address.')
}

function patternOf(path: string): RegExp {
  return new RegExp(`^${path.replace(/\{(\w+)\}/g, '(?<$1>[A-Za-z0-9_-]{1,64})')}$`)
}

/** @throws PageFault */
export async function readForm(ctx: Koa.Context): Promise<URLSearchParams> {
  const text = await rawBody(ctx.req, { limit: MAX_FORM_BYTES, encoding: 'utf8' }).catch(() => {
    throw new PageFault(400, 'This form cannot be read', 'It is too large, or was cut off.')
  })
  return new URLSearchParams(text)
}

export function goTo(ctx: Koa.Context, location: string): void {
  ctx.status = 303
  ctx.set('Location', location)
}

/** What the authorization server refused, as a page with the way back. */
export async function orFault<T>(work: Promise<T>, title: string, next?: Next): Promise<T> {
  return work.catch((error: unknown) => {
    if (error instanceof IssuerRefused) throw new PageFault(502, title, error.message, next)
    throw error
  })
}

/** @param sources of frames, and where a form may lead, beside the launcher itself */
export function contentPolicy(sources: { frames?: string; forms?: string } = {}): string {
  return [
    "default-src 'none'",
    "style-src 'self'",
    ...(sources.frames === undefined ? [] : [`frame-src ${sources.frames}`]),
    `form-action 'self'${sources.forms === undefined ? '' : ` ${sources.forms}`}`,
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
}
