// The bundle of brands as it is served: open to every origin, and told apart from what a caller has already.

import { createHash } from 'node:crypto'
import { type Answer, fhirAnswer } from '../answers/answer.ts'
import { opaque } from '../answers/known.ts'
import { type Brands, brandBundle, ownIdentifier } from './brand-bundle.ts'

export const SERVICE_BASE = '/service-base'

export type ServiceBase = {
  /** What discovery says of it. */
  discovery: { bundle: string; identifier: { system: string; value: string } }
  /** @param noneMatch as the caller sent it */
  answer(noneMatch: string | undefined): Answer
}

export function serviceBase(brands: Brands, fhirBase: string): ServiceBase {
  const body = JSON.stringify(brandBundle(brands, fhirBase))
  const etag = `W/"${createHash('sha256').update(body).digest('hex').slice(0, 16)}"`
  const headers = { ETag: etag, 'Cache-Control': 'public, max-age=3600' }
  return {
    discovery: { bundle: fhirBase + SERVICE_BASE, identifier: ownIdentifier(brands) },
    answer(noneMatch) {
      const known = noneMatch?.split(',').some((one) => opaque(one.trim()) === opaque(etag) || one.trim() === '*')
      return known === true ? { status: 304, headers, body: '' } : fhirAnswer(200, body, headers)
    },
  }
}
