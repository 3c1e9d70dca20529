// The links of an upstream's Bundle, as what to ask of the upstream next.

import type { UpstreamCall } from '../upstream/upstream.ts'
import { pageCall } from '../upstream/upstream-call.ts'

/** @returns path and query below the upstream's base; `elsewhere` for a link that leads away from it */
export function linkOf(bundle: unknown, relation: string, upstreamUrl: string): string | 'elsewhere' | undefined {
  const { link } = bundle as { link?: unknown }
  const links = (Array.isArray(link) ? link : []) as ({ relation?: unknown; url?: unknown } | null)[]
  const url = links.find((one) => one?.relation === relation)?.url
  return typeof url === 'string' ? (targetBelow(upstreamUrl, url) ?? 'elsewhere') : undefined
}

/** @returns undefined after the last page */
export function nextPageOf(bundle: unknown, upstreamUrl: string): UpstreamCall | 'elsewhere' | undefined {
  const target = linkOf(bundle, 'next', upstreamUrl)
  return target === undefined || target === 'elsewhere' ? target : pageCall(target)
}

/** Path and query below the upstream's base; undefined for links that lead elsewhere. */
export function targetBelow(upstreamUrl: string, link: string): string | undefined {
  const resolved = URL.parse(link, `${upstreamUrl}/`)
  if (resolved === null) return undefined
  const base = new URL(upstreamUrl)
  const basePath = base.pathname.replace(/\/+$/, '')
  if (resolved.origin !== base.origin) return undefined
  if (resolved.pathname === basePath) return resolved.search
  if (!resolved.pathname.startsWith(`${basePath}/`)) return undefined
  return resolved.pathname.slice(basePath.length + 1) + resolved.search
}
