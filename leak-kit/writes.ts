// Requests that would change something were they let through: of hidden records, by conditions that hidden records meet,
// and of own records that refer to hidden ones. A right server answers alike whether the hidden record is there or not.

import type { Known } from './known.ts'
import { parameterFor } from './parameters.ts'
import type { Random } from './random.ts'
import { readOf, searchOf } from './reads.ts'
import { type KitRequest, queryOf } from './request.ts'

const FHIR = 'application/fhir+json'
const CATEGORY = 'http://terminology.hl7.org/CodeSystem/observation-category'
const PATCH = 'application/json-patch+json'

export function writeOf(known: Known, random: Random): KitRequest {
  const hidden = random.pick(known.hidden)
  const [type = '', id = ''] = hidden.split('/')
  const condition = queryOf([['_id', id], ...(random.chance(0.3) ? [parameterFor(type, known, random)] : [])])
  const nothing = `identifier=${encodeURIComponent(`urn:nowhere|${Math.floor(random.next() * 1e9)}`)}`
  return {
    ...random.pick<KitRequest>([
      sent('PUT', `/${hidden}`, { ...recordFor(type, known, random), id }),
      sent('PUT', `/${type}?${condition}`, recordFor(type, known, random)),
      sent('POST', `/${type}`, recordFor(type, known, random)),
      sent('POST', '/Observation', observationOn(hidden, known)),
      sent('POST', '/Observation', observationOn(`${type}?${condition}`, known)),
      sent('POST', `/${type}`, recordFor(type, known, random), { 'if-none-exist': condition }),
      sent('POST', '/Observation', observationOn('', known), { 'if-none-exist': nothing }),
      { method: 'DELETE', target: `/${hidden}` },
      { method: 'DELETE', target: `/${type}?${condition}` },
      { method: 'DELETE', target: `/Observation?${nothing}` },
      patched(`/${hidden}`),
      patched(`/${type}?${condition}`),
      patched(`/Observation?${nothing}`),
      patchedByPath(`/${hidden}`, type),
      patchedByPath(`/${type}?${condition}`, type),
      { ...sent('PUT', `/${hidden}`, { ...recordFor(type, known, random), id }, { 'if-match': 'W/"1"' }) },
    ]),
    writes: true,
  }
}

/** A Bundle of requests that could have come alone. */
export function bundleOf(known: Known, random: Random, hasWrites: boolean): KitRequest {
  const requests: KitRequest[] = []
  for (let left = random.pick([1, 3, 6]); left > 0; left--) {
    const one =
      hasWrites && random.chance(0.3) ? writeOf(known, random) : random.pick([readOf, searchOf])(known, random)
    requests.push(one)
  }
  const type = hasWrites && random.chance(0.4) ? 'transaction' : 'batch'
  const entry = requests.map(({ method, target, headers = {}, body }) => ({
    request: {
      method,
      url: target.slice(1),
      ...(headers['if-none-exist'] === undefined ? {} : { ifNoneExist: headers['if-none-exist'] }),
      ...(headers['if-match'] === undefined ? {} : { ifMatch: headers['if-match'] }),
    },
    ...resourceOf(headers['content-type'], body),
  }))
  return { ...sent('POST', '', { resourceType: 'Bundle', type, entry }), ...(hasWrites ? { writes: true } : {}) }
}

/** A JSON Patch is no resource: it stands in a Binary. */
function resourceOf(contentType: string | undefined, body = '{}'): { resource?: unknown } {
  if (contentType === FHIR) return { resource: JSON.parse(body) as unknown }
  if (contentType !== PATCH) return {}
  return { resource: { resourceType: 'Binary', contentType, data: Buffer.from(body).toString('base64') } }
}

function recordFor(type: string, known: Known, random: Random): Record<string, unknown> {
  const whose = random.pick([known.patient, known.patient, 'Patient/nobody', random.pick(known.hidden)])
  if (type === 'Patient') return { resourceType: type, active: true }
  return { resourceType: type, status: 'final', code: { text: 'x' }, subject: { reference: whose } }
}

/** An own record that refers to a hidden one. */
function observationOn(reference: string, { patient }: Known): Record<string, unknown> {
  return {
    resourceType: 'Observation',
    status: 'final',
    category: [{ coding: [{ system: CATEGORY, code: 'laboratory' }] }],
    code: { text: 'steps' },
    subject: { reference: patient },
    ...(reference === '' ? {} : { derivedFrom: [{ reference }] }),
  }
}

function patched(target: string): KitRequest {
  const body = '[{"op":"test","path":"/status","value":"final"},{"op":"add","path":"/language","value":"en"}]'
  return { method: 'PATCH', target, headers: { 'content-type': PATCH }, body }
}

function patchedByPath(target: string, type: string): KitRequest {
  const part = [
    { name: 'type', valueCode: 'replace' },
    { name: 'path', valueString: `${type}.meta.tag.where(code='x').display` },
    { name: 'value', valueString: 'x' },
  ]
  return sent('PATCH', target, { resourceType: 'Parameters', parameter: [{ name: 'operation', part }] })
}

function sent(method: string, target: string, content: object, headers: Record<string, string> = {}): KitRequest {
  return { method, target, headers: { 'content-type': FHIR, ...headers }, body: JSON.stringify(content) }
}
