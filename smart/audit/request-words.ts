// A request without what people put into it: FHIR's own words stay, ids and values become a sign. So it may stand in a log,
// and be read again as a request that is decided in the same way. Pure.

import { type Interaction, type Parameter, parseInteraction } from '../fhir/interaction.ts'
import { findReferenceElement, RESOURCE_TYPES, searchParametersOf } from '../fhir/resource-types.ts'
import { COMMON, CONTROL } from '../fhir/search.ts'

/** Stands for a value. */
const ANY = '*'
/** Stands for an id. */
const ID = 'x'

const WORDS: ReadonlySet<string> = new Set([
  ...RESOURCE_TYPES,
  ...RESOURCE_TYPES.flatMap((type) => [...searchParametersOf(type).keys()]),
  ...CONTROL,
  ...COMMON.keys(),
  ...['_has', '_include', '_revinclude', '_type', '_since', '_list', '_filter', '_query', '_text', '_content'],
  ...['_contained', '_containedType', '_graph', '_outputFormat', '_typeFilter'],
  ...['iterate', 'recurse', 'missing', 'not', 'exact', 'contains', 'text', 'in', 'not-in', 'below', 'above', 'of-type'],
  ...['identifier', 'true', 'false', 'count', 'data', 'none', 'estimate', 'accurate'],
  ...['max', 'start', 'end', 'on-demand', 'patient'],
])
const OPERATIONS: ReadonlySet<string> = new Set(
  ['everything', 'lastn', 'docref', 'validate', 'export', 'expand', 'lookup', 'translate', 'subsumes', 'validate-code']
    .concat(['match', 'graphql', 'meta', 'convert-data', 'member-match', 'reindex', 'import'])
    .map((name) => `$${name}`),
)

/**
 * `GET Observation?category=*&_include=Observation:subject`
 *
 * @returns undefined for what no scope decides, such as a page by its handle
 */
export function requestWords(interaction: Interaction): string | undefined {
  const line = requestLine(interaction)
  if (line === undefined) return undefined
  const parameters = 'parameters' in interaction ? interaction.parameters : []
  const query = parameters.map(([name, value]) => {
    const word = areWords(name) ? name : 'unknown-parameter'
    return `${word}=${wordsIn(word, value)}`
  })
  return query.length === 0 ? line : `${line}?${query.join('&')}`
}

/** Undefined: these are no words of ours. */
export function interactionOf(words: string): Interaction | undefined {
  const [method = '', target = '', ...more] = words.split(' ')
  const parsed = more.length > 0 ? undefined : parseInteraction(method, `/${target}`, '')
  if (parsed?.ok !== true) return undefined
  const { interaction } = parsed
  if (!('parameters' in interaction)) return interaction
  const type = 'type' in interaction ? interaction.type : undefined
  const parameters = interaction.parameters.map(([name, value]): Parameter => [name, valueFor(type, name, value)])
  return { ...interaction, parameters }
}

function requestLine(interaction: Interaction): string | undefined {
  switch (interaction.kind) {
    case 'read':
      return `GET ${interaction.type}/${ID}`
    case 'vread':
      return `GET ${interaction.type}/${ID}/_history/${ID}`
    case 'search':
      return `GET ${interaction.type}`
    case 'system-search':
      return 'GET '
    case 'instance-history':
      return `GET ${interaction.type}/${ID}/_history`
    case 'type-history':
      return `GET ${interaction.type}/_history`
    case 'system-history':
      return 'GET _history'
    case 'create':
      return `POST ${interaction.type}`
    case 'update':
    case 'patch':
    case 'delete':
      return `${METHOD[interaction.kind]} ${interaction.type}/${ID}`
    case 'conditional':
      return `${METHOD[interaction.method]} ${interaction.type}`
    case 'compartment':
      return `GET Patient/${ID}/*`
    case 'operation': {
      const { method, type, id, name } = interaction
      const path = [type, id === undefined ? undefined : ID, OPERATIONS.has(name) ? name : '$unknown']
      return `${method} ${path.filter((part) => part !== undefined).join('/')}`
    }
    default:
      return undefined
  }
}

const METHOD = { update: 'PUT', patch: 'PATCH', delete: 'DELETE' } as const

function areWords(text: string): boolean {
  return text.split(/[.:,]/).every((part) => WORDS.has(part.replace(/^-/, '')))
}

/** Says how to answer, or which types and references are meant: these values decide. */
function isStructural(name: string): boolean {
  return CONTROL.has(name) || /^(_(rev)?include(:\w+)?|_type|max|.*:missing)$/.test(name)
}

function wordsIn(name: string, value: string): string {
  if (value === '') return ''
  if (isStructural(name) && (/^\d{1,4}$/.test(value) || areWords(value))) return value
  return value.includes(',') ? `${ANY},${ANY}` : ANY
}

/** Some value that is well formed there. */
function valueFor(type: string | undefined, name: string, words: string): string {
  return words.replaceAll(ANY, () => {
    const [base = ''] = name.split(':')
    if (base === '_since') return '2000-01-01T00:00:00Z'
    if (base === 'start' || base === 'end') return '2000-01-01'
    if (base === '_elements') return 'id'
    if (base === '_format') return 'json'
    if (base === '_count' || base === 'max') return '1000'
    const targets = type === undefined ? undefined : findReferenceElement(type, base)?.targets
    return targets?.has('Patient') ? `Patient/${PATIENT}` : ID
  })
}

/** The patient who is named, wherever one is. */
export const PATIENT = 'patient'
