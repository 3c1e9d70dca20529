// Patients who have their records withheld, by Consent (SEED-51): whose they are and from whom. Where a consent can be read in
// two ways, the one that withholds more is taken. Pure.

import { findCompartmentRow } from '../fhir/compartment.ts'
import { elementsAt } from '../fhir/elements.ts'
import { patientIdOf, referenceTo, type Target } from '../fhir/reference.ts'
import { isCurrent, mayBeCurrent } from './period.ts'

export type OptOutSettings = {
  /** `system|code` of the consents that count. */
  category: { system: string; code: string }
  bases: readonly string[]
}

/** Patients whose records are withheld, each from everyone or from some (`Practitioner/42`). */
export type OptOuts = ReadonlyMap<string, readonly Withholding[]>
/** `exceptions`: those who may see in spite of it. */
export type Withholding = { from: 'everyone' | ReadonlySet<string>; exceptions: ReadonlySet<string> }

/** @param consents as the FHIR server gave them: each is judged again */
export function optOutsOf(consents: readonly unknown[], { category, bases }: OptOutSettings, now: Date): OptOuts {
  const optOuts = new Map<string, Withholding[]>()
  for (const consent of consents) {
    const { resourceType, status, provision } = asRecord(consent)
    const patient = patientIdOf(asRecord(consent).patient, bases)
    if (resourceType !== 'Consent' || status !== 'active' || patient === undefined || !isOf(consent, category)) continue
    const withheld = withholdingsIn(provision, bases, now)
    if (withheld.length > 0) optOuts.set(patient, [...(optOuts.get(patient) ?? []), ...withheld])
  }
  return optOuts
}

/**
 * What the one who asks is known as: own record, roles, organizations; nothing for a client that acts for itself. `now`: of
 * these, what holds today. What is over withholds still, and excepts nobody.
 */
export type Actors = { ever: ReadonlySet<string>; now: ReadonlySet<string> }

export function withheldFrom(optOuts: OptOuts, actors: Actors): Set<string> {
  const isAmong = (known: ReadonlySet<string>, some: ReadonlySet<string>) => [...known].some((actor) => some.has(actor))
  const isWithheld = ({ from, exceptions }: Withholding) =>
    (from === 'everyone' || isAmong(actors.ever, from)) && !isAmong(actors.now, exceptions)
  return new Set([...optOuts].filter(([, withholdings]) => withholdings.some(isWithheld)).map(([patient]) => patient))
}

/**
 * Whether a record is, or may be, one of some patients': it names one of them anywhere, or it is about nobody and refers to
 * records of patients, or holds what cannot be looked into.
 */
export function mayBeOf(resource: unknown, patients: ReadonlySet<string>, bases: readonly string[]): boolean {
  const { resourceType } = asRecord(resource)
  if (resourceType === 'Binary' || namesOneOf(resource, patients, bases)) return true
  return !isAboutSomeone(resource, bases) && refersToRecords(resource, bases)
}

function isAboutSomeone(resource: unknown, bases: readonly string[]): boolean {
  const row = findCompartmentRow(String(asRecord(resource).resourceType))
  if (row === undefined) return false
  return row.path.length === 0 || elementsAt(resource, row.path).some((one) => patientIdOf(one, bases) !== undefined)
}

function refersToRecords(value: unknown, bases: readonly string[]): boolean {
  if (typeof value === 'string') {
    const target = referenceTo(value, bases)
    return target !== undefined && (target.type === 'Binary' || findCompartmentRow(target.type) !== undefined)
  }
  if (typeof value !== 'object' || value === null) return false
  return Object.values(value).some((member) => refersToRecords(member, bases))
}

/** Whether a record names one of some patients, in any reference at any depth. */
function namesOneOf(resource: unknown, patients: ReadonlySet<string>, bases: readonly string[]): boolean {
  const { resourceType, id } = asRecord(resource)
  if (resourceType === 'Patient' && typeof id === 'string' && patients.has(id)) return true
  if (typeof resource === 'string') {
    const target = referenceTo(resource, bases)
    return target?.type === 'Patient' && patients.has(target.id)
  }
  if (typeof resource !== 'object' || resource === null) return false
  return Object.values(resource).some((member) => namesOneOf(member, patients, bases))
}

/** A deny, and what is nested in it: a permit that holds for someone, without more conditions, excepts that one. */
function withholdingsIn(value: unknown, bases: readonly string[], now: Date): Withholding[] {
  const provision = asRecord(value)
  if (!mayBeCurrent(provision.period, now)) return []
  const nested = elementsAt(provision, ['provision'])
  if (provision.type !== 'deny') return nested.flatMap((one) => withholdingsIn(one, bases, now))
  const exceptions = nested.flatMap((one) => {
    const { type, period, ...conditions } = asRecord(one)
    const isPlain = Object.keys(conditions).every((name) => name === 'actor' || name === 'id')
    const actors = actorsOf(one, bases)
    return type === 'permit' && isPlain && isCurrent(period, now) && actors !== 'everyone' ? [...actors] : []
  })
  const own = { from: actorsOf(provision, bases), exceptions: new Set(exceptions) }
  // A deny within what is permitted again withholds as well.
  const deeper = nested
    .flatMap((one) => elementsAt(one, ['provision']))
    .flatMap((one) => withholdingsIn(one, bases, now))
  return [
    own,
    ...nested.filter((one) => asRecord(one).type === 'deny').flatMap((one) => withholdingsIn(one, bases, now)),
    ...deeper,
  ]
}

const ACTORS: ReadonlySet<string> = new Set([
  'Organization',
  'Patient',
  'Practitioner',
  'PractitionerRole',
  'RelatedPerson',
])

/** No actor means everyone, and so does one that cannot be read. */
function actorsOf(provision: unknown, bases: readonly string[]): 'everyone' | ReadonlySet<string> {
  const actors = elementsAt(provision, ['actor'])
  const named = actors.map((actor) => referenceTo(elementsAt(actor, ['reference', 'reference'])[0], bases))
  // Who is in a team, a group or a device is not known here.
  const isKnown = (target: Target | undefined): target is Target => target !== undefined && ACTORS.has(target.type)
  if (actors.length === 0 || !named.every(isKnown)) return 'everyone'
  return new Set(named.map(({ type, id }) => `${type}/${id}`))
}

function isOf(consent: unknown, { system, code }: OptOutSettings['category']): boolean {
  return elementsAt(consent, ['category', 'coding']).some((coding) => {
    const given = asRecord(coding)
    return given.system === system && given.code === code
  })
}

function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}
