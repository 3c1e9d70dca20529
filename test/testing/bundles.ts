// Batches and transactions, and what is looked at in their answers.

export type Answered = {
  response: { status: string; location?: string; etag?: string }
  resource?: { id: string; [member: string]: unknown }
}

/** @param more members of the entry; `request` adds to what is asked */
export function entry(
  method: string,
  url: string,
  resource?: object,
  { request = {}, ...more }: { request?: object; fullUrl?: string } = {},
) {
  return { ...(resource === undefined ? {} : { resource }), request: { method, url, ...request }, ...more }
}

/** A JSON Patch, as the resource of an entry. */
export function binaryOf(patch: unknown) {
  const data = Buffer.from(typeof patch === 'string' ? patch : JSON.stringify(patch)).toString('base64')
  return { resourceType: 'Binary', contentType: 'application/json-patch+json', data }
}

export function entriesOf({ body }: { body: { entry: Answered[] } }): Answered[] {
  return body.entry
}

export function statusesOf(answer: { body: { entry: Answered[] } }): string[] {
  return entriesOf(answer).map(({ response }) => response.status)
}
