// Patients who have their records withheld, by Consent (SEED-51): whose they are and from whom. Where a consent can be read in
// two ways, the one that withholds more is taken. Pure.

import { elementsAt } from '../fhir/elements.ts'
import { patientIdOf, referenceTo } from '../fhir/reference.ts'
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
 * @param actors everything that the one who asks is known as: own record, roles, organizations; none for a client that acts
 *   for itself
 */
export function withheldFrom(optOuts: OptOuts, actors: ReadonlySet<string>): Set<string> {
  const isAmong = (some: ReadonlySet<string>) => [...actors].some((actor) => some.has(actor))
  const isWithheld = ({ from, exceptions }: Withholding) =>
    (from === 'everyone' || isAmong(from)) && !isAmong(exceptions)
  return new Set([...optOuts].filter(([, withholdings]) => withholdings.some(isWithheld)).map(([patient]) => patient))
}

/** Whether a record names one of some patients, in any reference at any depth. */
export function namesOneOf(resource: unknown, patients: ReadonlySet<string>, bases: readonly string[]): boolean {
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

/** No actor means everyone, and so does one that cannot be read. */
function actorsOf(provision: unknown, bases: readonly string[]): 'everyone' | ReadonlySet<string> {
  const actors = elementsAt(provision, ['actor'])
  const named = actors.map((actor) => referenceTo(elementsAt(actor, ['reference', 'reference'])[0], bases))
  if (actors.length === 0 || named.includes(undefined)) return 'everyone'
  return new Set(named.flatMap((target) => (target === undefined ? [] : [`${target.type}/${target.id}`])))
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
