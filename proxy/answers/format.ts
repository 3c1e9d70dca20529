// The format of bodies. There is one: what we cannot inspect, we do not pass (ENF-12).

const JSON_FORMATS: ReadonlySet<string> = new Set(['json', 'application/json', 'application/fhir+json', 'text/json'])

/**
 * @param accept the Accept header
 * @param formats values of `_format`; it wins over the header, as FHIR says
 */
export function acceptsJson(accept: string | undefined, formats: readonly string[]): boolean {
  if (formats.length > 0) return formats.every((format) => isJson(format))
  if (accept === undefined || accept.trim() === '') return true
  return accept.split(',').some((range) => {
    const [name = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase())
    if (parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter))) return false
    return name === '*/*' || name === 'application/*' || isJson(name)
  })
}

/** Whether a body says that it is FHIR's JSON. */
export function isFhirJson(contentType: string): boolean {
  return /^application\/(fhir\+)?json *(;|$)/i.test(contentType)
}

/** Whether a file is asked for as the resource around it, not as its bytes (R4, Binary). */
export function wantsResource(accept: string | undefined, formats: readonly string[]): boolean {
  if (formats.length > 0) return formats.every((format) => isJson(format))
  return (accept ?? '').split(',').some((range) => isJson(range))
}

function isJson(format: string): boolean {
  // A plus sign in a query is often left unencoded and arrives as a space.
  return JSON_FORMATS.has((format.split(';')[0] ?? '').trim().toLowerCase().replace('fhir json', 'fhir+json'))
}
