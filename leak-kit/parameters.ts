// Search parameters with values that can tell something: of the types of R4, with and without modifiers, and all that
// steer a search. Many are wrong on purpose: a refusal can leak as well.

import { referenceParametersOf, searchParametersOf } from '../smart/fhir/resource-types.ts'
import type { Known } from './known.ts'
import type { Random } from './random.ts'
import type { Parameter } from './request.ts'

const FIXED: readonly Parameter[] = [
  ...['0', '1', '2', '1000', '-1'].map((count): Parameter => ['_count', count]),
  ...['count', 'true', 'text', 'data', 'false'].map((summary): Parameter => ['_summary', summary]),
  ...['accurate', 'estimate', 'none'].map((total): Parameter => ['_total', total]),
  ...['_lastUpdated', '-_lastUpdated', '_id', '-_id', 'date', '-date', 'patient', 'subject:Patient.name', 'code'].map(
    (key): Parameter => ['_sort', key],
  ),
  ...['id', 'status', 'id,subject', 'code,performer'].map((elements): Parameter => ['_elements', elements]),
  ...['true', 'both', 'false'].map((contained): Parameter => ['_contained', contained]),
  ['_containedType', 'contained'],
  ['_query', 'everyone'],
  ['_list', '$current-problems'],
  ['_type', 'Patient,Observation'],
  ['_include', '*'],
  ['_revinclude', '*'],
  ['_revinclude', 'Provenance:target'],
  ['_revinclude:iterate', 'Provenance:target'],
  ['_lastUpdated', 'ge2020-01-01'],
  ['_lastUpdated', 'lt2026'],
  ['_offset', '1'],
  ['_page', '2'],
  ['_format', 'json'],
  ['_format', 'xml'],
  ['_pretty', 'true'],
  ['_graph', 'everything'],
]

const MODIFIERS = [
  ...['exact', 'contains', 'missing', 'not', 'text', 'in', 'not-in', 'above', 'below', 'identifier', 'of-type'],
  ...['Patient', 'Observation', 'iterate', 'nothing'],
]
const DATES = ['2026', '2026-10', 'ge2020-01-01', 'lt2026-09-01', 'ne2026-10-01', 'ap2026-05', 'sa2024', 'yesterday']
const NUMBERS = ['gt10', 'lt100', '70', '5.4|http://unitsofmeasure.org|mmol/L', '1e2', 'much']

/** One search parameter for a type. */
export function parameterFor(type: string, known: Known, random: Random): Parameter {
  const roll = random.next()
  if (roll < 0.2) return random.pick(FIXED)
  if (roll < 0.3) return aboutIds(type, known, random)
  if (roll < 0.45) return includeFor(type, random)
  if (roll < 0.55) return joinFor(type, known, random)
  return ownParameter(type, known, random)
}

function ownParameter(type: string, known: Known, random: Random): Parameter {
  const [name, kind] = random.pick([...searchParametersOf(type), ['_tag', 'token'], ['_security', 'token']] as const)
  const modifier = random.chance(0.25) ? `:${random.pick(MODIFIERS)}` : ''
  const value =
    modifier === ':missing'
      ? random.pick(['true', 'false'])
      : modifier === ':identifier'
        ? random.pick(known.tokens)
        : ''
  return [cased(name, random) + modifier, value === '' ? wordFor(kind, known, random) : value]
}

function aboutIds(type: string, known: Known, random: Random): Parameter {
  const ids = [...known.own, ...known.hidden].filter((one) => one.startsWith(`${type}/`)).map(idOf)
  const some = [random.pick([...ids, 'nobody']), random.pick([...ids, 'nobody'])]
  return random.pick<Parameter>([
    ['_id', some[0] ?? ''],
    ['_id', some.join(',')],
    ['_id:not', some[0] ?? ''],
    ['_list', idOf(random.pick(known.hidden))],
    ['_text', random.pick(known.texts)],
    ['_content', random.pick(known.texts)],
    ['_filter', `subject eq ${random.pick(known.hidden)}`],
  ])
}

function includeFor(type: string, random: Random): Parameter {
  const source = random.pick([
    type,
    type,
    'Observation',
    'Encounter',
    'MedicationRequest',
    'Provenance',
    'DiagnosticReport',
  ])
  const named = random.pick([...referenceParametersOf(source).keys(), 'patient', '*'])
  const target = random.chance(0.2) ? `:${random.pick(['Patient', 'Observation', 'Practitioner'])}` : ''
  const name = random.pick(['_include', '_revinclude', '_include:iterate', '_revinclude:iterate', '_include:recurse'])
  return [name, `${source}:${named}${target}`]
}

/** Chains, forwards and backwards: half of them such as the type has, the others wild. */
function joinFor(type: string, known: Known, random: Random): Parameter {
  if (random.chance(0.5)) {
    const [name, value] = random.chance(0.5) ? forwardOf(type, known, random) : reverseOf(type, known, random)
    // Once more from where it leads to.
    const [, target = ''] = /^_has:([A-Za-z]+):/.exec(name) ?? []
    if (target === '' || random.chance(0.8)) return [name, value]
    const [further, furtherValue] = forwardOf(target, known, random)
    return [name.replace(/[^:]*$/, further), furtherValue]
  }
  const via = random.pick([...referenceParametersOf(type).keys(), 'subject', 'patient'])
  const hidden = random.pick(known.hidden)
  return random.pick<Parameter>([
    [`${via}.name`, random.pick(known.texts)],
    [`${via}:Patient.family`, random.pick(known.texts)],
    [`${via}._id`, idOf(hidden)],
    [`${via}.identifier`, random.pick(known.tokens)],
    ['_has:Observation:patient:code', random.pick(known.tokens)],
    ['_has:Observation:performer:_id', idOf(hidden)],
    [`_has:Provenance:target:_id`, idOf(hidden)],
    ['_has:Group:member:_has:Group:member:_id', idOf(hidden)],
  ])
}

function forwardOf(type: string, known: Known, random: Random): Parameter {
  const references = [...referenceParametersOf(type)].filter(([, { targets }]) => targets !== undefined)
  if (references.length === 0) return ['_id', idOf(random.pick(known.hidden))]
  const [via, { targets }] = random.pick(references)
  const target = random.pick([...(targets ?? [])])
  const [name, value] = criterionOf(target, known, random)
  return [`${via}${random.chance(0.7) ? `:${target}` : ''}.${name}`, value]
}

/** What is there to be searched from: the types of what is known. */
function reverseOf(type: string, known: Known, random: Random): Parameter {
  const source = (random.pick([...known.own, ...known.hidden]).split('/')[0] ?? '') || type
  const named = [...referenceParametersOf(source)].filter(([, { targets }]) => targets?.has(type) !== false)
  const [via] = named.length === 0 ? ['patient'] : random.pick(named)
  const [name, value] = criterionOf(source, known, random)
  return [`_has:${source}:${via}:${name}`, value]
}

/** That of a hidden record, for the most part: an answer which hangs on it is a leak. */
function criterionOf(type: string, known: Known, random: Random): Parameter {
  const hidden = known.hidden.filter((one) => one.startsWith(`${type}/`))
  if (hidden.length > 0 && random.chance(0.5)) return ['_id', idOf(random.pick(hidden))]
  return ownParameter(type, known, random)
}

function wordFor(kind: string, known: Known, random: Random): string {
  switch (kind) {
    case 'reference':
      return referenceValue(random.chance(0.6) ? known.hidden : known.own, random)
    case 'token': {
      const token = random.pick(known.tokens)
      const [system = '', code = token] = token.split('|')
      return random.pick([token, code, `|${code}`, `${system}|`, `${token},${random.pick(known.tokens)}`])
    }
    case 'date':
      return random.pick(DATES)
    case 'number':
    case 'quantity':
      return random.pick(NUMBERS)
    case 'composite':
      return `${random.pick(known.tokens)}$${random.pick(NUMBERS)}`
    default:
      return random.pick([random.pick(known.texts), random.pick(known.texts).slice(0, 2), 'http://example.org/x'])
  }
}

function referenceValue(references: readonly string[], random: Random): string {
  const reference = random.pick(references)
  return random.pick([
    reference,
    idOf(reference),
    `{base}/${reference}`,
    `${reference}/_history/1`,
    `${reference},${random.pick(references)}`,
    'Patient/nobody',
  ])
}

/** FHIR minds case: whoever does not may confine one spelling only. */
function cased(name: string, random: Random): string {
  if (random.chance(0.95)) return name
  return random.pick([name.toUpperCase(), name.charAt(0).toUpperCase() + name.slice(1)])
}

function idOf(reference: string): string {
  return reference.split('/')[1] ?? ''
}
