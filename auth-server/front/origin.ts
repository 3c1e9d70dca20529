// What a request says of its own address is not believed: it becomes the configured issuer's before anything reads it.
import type { Middleware } from 'koa'

export function fixedOrigin(issuer: string): Middleware {
  const { host, protocol } = new URL(issuer)
  return async (ctx, next) => {
    ctx.req.headers.host = host
    ctx.req.headers['x-forwarded-proto'] = protocol.slice(0, -1)
    ctx.req.headers['x-forwarded-host'] = host
    delete ctx.req.headers[':authority']
    // Browsers keep secure cookies of loopback addresses too, the only ones where plain http is served. Our cookie jar and
    // the library's each have their own way to ask.
    ctx.cookies.secure = true
    Object.defineProperty(ctx, 'secure', { value: true })
    await next()
  }
}
