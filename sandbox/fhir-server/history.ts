// History of one resource, a type or the whole server, newest first, deletions included.
import type { Bundle, BundleEntry } from '@medplum/fhirtypes'
import type { Version } from './resource-repository.ts'

export type HistoryPage = { path: string; count: number; offset: number; since?: number }

export function historyBundle(baseUrl: string, versions: readonly Version[], page: HistoryPage): Bundle {
  const since = page.since
  const wanted = since === undefined ? versions : versions.filter((one) => Date.parse(one.lastUpdated) >= since)
  const entry = wanted.slice(page.offset, page.offset + page.count).map((one) => historyEntry(baseUrl, one))
  const address = (offset: number) =>
    `${baseUrl}/${page.path}?_count=${page.count}${since === undefined ? '' : `&_since=${new Date(since).toISOString()}`}${offset > 0 ? `&_offset=${offset}` : ''}`
  const link = [{ relation: 'self', url: address(page.offset) }]
  if (page.offset + page.count < wanted.length) link.push({ relation: 'next', url: address(page.offset + page.count) })
  if (page.offset > 0) link.push({ relation: 'previous', url: address(Math.max(0, page.offset - page.count)) })
  return { resourceType: 'Bundle', type: 'history', total: wanted.length, link, ...(entry.length > 0 ? { entry } : {}) }
}

function historyEntry(baseUrl: string, version: Version): BundleEntry {
  const address = `${version.type}/${version.id}`
  const isFirst = version.versionId === '1'
  return {
    fullUrl: `${baseUrl}/${address}`,
    ...(version.resource ? { resource: version.resource } : {}),
    request: { method: version.method, url: version.method === 'POST' ? version.type : address },
    response: {
      status: version.method === 'DELETE' ? '204' : isFirst ? '201' : '200',
      etag: `W/"${version.versionId}"`,
      lastModified: version.lastUpdated,
    },
  }
}
