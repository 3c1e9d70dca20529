// From one page of an upstream's Bundle to the next, for what we put together ourselves.

import { targetBelow } from './reach-facts.ts'
import type { UpstreamCall } from './upstream.ts'

/** @returns undefined after the last page; `elsewhere` for a link that leads away from the upstream */
export function nextPageOf(bundle: unknown, upstreamUrl: string): UpstreamCall | 'elsewhere' | undefined {
  const { link } = bundle as { link?: unknown }
  const links = (Array.isArray(link) ? link : []) as ({ relation?: unknown; url?: unknown } | null)[]
  const url = links.find((one) => one?.relation === 'next')?.url
  if (typeof url !== 'string') return undefined
  const target = targetBelow(upstreamUrl, url)
  return target === undefined ? 'elsewhere' : { method: 'GET', target }
}
