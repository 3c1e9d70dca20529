// A record without what names a person, and without any text that somebody wrote: what stays is stated, type by type, and all
// else goes. So what R4 does not know goes too. Pure.

import { membersOf } from '../../../smart/fhir/element-types.ts'
import { elementsAt } from '../../../smart/fhir/elements.ts'
import { isResourceType } from '../../../smart/fhir/resource-types.ts'

const text = (pattern: RegExp) => (value: unknown) => typeof value === 'string' && pattern.test(value)
const isNumber = (value: unknown) =>
  typeof value === 'number' || (typeof value === 'object' && value !== null && 'rawJSON' in value)
const isDate = text(/^\d{4}(-\d\d(-\d\d(T[\d:.]+(Z|[+-]\d\d:\d\d)?)?)?)?$/)
const isId = text(/^[A-Za-z0-9.-]{1,64}$/)
/** Neither a search nor a name of elsewhere. */
const isById = text(
  /^(#[A-Za-z0-9.-]{1,64}|(https?:\/\/[^\s?#]+\/)?[A-Z][A-Za-z]+\/[A-Za-z0-9.-]{1,64}(\/_history\/[A-Za-z0-9.-]{1,64})?)$/,
)
/** Neither `mailto:` nor `data:`, nor a word. */
const isAddress = text(/^(https?:\/\/|urn:)\S{1,2000}$/)

/** Primitive types that stay, where the value is one of the type; `string` and `markdown` are not among them. */
const PRIMITIVES: ReadonlyMap<string, (value: unknown) => boolean> = new Map([
  ['boolean', (value) => typeof value === 'boolean'],
  ['integer', isNumber],
  ['positiveInt', isNumber],
  ['unsignedInt', isNumber],
  ['decimal', isNumber],
  ['code', text(/^\S{1,200}$/)],
  ['id', isId],
  ['date', isDate],
  ['dateTime', isDate],
  ['instant', isDate],
  ['time', text(/^\d\d:\d\d(:\d\d(\.\d+)?)?$/)],
  ['uri', isAddress],
  ['canonical', isAddress],
  ['oid', isAddress],
])

/** Types that go as a whole. */
const GONE: ReadonlySet<string> = new Set([
  'Address',
  'Annotation',
  'Attachment',
  'ContactDetail',
  'ContactPoint',
  'Contributor',
  'Extension',
  'HumanName',
  'Identifier',
  'Narrative',
  'Signature',
])

/** Elements that stay although texts do not: parts of codes and measures, and what holds a record together. */
const KEPT: ReadonlyMap<string, (value: unknown) => boolean> = new Map([
  ['Coding.display', text(/^/)],
  ['Coding.version', text(/^/)],
  ['Age.unit', text(/^/)],
  ['Count.unit', text(/^/)],
  ['Distance.unit', text(/^/)],
  ['Duration.unit', text(/^/)],
  ['Quantity.unit', text(/^/)],
  ['Extension.url', isAddress],
  ['QuestionnaireResponse.item.linkId', text(/^\S{1,200}$/)],
  ['Reference.type', (value) => typeof value === 'string' && (isResourceType(value) || isAddress(value))],
  // What an export says of deletions.
  ['Bundle.entry.request.url', isById],
  ['Reference.reference', isById],
])

const BIRTH_DATES: ReadonlySet<string> = new Set([
  'FamilyMemberHistory.bornDate',
  'Patient.birthDate',
  'Person.birthDate',
  'Practitioner.birthDate',
  'RelatedPerson.birthDate',
])
/** Of types that stay elsewhere. */
const GONE_ELEMENTS: ReadonlySet<string> = new Set(['FamilyMemberHistory.bornPeriod', 'Location.position'])

/** Says that something was taken out of the record. */
const LABEL = { system: 'http://terminology.hl7.org/CodeSystem/v3-ObservationValue', code: 'REDACTED' }

type Json = Record<string, unknown>

/** @returns undefined for what is no resource of R4 */
export function deIdentified(resource: unknown): Json | undefined {
  const rest = resourceOf(resource)
  if (rest === undefined) return undefined
  const { resourceType, id, meta, ...more } = rest
  const { security: _security, ...others } = (meta ?? {}) as Json
  const given = elementsAt(meta, ['security']) as Json[]
  const labels = given.filter(({ system, code }) => system !== LABEL.system || code !== LABEL.code)
  const named = id === undefined ? { resourceType } : { resourceType, id }
  return { ...named, meta: { ...others, security: [...labels, LABEL] }, ...more }
}

function resourceOf(value: unknown): Json | undefined {
  const { resourceType } = (value ?? {}) as { resourceType?: unknown }
  if (typeof resourceType !== 'string' || !(isResourceType(resourceType) || resourceType === 'Parameters'))
    return undefined
  const { id } = value as { id?: unknown }
  return { resourceType, ...(isId(id) ? { id } : {}), ...membersLeft(resourceType, value as Json) }
}

function membersLeft(type: string, value: Json): Json {
  const types = membersOf(type)
  const left = Object.entries(value).map(([member, one]): [string, unknown] => {
    const of = types.get(member)
    const path = `${type}.${member}`
    if (of === undefined || GONE_ELEMENTS.has(path)) return [member, undefined]
    if (!Array.isArray(one)) return [member, valueLeft(path, of, one)]
    const values = one.map((each) => valueLeft(path, of, each)).filter((each) => each !== undefined)
    return [member, values.length === 0 ? undefined : values]
  })
  return Object.fromEntries(left.filter(([, one]) => one !== undefined))
}

function valueLeft(path: string, type: string, value: unknown): unknown {
  if (BIRTH_DATES.has(path)) return isDate(value) ? String(value).slice(0, 4) : undefined
  const isKept = KEPT.get(path) ?? PRIMITIVES.get(type)
  if (isKept !== undefined) return isKept(value) ? value : undefined
  // What changes the meaning of a record is not left out: its name stays, and a value that is no text.
  const isMeant = path.endsWith('.modifierExtension')
  if ((GONE.has(type) && !isMeant) || typeof value !== 'object' || value === null) return undefined
  if (type === 'Resource') return resourceOf(value)
  const left = membersLeft(type, value as Json)
  return Object.keys(left).length === 0 ? undefined : left
}
