// Where a request comes from. What a client says of its own address is not believed: only so many entries of
// X-Forwarded-For count as there are proxies of ours in front. Pure.

/**
 * @param connection address of the other end of the connection
 * @param forwarded the X-Forwarded-For header
 * @param trustedHops proxies in front of this service that append to it; 0 believes the connection alone
 */
export function clientAddress(connection: string, forwarded: string, trustedHops: number): string {
  const told = forwarded.split(',').map((part) => part.trim())
  const chain = [...told.filter((part) => part !== ''), connection]
  return subscriberOf(chain[Math.max(0, chain.length - 1 - trustedHops)] ?? connection)
}

/** One subscriber has a whole /64 of IPv6 addresses to choose from. */
function subscriberOf(address: string): string {
  const bare = address.replace(/^::ffff:(?=\d+\.)/, '')
  if (!/^[0-9a-f:]*:[0-9a-f:.]*$/i.test(bare)) return bare
  const [head = '', tail = ''] = bare.split('::')
  const [left, right] = [head.split(':'), tail === '' ? [] : tail.split(':')]
  const zeros = bare.includes('::') ? Array<string>(Math.max(0, 8 - left.length - right.length)).fill('0') : []
  return `${[...left, ...zeros, ...right].slice(0, 4).join(':')}::/64`
}
