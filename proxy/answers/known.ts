// What a caller has already: when that is what it would get, it gets 304 (R4, "Conditional read"). Asked only of an answer
// that was judged, so that it tells nothing else (ENF-20).

import type { Fhir } from '../fhir.ts'
import type { Answer } from './answer.ts'

/** `versions` as ETags, or `*`; `since` in milliseconds of the epoch. */
export type Known = { versions: readonly string[] | undefined; since: number | undefined }

/** @param modifiedSince a date of HTTP's, or an instant of FHIR's; one that is none counts for nothing */
export function knownOf(noneMatch: string | undefined, modifiedSince: string | undefined): Known {
  const since = Date.parse(modifiedSince ?? '')
  return {
    versions: noneMatch?.split(',').map((version) => opaque(version.trim())),
    since: Number.isNaN(since) ? undefined : since,
  }
}

/** The same function, for what is read again. */
export function unlessKnown(fhir: Fhir): Fhir {
  return async (request) => {
    const answer = await fhir(request)
    const { known, interaction } = request
    const isRead = interaction.kind === 'read' || interaction.kind === 'vread'
    if (known === undefined || !isRead || answer.status !== 200 || !isKnown(known, answer.headers)) return answer
    const { ETag: etag, 'Last-Modified': modified } = answer.headers
    const headers = {
      ...(etag === undefined ? {} : { ETag: etag }),
      ...(modified === undefined ? {} : { 'Last-Modified': modified }),
    }
    // What comes in pieces is left to be closed.
    const isWhole = typeof answer.body === 'string' || Buffer.isBuffer(answer.body)
    return { status: 304, headers, body: isWhole ? '' : answer.body }
  }
}

/** The version counts alone where it is given: two changes can fall into one second (RFC 9110, 13.2.2). */
function isKnown({ versions, since }: Known, { ETag: etag, 'Last-Modified': modified }: Answer['headers']): boolean {
  if (versions !== undefined)
    return etag !== undefined && versions.some((version) => version === '*' || version === opaque(etag))
  return since !== undefined && modified !== undefined && Date.parse(modified) <= since
}

/** FHIR's versions are weak tags; clients leave the mark out. */
export function opaque(etag: string): string {
  return etag.replace(/^W\//, '')
}
