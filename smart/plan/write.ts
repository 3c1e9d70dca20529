// Whether a record may be written: the stored version and the new one are judged before the upstream acts. Pure.

import { type Allowance, isUnlimited } from '../access/allowance.ts'
import { AUTHORITY } from '../access/authority.ts'
import { aboutWhom, findCompartmentRow, isAbout } from '../fhir/compartment.ts'
import { elementsAt } from '../fhir/elements.ts'
import type { Target } from '../fhir/reference.ts'
import { referencesIn } from '../fhir/references-in.ts'
import { allows } from './guard.ts'

export type WritePlan = {
  kind: 'write'
  interaction: 'create' | 'update' | 'patch' | 'delete'
  type: string
  /** Absent for a create. */
  id?: string
  /** One of them must allow the stored version and the new one alike. */
  allowances: readonly Allowance[]
  /** What the app may read of the type: the answer holds the record only as far. */
  readable: readonly Allowance[]
  /** What the app may read or find of a type: it refers to nothing else, and a patch brings nothing else in sight. */
  visibleOf(type: string): readonly Allowance[]
  /** The visit of the launch, which the app knows of whatever its scopes. */
  encounter: string | undefined
  /** Types that all may see, and refer to. */
  shared: ReadonlySet<string>
  bases: readonly string[]
  /** `fullUrl`s of records that the same transaction makes: each is judged there. */
  made?: ReadonlySet<string>
}

export type WriteVerdict =
  /** `resolve`: records that must exist and be about `within` before the write (ENF-30). */
  | { kind: 'pass'; resolve: readonly Referred[]; within: Allowance['patients'] }
  /** Missing or out of reach: not told apart (ENF-33). */
  | { kind: 'not-found' }
  | { kind: 'refuse'; message: string }

/** `isKnown`: the app knows that it is there, and need not see it. */
export type Referred = Target & { isKnown: boolean }

/** Each is looked up before the write. */
const MAX_TARGETS = 200

/**
 * @param stored the version that is there, undefined when there is none or for a create
 * @param content the record as it will be, undefined for a delete
 * @param sent what the app says of it: a patch names less than the record does
 */
export function judgeWrite(plan: WritePlan, stored: unknown, content: unknown, sent = content): WriteVerdict {
  const { type, id, interaction, bases } = plan
  const isAllowed = (allowance: Allowance, resource: unknown) =>
    resource === undefined || allows({ type, allowances: [allowance], bases }, resource)
  const ofStored = stored === undefined ? plan.allowances : plan.allowances.filter((one) => isAllowed(one, stored))
  const mustExist = interaction === 'patch' || interaction === 'delete'
  const isUnconfined = ({ patients }: Allowance) => patients === 'any'
  if (ofStored.length === 0 || (stored !== undefined && idOf(stored) !== id)) return { kind: 'not-found' }
  // Whoever may not see every record would be told by this which there are.
  if (stored === undefined && (mustExist || (interaction === 'update' && !ofStored.some(isUnlimited))))
    return { kind: 'not-found' }

  // A server that follows it would write another record.
  if (interaction === 'patch' && idOf(content) !== id) return refuse('A record keeps its id.')
  const fitting = ofStored.filter((one) => isAllowed(one, content))
  if (fitting.length === 0)
    return refuse(
      'The record would be outside of what this access allows: of another patient, of nobody, or of another kind.',
    )
  const free = fitting.find(isUnconfined)
  if (free !== undefined) return { kind: 'pass', resolve: [], within: 'any' }
  if (stored === undefined && interaction === 'update') return { kind: 'not-found' }

  if (AUTHORITY.get(type) === 'all') return refuse(`${type} records decide who may see what; apps do not change them.`)
  if (type === 'Patient' && interaction !== 'update' && interaction !== 'patch')
    return refuse('Patients are neither added nor removed by apps.')
  return judgeConfined(plan, fitting, { stored, content, sent })
}

function judgeConfined(
  plan: WritePlan,
  fitting: readonly Allowance[],
  { stored, content, sent }: { stored: unknown; content: unknown; sent: unknown },
): WriteVerdict {
  const { type, bases, made } = plan
  if (content === undefined) return judgeRemoval(fitting, aboutWhom(stored, bases))
  if (stored !== undefined && aboutWhom(stored, bases) !== aboutWhom(content, bases))
    return refuse('A record stays with its patient.')
  const authority = AUTHORITY.get(type)
  const changed = (authority === 'all' ? [] : (authority ?? [])).filter(
    // A create may say whom the record is about; it has no earlier value to keep.
    (element) => (stored !== undefined || element !== 'subject') && !isSame(element, stored, content),
  )
  if (changed.length > 0)
    return refuse(`${changed.join(', ')} of ${type} decide who may see what; apps do not change them.`)
  const labels = stored === undefined ? [] : labelsOf(plan).filter((label) => !isSame(label, stored, content))
  if (labels.length > 0) return refuse(`${labels.join(', ')} says who may see a record; apps do not change it.`)
  if (type === 'Encounter' && stored !== undefined && isVoid(stored) && !isVoid(content))
    return refuse('A visit that did not take place decides nothing; apps do not bring it back.')

  const { targets, unreadable, files } = referencesIn(content, bases)
  if (unreadable.some((reference) => made?.has(reference) !== true)) return unresolved()
  const kept = new Set(referencesIn(stored, bases).files)
  if (files.some((file) => !kept.has(file))) return unresolved()
  if (targets.length > MAX_TARGETS) return refuse(`A record refers to at most ${MAX_TARGETS} others here.`)
  const resolve = referred(plan, { stored, content, sent })
  for (const allowance of fitting) {
    const { patients } = allowance
    if (patients === 'any') continue
    const isWithin = ({ type: named, id }: Target) =>
      named === 'Patient' ? patients.has(id) : plan.shared.has(named) || findCompartmentRow(named) !== undefined
    if (!targets.every(isWithin)) continue
    const unseen = resolve.find((one) => !one.isKnown && plan.visibleOf(one.type).length === 0)
    // Whether it is there is not asked: the scopes alone decide.
    if (unseen !== undefined)
      return refuse(`The record refers to ${unseen.type} records, which this access may neither read nor find.`)
    return { kind: 'pass', resolve, within: patients }
  }
  return unresolved()
}

/** The confined records that the app makes the record refer to. */
function referred(
  { type, bases, readable, encounter, shared }: WritePlan,
  { stored, content, sent }: { stored: unknown; content: unknown; sent: unknown },
): Referred[] {
  const [before, named] = [keysIn(stored, bases), keysIn(sent, bases)]
  const canRead = allows({ type, allowances: readable, bases }, stored)
  return referencesIn(content, bases).targets.flatMap((target) => {
    const key = keyOf(target)
    if (target.type === 'Patient' || shared.has(target.type)) return []
    // Whoever may not read what the record refers to learns nothing of it by a patch of something else.
    if (!canRead && before.has(key) && !named.has(key)) return []
    return [{ ...target, isKnown: key === `Encounter/${encounter}` || (canRead && before.has(key)) }]
  })
}

function keysIn(value: unknown, bases: readonly string[]): Set<string> {
  return new Set(referencesIn(value, bases).targets.map(keyOf))
}

function keyOf({ type, id }: Target): string {
  return `${type}/${id}`
}

/** @param resource what was found of a record that is to be referred to; missing and foreign ones are told alike */
export function mayReferTo(
  { visibleOf, bases }: WritePlan,
  { type, id, isKnown }: Referred,
  resource: unknown,
  within: ReadonlySet<string>,
): boolean {
  if (idOf(resource) !== id || (resource as { resourceType?: unknown }).resourceType !== type) return false
  return isAbout(resource, within, bases) && (isKnown || allows({ type, allowances: visibleOf(type), bases }, resource))
}

/** What one of several patients may see is not hers alone to remove. */
function judgeRemoval(fitting: readonly Allowance[], people: string): WriteVerdict {
  const ids = people.split(' ').filter((one) => one !== '')
  const allowance = fitting.find(({ patients }) => patients === 'any' || ids.every((one) => patients.has(one)))
  if (allowance === undefined) return refuse('The record is about others too.')
  return { kind: 'pass', resolve: [], within: allowance.patients }
}

/**
 * Whether a change of a record that may not be seen would bring it in sight. Once changed it is the latest of all: what a
 * filter says of that time counts as met.
 */
export function makesVisible({ type, visibleOf, bases }: WritePlan, stored: unknown, next: unknown): boolean {
  const visible = visibleOf(type)
  const once = visible.map((one) => ({
    ...one,
    filter: one.filter.filter(({ parameter }) => parameter !== '_lastUpdated'),
  }))
  return !allows({ type, allowances: visible, bases }, stored) && allows({ type, allowances: once, bases }, next)
}

/** Security labels are for others to set; tags too where a scope goes by them. */
function labelsOf({ type, allowances, visibleOf }: WritePlan): string[] {
  const isByTag = [...allowances, ...visibleOf(type)].some(({ filter }) =>
    filter.some(({ parameter }) => parameter === '_tag'),
  )
  return isByTag ? ['meta.security', 'meta.tag'] : ['meta.security']
}

function isVoid(encounter: unknown): boolean {
  const { status } = encounter as { status?: unknown }
  return status === 'cancelled' || status === 'entered-in-error'
}

/** Missing and foreign get the same words. */
export function unresolved(): Extract<WriteVerdict, { kind: 'refuse' }> {
  return refuse('The record refers to something that is not there or may not be referred to.')
}

function refuse(message: string): Extract<WriteVerdict, { kind: 'refuse' }> {
  return { kind: 'refuse', message }
}

function idOf(resource: unknown): unknown {
  return (resource as { id?: unknown }).id
}

/** Order counts: what cannot be told to be the same is taken as changed. */
function isSame(element: string, stored: unknown, content: unknown): boolean {
  const path = element.split('.')
  return JSON.stringify(elementsAt(stored, path)) === JSON.stringify(elementsAt(content, path))
}
