// Where a request comes from. What a client says of its own address is not believed: only so many entries of
// X-Forwarded-For count as there are proxies of ours in front.
import { isIPv6 } from 'node:net'
import type { Context } from 'koa'

/** @param trustedHops proxies in front of this service that append to X-Forwarded-For; 0 believes the connection alone */
export function clientAddress(ctx: Context, trustedHops: number): string {
  const connection = ctx.req.socket.remoteAddress ?? ''
  const told = ctx
    .get('x-forwarded-for')
    .split(',')
    .map((part) => part.trim())
  const chain = [...told.filter((part) => part !== ''), connection]
  return subscriberOf(chain[Math.max(0, chain.length - 1 - trustedHops)] ?? connection)
}

/** One subscriber has a whole /64 of IPv6 addresses to choose from. */
function subscriberOf(address: string): string {
  const bare = address.replace(/^::ffff:(?=\d+\.)/, '')
  if (!isIPv6(bare)) return bare
  const [head = '', tail = ''] = bare.split('::')
  const [left, right] = [head.split(':'), tail === '' ? [] : tail.split(':')]
  const zeros = bare.includes('::') ? Array<string>(Math.max(0, 8 - left.length - right.length)).fill('0') : []
  return `${[...left, ...zeros, ...right].slice(0, 4).join(':')}::/64`
}
