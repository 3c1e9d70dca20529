// Records, and elements of them, from which rights are derived (ENF-48). Pure.

import type { PanelSource, PractitionerReach } from './reach.ts'

/**
 * An app that is limited to certain patients could enlarge its own rights by them, so that it changes none, whatever the
 * settings are: a source that is off today may be on tomorrow.
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

export type AuthoritySettings = {
  practitionerReach: PractitionerReach
  panelSources: ReadonlySet<PanelSource>
  /** Whether patients may have records withheld by Consent. */
  withholds: boolean
}

const OF_PANELS: Record<PanelSource, readonly string[]> = {
  'general-practitioner': ['Patient.generalPractitioner'],
  encounter: ['Encounter.participant', 'Encounter.subject'],
  'care-team': ['CareTeam'],
  group: ['Group'],
  list: ['List without a subject'],
}

/** What rights follow from under these settings, and which. */
export function authorityUnder(settings: AuthoritySettings): Record<string, readonly string[]> {
  const { practitionerReach, panelSources, withholds } = settings
  return {
    'which records an account stands for': ['Patient.active', 'Patient.identifier', 'Patient.link', 'Person'],
    'whose records relatives open': ['RelatedPerson'],
    ...(practitionerReach === 'panel'
      ? { 'whose records clinicians open': [...panelSources].flatMap((source) => OF_PANELS[source]) }
      : {}),
    ...(withholds ? { 'whose records are withheld': ['Consent', 'PractitionerRole'] } : {}),
    'what scopes by label show': ['meta.security', 'meta.tag'],
  }
}
