// Batches and transactions: the shape the library takes for granted, and the details its answers leave out.
import type { Bundle } from '@medplum/fhirtypes'
import { refusal } from './refusal.ts'
import { isObject } from './search-value.ts'

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']

/** Refuses a body that is no well-formed batch or transaction. */
export function checkBundle(body: unknown): void {
  if (!isObject(body) || body.resourceType !== 'Bundle') throw refusal(400, 'structure', 'The body must be a Bundle')
  if (body.type !== 'batch' && body.type !== 'transaction') {
    throw refusal(400, 'value', 'The Bundle must be a batch or a transaction')
  }
  if (!Array.isArray(body.entry) || body.entry.length === 0) throw refusal(400, 'required', 'The Bundle has no entries')
  body.entry.forEach((entry: unknown, at) => {
    const request = isObject(entry) ? entry.request : undefined
    if (!isObject(request) || typeof request.url !== 'string' || !METHODS.includes(String(request.method))) {
      throw refusal(400, 'structure', `Bundle.entry[${at}].request needs a method and a url`)
    }
    const resource = isObject(entry) ? entry.resource : undefined
    if (resource !== undefined && !isObject(resource)) {
      throw refusal(400, 'structure', `Bundle.entry[${at}].resource is not an object`)
    }
  })
}

/** Adds etag, lastModified and the versioned location to each entry that holds a stored record. */
export function withEntryDetails(bundle: Bundle): Bundle {
  const entry = bundle.entry?.map((one) => {
    const meta = one.resource?.meta
    if (!one.response || !meta?.versionId) return one
    const location = `${one.resource?.resourceType}/${one.resource?.id}/_history/${meta.versionId}`
    return {
      ...one,
      response: {
        ...one.response,
        location,
        etag: `W/"${meta.versionId}"`,
        ...(meta.lastUpdated ? { lastModified: meta.lastUpdated } : {}),
      },
    }
  })
  return entry ? { ...bundle, entry } : bundle
}
