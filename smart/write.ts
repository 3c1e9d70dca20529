// Whether a record may be written: the stored version and the new one are judged before the upstream acts. Pure.

import type { Allowance } from './allowance.ts'
import { aboutWhom, findCompartmentRow, isSharedType } from './compartment.ts'
import { elementsAt } from './elements.ts'
import { allows } from './guard.ts'
import type { Target } from './reference.ts'
import { referencesIn } from './references-in.ts'

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
  /** What the app may read or find of the type: a patch makes nothing visible that was not. */
  visible: readonly Allowance[]
  bases: readonly string[]
  /** `fullUrl`s of records that the same transaction makes: each is judged there. */
  made?: ReadonlySet<string>
}

export type WriteVerdict =
  /** `resolve`: records that must exist and be about `within` before the write (ENF-30). */
  | { kind: 'pass'; resolve: readonly Target[]; within: Allowance['patients'] }
  /** Missing or out of reach: not told apart (ENF-33). */
  | { kind: 'not-found' }
  | { kind: 'refuse'; message: string }

/**
 * Records, or elements of them, from which rights are derived: an app that is limited to certain patients could enlarge
 * its own (ENF-48).
 */
export const AUTHORITY: ReadonlyMap<string, 'all' | readonly string[]> = new Map<string, 'all' | readonly string[]>([
  ['RelatedPerson', 'all'],
  ['Person', 'all'],
  ['Group', 'all'],
  ['CareTeam', 'all'],
  ['PractitionerRole', 'all'],
  ['Consent', 'all'],
  ['Patient', ['identifier', 'link', 'generalPractitioner', 'active']],
  ['Encounter', ['participant', 'subject']],
])

/** Each is looked up before the write. */
const MAX_TARGETS = 200

/**
 * @param stored the version that is there, undefined when there is none or for a create
 * @param content the record as it will be, undefined for a delete
 */
export function judgeWrite(plan: WritePlan, stored: unknown, content: unknown): WriteVerdict {
  const { type, id, interaction, bases } = plan
  const isAllowed = (allowance: Allowance, resource: unknown) =>
    resource === undefined || allows({ type, allowances: [allowance], bases }, resource)
  const ofStored = stored === undefined ? plan.allowances : plan.allowances.filter((one) => isAllowed(one, stored))
  const mustExist = interaction === 'patch' || interaction === 'delete'
  const isUnconfined = ({ patients }: Allowance) => patients === 'any'
  if (ofStored.length === 0 || (stored !== undefined && idOf(stored) !== id)) return { kind: 'not-found' }
  if (stored === undefined && (mustExist || (interaction === 'update' && !ofStored.some(isUnconfined))))
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
  return judgeConfined(plan, fitting, stored, content)
}

function judgeConfined(
  { type, bases, made }: WritePlan,
  fitting: readonly Allowance[],
  stored: unknown,
  content: unknown,
): WriteVerdict {
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
  if (type === 'Encounter' && stored !== undefined && isVoid(stored) && !isVoid(content))
    return refuse('A visit that did not take place decides nothing; apps do not bring it back.')

  const { targets, unreadable, files } = referencesIn(content, bases)
  if (unreadable.some((reference) => made?.has(reference) !== true)) return unresolved()
  const kept = new Set(referencesIn(stored, bases).files)
  if (files.some((file) => !kept.has(file))) return unresolved()
  if (targets.length > MAX_TARGETS) return refuse(`A record refers to at most ${MAX_TARGETS} others here.`)
  for (const allowance of fitting) {
    const { patients } = allowance
    if (patients === 'any') continue
    const isWithin = ({ type: named, id }: Target) =>
      named === 'Patient' ? patients.has(id) : isSharedType(named) || findCompartmentRow(named) !== undefined
    if (!targets.every(isWithin)) continue
    const resolve = targets.filter(({ type: named }) => named !== 'Patient' && !isSharedType(named))
    return { kind: 'pass', resolve, within: patients }
  }
  return unresolved()
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
export function makesVisible({ type, visible, bases }: WritePlan, stored: unknown, next: unknown): boolean {
  const once = visible.map(({ patients, filter }) => ({
    patients,
    filter: filter.filter(({ parameter }) => parameter !== '_lastUpdated'),
  }))
  return !allows({ type, allowances: visible, bases }, stored) && allows({ type, allowances: once, bases }, next)
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
  return JSON.stringify(elementsAt(stored, [element])) === JSON.stringify(elementsAt(content, [element]))
}
