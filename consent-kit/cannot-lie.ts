// Holds what a consent page said against what was granted: each kind said to be shared must be open, each other one closed,
// with the same dates, deeds and end. Sample records stand for the kinds, so that the compiled access is what is asked.
import { comesAlong, findRow, ROWS, type RowId } from '../consent-ui/consent/row-table.ts'
import { type Access, clausesFor, compileAccess } from '../smart/access/access.ts'
import type { ConsentTerms } from '../smart/access/consent-terms.ts'
import { dateParameterOf, isDated } from '../smart/access/look-back.ts'
import { READABLE_TYPES, splitScope } from '../smart/access/narrowing.ts'
import { findCompartmentRow } from '../smart/fhir/compartment.ts'
import { conditionHolds } from '../smart/fhir/condition.ts'
import { findDateElement } from '../smart/fhir/resource-types.ts'
import { plan } from '../smart/plan/plan.ts'
import type { Context, Deed, Said } from './read-pages.ts'

const HL7 = 'http://terminology.hl7.org/CodeSystem'
const US_CORE = 'http://hl7.org/fhir/us/core/CodeSystem'
const SYSTEMS = [
  `${HL7}/observation-category`,
  `${HL7}/condition-category`,
  `${US_CORE}/condition-category`,
  `${US_CORE}/us-core-category`,
]
/** Of a type that is in no row: what only a whole record holds. */
const UNNAMED_TYPE = 'Evidence'

type Sample = { resourceType: string } & Record<string, unknown>

/** A record of one kind, of this day or of none. */
function sampleOf(member: string, day: string | undefined): Sample {
  const [type = '', category] = member.split(':')
  const resourceType = type === '*' ? UNNAMED_TYPE : type
  const coding = category
    ? SYSTEMS.map((system) => ({ system, code: category }))
    : [{ system: 'x', code: 'none of these' }]
  const isSplit = type === 'Observation' || type === 'Condition'
  const dated = day === undefined ? {} : datedAt(resourceType, day)
  return { resourceType, id: 'x', ...(isSplit ? { category: [{ coding }] } : {}), ...dated }
}

function datedAt(type: string, day: string): Record<string, unknown> {
  const parameter = dateParameterOf(type)
  const [path] = (parameter === undefined ? undefined : findDateElement(type, parameter))?.paths ?? []
  if (path === undefined) return {}
  const isPeriod = /[pP]eriod$/.test(path.at(-1) ?? '')
  const value = isPeriod ? { start: day, end: day } : day
  return path.reduceRight<Record<string, unknown>>(
    (inner, name, at) => ({ [name]: at === path.length - 1 ? value : inner }),
    {},
  )
}

/** Whether a clause of this context lets a letter touch the record; for reads the plan must not refuse either. */
function isOpen(access: Access, context: Context, letter: string, record: Sample): boolean {
  const isHeld = clausesFor(access, record.resourceType, letter).some(
    (clause) => clause.context === context && clause.filter.every((condition) => conditionHolds(condition, record, [])),
  )
  if (letter === 'r' && isHeld && findRow(record.resourceType)?.id !== undefined && context === 'patient') {
    const interaction = { kind: 'read', type: record.resourceType, id: 'x', parameters: [] } as const
    const decided = plan(access, { kind: 'none' }, interaction, { panelLimit: 10, bases: [] })
    return decided.kind !== 'deny' || decided.reason === 'not-confinable'
  }
  return isHeld
}

const accessOf = (scopes: readonly string[]): Access =>
  compileAccess({ client_id: 'app', scope: scopes.join(' '), patient: 'ana', person: 'Patient/ana' })

/** Kinds of which something was asked for: all that the page has to speak of. */
function kindsAsked(asked: Access, context: Context, letter: string, today: string): string[] {
  const members = [...new Set(ROWS.flatMap((row) => row.members))]
  const wholes = new Set(members.filter((member) => !member.includes(':')))
  return members.filter((member) => {
    const [type = '', category] = member.split(':')
    const isSplit = type === 'Observation' || type === 'Condition'
    const isRead = 'rs'.includes(letter)
    // Whole types have a row of their own where they are not split, and wherever they are written.
    if (category !== undefined && type !== '*' && (!isRead || (wholes.has(type) && !isSplit))) return false
    if (category === undefined && isSplit && isRead) return false
    // What no part of the whole names is in its rest.
    if (category && isSplit && !categoriesOf(type).has(category)) return false
    if (!isRead && type !== '*' && findCompartmentRow(type) === undefined) return false
    // What the proxy confines to no patient is open to nobody here.
    if (isRead && (comesAlong(type) || (type !== '*' && !READABLE_TYPES.includes(type)))) return false
    return isOpen(asked, context, letter, sampleOf(member, today))
  })
}

function categoriesOf(type: string): ReadonlySet<string | undefined> {
  const parts = splitScope(`patient/${type}.rs`)?.parts ?? []
  return new Set(parts.map(({ scope }) => scope.filter[0]?.[1].split('|').at(-1)))
}

function rowOfMember(member: string): RowId | undefined {
  return ROWS.find(({ members }) => members.includes(member))?.id
}

/** @returns what the page said and was not so; nothing for an honest page */
export function liesOf(said: Said, scopes: readonly string[], terms: ConsentTerms, today: string): string[] {
  const [asked, granted] = [accessOf(scopes), accessOf(terms.scopes)]
  return [
    ...(['patient', 'user'] as const).flatMap((context) => [
      ...liesOfSeeing(said, context, asked, granted, today),
      ...(['c', 'u', 'd'] as const).flatMap((deed) => liesOfDeed(said, context, deed, asked, granted, today)),
    ]),
    ...liesOfEnd(said, terms),
  ]
}

function liesOfSeeing(said: Said, context: Context, asked: Access, granted: Access, today: string): string[] {
  return ['r', 's'].flatMap((letter) =>
    kindsAsked(asked, context, letter, today).flatMap((member): string[] => {
      const row = rowOfMember(member)
      const shared = said.shared.find((one) => one.context === context && one.row === row)
      const isDenied = said.notShared.some((one) => one.context === context && one.row === row)
      const what = `${context}/${member}.${letter}`
      if (shared !== undefined && isDenied) return [`${what} is said to be shared and not to be`]
      const type = member.split(':')[0] ?? ''
      const isOpenAt = (day: string | undefined) => isOpen(granted, context, letter, sampleOf(member, day))
      const isFileAlone = type === 'Binary' && !isOpen(asked, context, 's', sampleOf('DocumentReference', today))
      const hasNoDay = isFileAlone || (isDated(type) && dateParameterOf(type) === undefined)
      const expected = shared !== undefined && !(shared.from !== undefined && hasNoDay)
      const lies = isOpenAt(today) === expected ? [] : [`${what} is ${expected ? 'closed' : 'open'}`]
      if (shared === undefined || !expected) return lies
      const isLimited = shared.from !== undefined && isDated(type)
      const before = shared.from === undefined ? '1950-01-01' : dayBefore(shared.from)
      if (isDated(type) && isOpenAt(before) === isLimited) lies.push(`${what} before ${shared.from}`)
      if (isLimited && !isOpenAt(shared.from)) lies.push(`${what} on ${shared.from} is closed`)
      if (isDated(type) && isOpenAt(undefined) === isLimited) lies.push(`${what} without a date`)
      return lies
    }),
  )
}

function liesOfDeed(said: Said, context: Context, deed: Deed, asked: Access, granted: Access, today: string): string[] {
  const allowed = said.allowed.filter((one) => one.context === context && one.deed === deed)
  return kindsAsked(asked, context, deed, today).flatMap((member) => {
    const row = rowOfMember(member)
    const expected = allowed.some(({ rows }) => rows === 'all' || rows.some((one) => one === row))
    const isAllowed = isOpen(granted, context, deed, sampleOf(member, today))
    return isAllowed === expected ? [] : [`${context}/${member}.${deed} is ${isAllowed ? 'open' : 'closed'}`]
  })
}

function liesOfEnd({ until }: Said, terms: ConsentTerms): string[] {
  const keeps = terms.scopes.includes('offline_access')
  const stays = terms.scopes.includes('online_access')
  const lastDay = terms.until === undefined ? undefined : dayBefore(terms.until.slice(0, 10))
  const isSo =
    until === 'soon'
      ? !keeps && !stays && lastDay === undefined
      : until === 'signed-out'
        ? stays && !keeps && lastDay === undefined
        : until === 'stopped'
          ? keeps && lastDay === undefined
          : keeps && lastDay === until.day
  return isSo ? [] : [`the end is not ${JSON.stringify(until)}`]
}

function dayBefore(day: string): string {
  return new Date(Date.parse(day) - 24 * 3600 * 1000).toISOString().slice(0, 10)
}
