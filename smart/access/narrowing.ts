// How one clinical scope can be granted in part: by what is done, by kind of data, by US Core category (SCP-15..17,
// AUTHZ-21). Which parts a person chose is an argument; how they are asked is not decided here.

import { findCompartmentRow, SHARED_TYPES } from '../fhir/compartment.ts'
import { RESOURCE_TYPES } from '../fhir/resource-types.ts'
import { isTechnical } from './granting.ts'
import { parseScope, printScope, type Scope, scopeContains } from './scope.ts'

/** A scope that can be granted alone, and the narrower ones that can be granted in its place. */
export type Part = {
  /** The root has the app's own spelling; parts are in v2 form. */
  text: string
  scope: Scope
  /**
   * What tells the parts apart. Parts by `permission` together are exactly the whole. Parts by `type` or `category` are
   * less: only the whole holds types added later and records without a category.
   */
  by?: 'permission' | 'type' | 'category'
  /** Empty where the scope is granted whole or not at all. */
  parts: readonly Part[]
}

/** To look, to add, to change, to delete: questions of their own, whatever one scope asks for at once. */
const DEEDS = ['rs', 'c', 'u', 'd'] as const

const HL7 = 'http://terminology.hl7.org/CodeSystem'
const US_CORE = 'http://hl7.org/fhir/us/core/CodeSystem'

/** The categories that US Core names for granular scopes (SCP-15, SCP-16), and the others that FHIR itself has. */
const CATEGORIES: ReadonlyMap<string, readonly string[]> = new Map([
  [
    'Condition',
    [
      `${HL7}/condition-category|problem-list-item`,
      `${HL7}/condition-category|encounter-diagnosis`,
      `${US_CORE}/condition-category|health-concern`,
      `${US_CORE}/us-core-category|sdoh`,
    ],
  ],
  [
    'Observation',
    [
      `${HL7}/observation-category|laboratory`,
      `${HL7}/observation-category|vital-signs`,
      `${HL7}/observation-category|social-history`,
      `${US_CORE}/us-core-category|sdoh`,
      `${HL7}/observation-category|survey`,
      `${HL7}/observation-category|imaging`,
      `${HL7}/observation-category|procedure`,
      `${HL7}/observation-category|exam`,
      `${HL7}/observation-category|therapy`,
      `${HL7}/observation-category|activity`,
    ],
  ],
])

/** Types without a patient of their own that come with records of a patient: a note's file, a record's origin. */
const ATTACHED_TYPES: ReadonlySet<string> = new Set(['Binary', 'Provenance'])

const WRITABLE_TYPES = RESOURCE_TYPES.filter((type) => findCompartmentRow(type) !== undefined)
/** Types of which a wildcard shows records. */
export const READABLE_TYPES: readonly string[] = RESOURCE_TYPES.filter(
  (type) => findCompartmentRow(type) !== undefined || SHARED_TYPES.has(type) || ATTACHED_TYPES.has(type),
)

/**
 * The tree of parts of one scope.
 *
 * splitScope('patient/Goal.cruds') has the parts patient/Goal.rs, patient/Goal.cu and patient/Goal.d
 *
 * @returns undefined for what is no clinical scope
 */
export function splitScope(text: string): Part | undefined {
  const parsed = parseScope(text)
  return parsed.ok ? split(text, parsed.scope) : undefined
}

function split(text: string, scope: Scope): Part {
  const deeds = DEEDS.map((letters) => lettersIn(scope, letters)).filter((letters) => letters !== '')
  if (deeds.length > 1) {
    return { text, scope, by: 'permission', parts: deeds.map((permissions) => partOf(scope, { permissions })) }
  }
  // Filtered already: narrower than its type, and nobody asked to have two conditions at once.
  if (scope.filter.length > 0) return { text, scope, parts: [] }
  const isRead = lettersIn(scope, 'rs') !== ''
  if (scope.type === '*') {
    const types = isRead ? READABLE_TYPES : WRITABLE_TYPES
    return { text, scope, by: 'type', parts: types.map((type) => partOf(scope, { type })) }
  }
  const categories = isRead ? CATEGORIES.get(scope.type) : undefined
  if (categories === undefined) return { text, scope, parts: [] }
  const parts = categories.map((category) => partOf(scope, { filter: [['category', category]] }))
  return { text, scope, by: 'category', parts }
}

function lettersIn({ permissions }: Scope, letters: string): string {
  return [...letters].filter((letter) => permissions.includes(letter)).join('')
}

function partOf(whole: Scope, narrower: Partial<Omit<Scope, 'text'>>): Part {
  const scope = { ...whole, ...narrower }
  const text = printScope(scope)
  return split(text, { ...scope, text })
}

/**
 * What the person is to be asked: one part a deed, and none that another question covers, since a "no" to it would be
 * idle. Scopes that are not clinical are left out.
 */
export function questionsOf(asked: readonly string[]): Part[] {
  const questions = asked.flatMap((text) => {
    const whole = splitScope(text)
    return whole?.by === 'permission' ? whole.parts : (whole ?? [])
  })
  return questions.filter(({ scope }, at) =>
    questions.every(
      (other, otherAt) =>
        otherAt === at ||
        !scopeContains(other.scope, scope) ||
        // Two spellings of the same: the first is asked.
        (otherAt > at && scopeContains(scope, other.scope)),
    ),
  )
}

/**
 * Scopes that the person granted, in the app's order. What covers a scope grants it in its own spelling too, so that an
 * app finds again what it asked for. Nothing outside of `asked` is ever granted (SCP-12).
 *
 * @param asked clinical and technical scopes as the app spelled them
 * @param chosen texts of parts, and `offline_access` or `online_access`; what is no part of something asked is ignored
 */
export function narrow(asked: readonly string[], chosen: ReadonlySet<string>): string[] {
  const wholes = new Map(asked.map((text) => [text, splitScope(text)]))
  const chosenScopes = [...wholes.values()].flatMap((whole) => (whole ? chosenIn(whole, chosen) : []))
  const granted = [...wholes].flatMap(([text, whole]) => {
    if (whole !== undefined) return grantedIn(whole, chosenScopes)
    return isAlwaysGranted(text) || chosen.has(text) ? [text] : []
  })
  return [...new Set(granted)]
}

/** Never a question, since nothing is seen through them: who you are, whose record this is. */
export function isAlwaysGranted(text: string): boolean {
  return isTechnical(text) && !isTime(text)
}

/** How long rather than what. */
export function isTime(text: string): boolean {
  return text === 'offline_access' || text === 'online_access'
}

function chosenIn(part: Part, chosen: ReadonlySet<string>): Scope[] {
  return chosen.has(part.text) ? [part.scope] : part.parts.flatMap((one) => chosenIn(one, chosen))
}

function grantedIn(part: Part, chosen: readonly Scope[]): string[] {
  if (isCovered(part, chosen)) return [part.text]
  return part.parts.flatMap((one) => grantedIn(one, chosen))
}

/** Whether the whole of a part is allowed by the scopes: by one of them, or deed by deed. */
export function isCovered(part: Part, by: readonly Scope[]): boolean {
  return (
    by.some((scope) => scopeContains(scope, part.scope)) ||
    (part.by === 'permission' && part.parts.every((one) => isCovered(one, by)))
  )
}
