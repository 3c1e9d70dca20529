// How far back access reaches, as the person chose: a condition on the date of each kind of record that has its day, so that
// scopes say it and the proxy holds to it as to any other condition of a scope.

import { READABLE_TYPES } from './narrowing.ts'
import { PERMISSIONS, parseScope, printScope, type Scope } from './scope.ts'

/**
 * Visits, tests, notes and bills: by which search parameter each has its day. `null`: it has none, and a limit in time leaves
 * it out. Types that are not here are shared whatever the date: an old allergy is an allergy still.
 */
const DATED: ReadonlyMap<string, string | null> = new Map([
  ['Encounter', 'date'],
  ['EpisodeOfCare', 'date'],
  ['Appointment', 'date'],
  ['AppointmentResponse', null],
  ['Observation', 'date'],
  ['DiagnosticReport', 'date'],
  ['ImagingStudy', 'started'],
  ['Specimen', 'collected'],
  ['MolecularSequence', null],
  ['QuestionnaireResponse', 'authored'],
  ['DocumentReference', 'date'],
  ['DocumentManifest', 'created'],
  ['Composition', 'date'],
  ['ClinicalImpression', 'date'],
  ['Media', 'created'],
  ['Communication', 'sent'],
  ['CommunicationRequest', 'authored'],
  ['Bundle', 'timestamp'],
  ['Basic', 'created'],
  ['ExplanationOfBenefit', 'created'],
  ['Claim', 'created'],
  ['ClaimResponse', 'created'],
  ['Invoice', 'date'],
  ['Account', 'period'],
  ['ChargeItem', 'occurrence'],
  ['PaymentNotice', 'created'],
  ['PaymentReconciliation', 'created'],
])

/** The search parameter by which a limit in time is held against records of a type; undefined where none is. */
export function dateParameterOf(type: string): string | undefined {
  return DATED.get(type) ?? undefined
}

/** Whether a limit in time says anything of a type. */
export function isDated(type: string): boolean {
  return DATED.has(type)
}

/**
 * The scopes with a limit in time on what is read and searched; what is written is not touched. A wildcard falls apart into
 * its types: kinds of data added later have no date that we know of.
 *
 * limitedFrom(['patient/Observation.cruds'], '2025-11-21') is
 * ['patient/Observation.rs?date=ge2025-11-21', 'patient/Observation.cud']
 *
 * @param from day, as in `2025-11-21`; records without a date fall outside
 */
export function limitedFrom(scopes: readonly string[], from: string): string[] {
  const parsed = scopes.map((text) => ({ text, read: parseScope(text) }))
  const readScopes = parsed.flatMap(({ read }) => (read.ok && reads(read.scope) !== '' ? [read.scope] : []))
  // A file has no day of its own: it comes with the note that leads to it, or not at all.
  const withNotes = new Set(
    readScopes.filter(({ type }) => type === '*' || type === 'DocumentReference').map(({ context }) => context),
  )
  const limited = parsed.flatMap(({ text, read }) => {
    if (!read.ok || !isTouched(read.scope)) return [text]
    return [...readingParts(read.scope, from, withNotes), ...writingPart(read.scope)].map(printScope)
  })
  return [...new Set(limited)]
}

function isTouched(scope: Scope): boolean {
  return reads(scope) !== '' && (scope.type === '*' || scope.type === 'Binary' || DATED.has(scope.type))
}

function readingParts(scope: Scope, from: string, withNotes: ReadonlySet<string>): Scope[] {
  const types = scope.type === '*' ? READABLE_TYPES : [scope.type]
  return types.flatMap((type): Scope[] => {
    const one: Scope = { ...scope, type, permissions: reads(scope) }
    if (type === 'Binary') return withNotes.has(scope.context) ? [one] : []
    const parameter = DATED.get(type)
    if (parameter === undefined) return [one]
    return parameter === null ? [] : [{ ...one, filter: [...scope.filter, [parameter, `ge${from}`]] }]
  })
}

function writingPart(scope: Scope): Scope[] {
  const permissions = lettersBut(scope, 'rs')
  return permissions === '' ? [] : [{ ...scope, permissions }]
}

function reads({ permissions }: Scope): string {
  return [...permissions].filter((letter) => 'rs'.includes(letter)).join('')
}

function lettersBut({ permissions }: Scope, letters: string): string {
  return [...PERMISSIONS].filter((letter) => permissions.includes(letter) && !letters.includes(letter)).join('')
}
