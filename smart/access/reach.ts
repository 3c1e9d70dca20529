// Which patients a person may open: pure over facts that the caller fetched. Whether an app may is plan.ts.

import { elementsAt } from '../fhir/elements.ts'
import { patientIdOf, referenceTo } from '../fhir/reference.ts'
import type { PersonReference } from './access.ts'
import { isCurrent } from './period.ts'

export type Reach = ({ kind: 'all' } | { kind: 'patients'; ids: ReadonlySet<string> } | { kind: 'none' }) & {
  /** Patients whose records are withheld from whoever asks, in whatever way. */
  withheld?: ReadonlySet<string>
}

/** What a practitioner may open, unless named in the settings. The default of every deployment is `none` (ENF-05). */
export type PractitionerReach = 'none' | 'panel' | 'all'

/** What puts a patient on a clinician's panel. */
export const PANEL_SOURCES = ['general-practitioner', 'encounter', 'care-team', 'group', 'list'] as const
export type PanelSource = (typeof PANEL_SOURCES)[number]

export type ReachSettings = {
  practitionerReach: PractitionerReach
  panelSources: ReadonlySet<PanelSource>
  /** Relative references of practitioners who may open every patient. */
  practitionersWithAll: ReadonlySet<string>
  /** Base URLs under which a reference means a record of ours. */
  bases: readonly string[]
}

/** What must be fetched before `reachOf` can say. */
export type FactsNeeded = 'nothing' | 'related-person' | 'panel'

export function factsNeeded(person: PersonReference, settings: ReachSettings): FactsNeeded {
  if (person.type === 'Patient') return 'nothing'
  if (person.type === 'RelatedPerson') return 'related-person'
  return policyFor(person, settings) === 'panel' ? 'panel' : 'nothing'
}

/**
 * @param facts the person's RelatedPerson record, or the records that may put patients on the practitioner's panel. Each
 *   is judged again here: an upstream that ignores a search parameter must not lend a clinician everyone's patients.
 */
export function reachOf(
  person: PersonReference | undefined,
  facts: readonly unknown[],
  settings: ReachSettings,
  now: Date,
): Reach {
  switch (person?.type) {
    case undefined:
      return { kind: 'none' }
    case 'Patient':
      return { kind: 'patients', ids: new Set([person.id]) }
    case 'RelatedPerson':
      return patients(facts.flatMap((fact) => relatedPatient(person, fact, settings, now)))
    case 'Practitioner': {
      const policy = policyFor(person, settings)
      if (policy !== 'panel') return { kind: policy }
      return patients(facts.flatMap((fact) => panelPatients(person, fact, settings, now)))
    }
  }
}

function policyFor(person: PersonReference, settings: ReachSettings): PractitionerReach {
  return settings.practitionersWithAll.has(`${person.type}/${person.id}`) ? 'all' : settings.practitionerReach
}

function patients(ids: readonly string[]): Reach {
  return ids.length === 0 ? { kind: 'none' } : { kind: 'patients', ids: new Set(ids) }
}

function relatedPatient(person: PersonReference, fact: unknown, settings: ReachSettings, now: Date): string[] {
  const record = asRecord(fact)
  if (record.resourceType !== 'RelatedPerson' || record.id !== person.id) return []
  // FHIR: no `active` means active.
  if (record.active !== undefined && record.active !== true) return []
  return isCurrent(record.period, now) ? patientIds(record, ['patient'], settings) : []
}

/** General practitioner, participant of an encounter, member of a care team, manager of a group, source of a list. */
function panelPatients(person: PersonReference, fact: unknown, settings: ReachSettings, now: Date): string[] {
  const record = asRecord(fact)
  const { panelSources } = settings
  const names = (holder: unknown, path: readonly string[]) =>
    elementsAt(holder, path).some((element) => {
      const target = referenceTo(asRecord(element).reference, settings.bases)
      return target?.type === person.type && target.id === person.id
    })
  const takesPart = (member: string) =>
    elementsAt(record, ['participant']).some(
      (participant) => names(participant, [member]) && isCurrent(asRecord(participant).period, now),
    )
  switch (record.resourceType) {
    case 'Patient':
      if (!panelSources.has('general-practitioner')) return []
      return names(record, ['generalPractitioner']) && typeof record.id === 'string' ? [record.id] : []
    case 'Encounter': {
      if (!panelSources.has('encounter') || record.status === 'cancelled' || record.status === 'entered-in-error')
        return []
      // A visit's end does not end the care: reports come later. The participant's own period is that of the visit.
      const present = elementsAt(record, ['participant']).some((participant) => names(participant, ['individual']))
      return present ? patientIds(record, ['subject'], settings) : []
    }
    case 'CareTeam': {
      if (!panelSources.has('care-team') || (record.status !== undefined && record.status !== 'active')) return []
      return takesPart('member') && isCurrent(record.period, now) ? patientIds(record, ['subject'], settings) : []
    }
    case 'Group': {
      const counts = record.actual === true && record.type === 'person' && record.active !== false
      if (!panelSources.has('group') || !counts || !names(record, ['managingEntity'])) return []
      const members = elementsAt(record, ['member']).filter((member) => {
        const { inactive, period } = asRecord(member)
        return inactive !== true && isCurrent(period, now)
      })
      return members.flatMap((member) => patientIds(member, ['entity'], settings))
    }
    case 'List': {
      // One about a patient is that patient's, and apps that are limited to the patient may write it.
      const counts = record.status === 'current' && record.subject === undefined
      if (!panelSources.has('list') || !counts || !names(record, ['source'])) return []
      const entries = elementsAt(record, ['entry']).filter((entry) => asRecord(entry).deleted !== true)
      return entries.flatMap((entry) => patientIds(entry, ['item'], settings))
    }
    default:
      return []
  }
}

function patientIds(record: unknown, path: readonly string[], settings: ReachSettings): string[] {
  return elementsAt(record, path).flatMap((element) => patientIdOf(element, settings.bases) ?? [])
}

function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}
