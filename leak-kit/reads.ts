// Requests that only look: reads of every form, searches of every form, operations, and paths that are read in two ways.

import type { Known } from './known.ts'
import { parameterFor } from './parameters.ts'
import type { Random } from './random.ts'
import { type KitRequest, type Parameter, queryOf } from './request.ts'

const MORE_TYPES = [
  ...['Account', 'Appointment', 'AuditEvent', 'Basic', 'Binary', 'Consent', 'Group', 'List', 'Location', 'Medication'],
  ...['Organization', 'Person', 'Practitioner', 'PractitionerRole', 'QuestionnaireResponse', 'Schedule', 'Task'],
]

export function typesOf({ own, hidden }: Known): string[] {
  return [...new Set([...own, ...hidden].map((one) => one.split('/')[0] ?? '')), ...MORE_TYPES]
}

export function readOf(known: Known, random: Random): KitRequest {
  const record = recordOf(known, random)
  const [type = '', id = ''] = record.split('/')
  const version = random.pick(['1', '1', '2', '99'])
  return random.pick<KitRequest>([
    get(`/${record}`),
    get(`/${record}/_history/${version}`),
    get(`/${record}/_history`),
    get(`/${type}/_history`),
    get(`/${record}?${queryOf([parameterFor(type, known, random)])}`),
    get(`/${record}/_history?${queryOf([['_count', '1']])}`),
    { method: 'HEAD', target: `/${record}` },
    { method: 'OPTIONS', target: `/${record}` },
    { ...get(`/${record}`), headers: random.pick(HEADERS) },
    get(`/${random.pick(typesOf(known))}/${id}`),
  ])
}

const HEADERS: readonly Readonly<Record<string, string>>[] = [
  { 'if-none-match': 'W/"1"' },
  { 'if-none-match': '*' },
  { 'if-modified-since': 'Wed, 01 Jan 2020 00:00:00 GMT' },
  { prefer: 'handling=lenient' },
  { accept: 'application/fhir+xml' },
  { accept: 'text/html' },
  { range: 'bytes=0-20' },
  { 'x-http-method-override': 'DELETE' },
  { 'x-forwarded-host': 'elsewhere.example', 'x-forwarded-proto': 'ftp' },
]

export function searchOf(known: Known, random: Random): KitRequest {
  const type = random.pick(typesOf(known))
  const parameters: Parameter[] = []
  for (let left = random.pick([0, 1, 1, 1, 2, 2, 3, 5]); left > 0; left--)
    parameters.push(parameterFor(type, known, random))
  // Small pages, to be followed.
  if (random.chance(0.25)) parameters.push(['_count', random.pick(['1', '2', '3'])])
  const query = queryOf(parameters)
  const asked = query === '' ? '' : `?${query}`
  if (random.chance(0.1)) return form(`/${type}/_search`, query)
  if (random.chance(0.05)) return form(`/${type}/_search${asked}`, queryOf([parameterFor(type, known, random)]))
  return get(`/${type}${asked}`)
}

/** Searches of a compartment and of all types, histories of all, and operations. */
export function wideOf(known: Known, random: Random): KitRequest {
  const type = random.pick(typesOf(known))
  const query = queryOf([parameterFor(type, known, random)])
  const patient = random.pick([known.patient, ...known.hidden.filter((one) => one.startsWith('Patient/'))])
  const record = recordOf(known, random)
  return random.pick<KitRequest>([
    get(`/${patient}/${type}?${query}`),
    get(`/${patient}/*`),
    form(`/${patient}/${type}/_search`, query),
    get(`/${record}/${type}`),
    get(`?_type=${type},Patient&${query}`),
    form('/_search', `_type=${type}&${query}`),
    get('/_history'),
    get('/metadata'),
    get(`/${patient}/$everything`),
    get(`/${record}/$${random.pick(['everything', 'meta', 'validate', 'document', 'graph'])}`),
    get(`/${type}/$${random.pick(['lastn', 'docref', 'export', 'match', 'everything'])}?patient=${patient}`),
    get('/$export'),
    get(`/_page/${random.pick(['none', 'AAAA'])}`),
  ])
}

/** One record, by addresses that one party may read in another way than the next. */
export function pathTrickOf(known: Known, random: Random): KitRequest {
  const record = recordOf(known, random)
  const [type = '', id = ''] = record.split('/')
  return get(
    random.pick([
      `//${record}`,
      `/${type}//${id}`,
      `/${record}/`,
      `/./${record}`,
      `/${known.patient}/../../${record}`,
      `/${known.patient}/%2e%2e/%2e%2e/${record}`,
      `/${type}%2F${id}`,
      `/${type}%252F${id}`,
      `/${record}%00`,
      `/${record};v=1`,
      `/${type};v=1/${id}`,
      `/${type.toLowerCase()}/${id}`,
      `/${type}/${id.toUpperCase()}`,
      `/${record}.json`,
      `/${record}#_history`,
      `/${record}%3F_elements=id`,
      `/${record}\\_history`,
      `/${type}/%${id.charCodeAt(0).toString(16)}${id.slice(1)}`,
      `/${type}/..%c0%af${id}`,
      `/${record}?_format=json&_format=xml`,
      `/${record}?=1&&`,
      `/${type}?_id=${id}&_id=${id}`,
      `/${type}?_id=${id}%00`,
      `/${type}?%5Fid=${id}`,
    ]),
  )
}

/** Half of all requests go at what is hidden. */
function recordOf(known: Known, random: Random): string {
  return random.pick(random.chance(0.65) ? known.hidden : known.own)
}

function get(target: string): KitRequest {
  return { method: 'GET', target }
}

function form(target: string, body: string): KitRequest {
  return { method: 'POST', target, headers: { 'content-type': 'application/x-www-form-urlencoded' }, body }
}
