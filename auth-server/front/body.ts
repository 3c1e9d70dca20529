// Request bodies with a limit.
import type { Context } from 'koa'
import getRawBody from 'raw-body'

/** @throws an error with status 413 or 400 when the body is too large or cut */
export async function readBody(ctx: Context, maxBytes: number): Promise<string> {
  return getRawBody(ctx.req, { limit: maxBytes, encoding: 'utf-8', length: ctx.get('content-length') || null })
}

/** The form of a page of ours; an empty one for any other content type. */
export async function readForm(ctx: Context): Promise<URLSearchParams> {
  if (!ctx.is('application/x-www-form-urlencoded')) return new URLSearchParams()
  return new URLSearchParams(await readBody(ctx, 64 * 1024))
}
