// What "about the patient" means, per resource type of R4: the one search parameter that confines, and the element that
// is judged. Narrower than the CompartmentDefinition on purpose: an author or performer is not whom a record is about (ENF-83).

import { elementsAt } from './elements.ts'
import { isPartyTo, otherParametersOf } from './full-compartment.ts'
import { patientIdOf, referenceTo } from './reference.ts'

export type CompartmentRow = {
  /** The parameter that is ANDed to a search. */
  parameter: string
  /** The element that names the patient, below the resource. Empty: the resource is the patient. */
  path: readonly string[]
  /** Where several patients can be named: whether all must be within reach, or any one (ENF-87). */
  named: 'one' | 'all' | 'any'
}

/** `parameter element` where a record names at most one patient. */
const ONE: Record<string, readonly string[]> = {
  'patient subject': [
    'Basic',
    'CarePlan',
    'CareTeam',
    'ChargeItem',
    'ClinicalImpression',
    'Communication',
    'CommunicationRequest',
    'Composition',
    'Condition',
    'DeviceRequest',
    'DeviceUseStatement',
    'DiagnosticReport',
    'DocumentManifest',
    'DocumentReference',
    'Encounter',
    'Flag',
    'Goal',
    'ImagingStudy',
    'Invoice',
    'MeasureReport',
    'Media',
    'MedicationAdministration',
    'MedicationDispense',
    'MedicationRequest',
    'MedicationStatement',
    'Observation',
    'Procedure',
    'QuestionnaireResponse',
    'RequestGroup',
    'RiskAssessment',
    'ServiceRequest',
    'Specimen',
  ],
  'patient patient': [
    'AllergyIntolerance',
    'BodyStructure',
    'Claim',
    'ClaimResponse',
    'Consent',
    'CoverageEligibilityRequest',
    'CoverageEligibilityResponse',
    'DetectedIssue',
    // Not in the R4 definition, and US Core apps need it; a device without a patient is not visible (ENF-81).
    'Device',
    'EpisodeOfCare',
    'ExplanationOfBenefit',
    'FamilyMemberHistory',
    'Immunization',
    'ImmunizationEvaluation',
    'ImmunizationRecommendation',
    'MolecularSequence',
    'NutritionOrder',
    'RelatedPerson',
    'SupplyDelivery',
    'VisionPrescription',
  ],
  'patient actor': ['AppointmentResponse'],
  'patient beneficiary': ['Coverage'],
  'patient candidate': ['EnrollmentRequest'],
  // Not in the R4 definition either (ENF-81).
  'patient for': ['Task'],
  'patient individual': ['ResearchSubject'],
  'subject subject': ['AdverseEvent'],
  'subject deliverTo': ['SupplyRequest'],
}

const TABLE: ReadonlyMap<string, CompartmentRow> = new Map<string, CompartmentRow>([
  ['Patient', { parameter: '_id', path: [], named: 'one' }],
  ['Account', { parameter: 'patient', path: ['subject'], named: 'all' }],
  ['Appointment', { parameter: 'patient', path: ['participant', 'actor'], named: 'any' }],
  // Its entries count too (ENF-84). No parameter of a search says so, hence a list is read, and not searched for.
  ['List', { parameter: 'patient', path: ['subject'], named: 'all' }],
  ['Person', { parameter: 'patient', path: ['link', 'target'], named: 'all' }],
  ['Schedule', { parameter: 'actor', path: ['actor'], named: 'all' }],
  ...Object.entries(ONE).flatMap(([key, types]) => {
    const [parameter = '', element = ''] = key.split(' ')
    return types.map((type): [string, CompartmentRow] => [type, { parameter, path: [element], named: 'one' }])
  }),
])

/** Types about no patient that apps of patients need: readable and searchable by every clause that names them (ENF-82). */
export const SHARED_TYPES: ReadonlySet<string> = new Set([
  'CodeSystem',
  'Endpoint',
  'HealthcareService',
  'Location',
  'Medication',
  'Organization',
  'Practitioner',
  'PractitionerRole',
  'Questionnaire',
  'ValueSet',
])

/** Where an operator draws the line around a patient. */
export type CompartmentRules = {
  /** Types of the second kind above, as configured. */
  shared: ReadonlySet<string>
  /** `full`: also the records in which a patient takes another part (full-compartment.ts). They are read, and not written. */
  definition: 'subject' | 'full'
}

export const DEFAULT_RULES: CompartmentRules = { shared: SHARED_TYPES, definition: 'subject' }

/** Undefined: the type cannot be confined to patients, so a confined clause gives nothing on it. */
export function findCompartmentRow(type: string): CompartmentRow | undefined {
  return TABLE.get(type)
}

/** The parameters by which a search finds what is in the compartment, one by one; none for types that cannot be confined. */
export function confiningParameters(type: string, { definition }: CompartmentRules): readonly string[] {
  const row = TABLE.get(type)
  if (row === undefined) return []
  return definition === 'full' ? [row.parameter, ...otherParametersOf(type)] : [row.parameter]
}

/** The types of the table, for tests and documentation. */
export const COMPARTMENT_TYPES: readonly string[] = [...TABLE.keys()]

/**
 * Whether a resource is about patients of the set, and of no others where the table says so.
 * @param bases base URLs under which a reference means a record of ours
 */
export function isAbout(
  resource: unknown,
  patients: ReadonlySet<string>,
  bases: readonly string[],
  { definition }: CompartmentRules = DEFAULT_RULES,
): boolean {
  const { resourceType } = resource as { resourceType?: unknown }
  const row = typeof resourceType === 'string' ? TABLE.get(resourceType) : undefined
  if (row === undefined) return false
  if (row.path.length === 0) {
    // Looked at only here: what a judgement looks at may be the same in many records.
    const { id } = resource as { id?: unknown }
    return typeof id === 'string' && patients.has(id)
  }

  const named = elementsAt(resource, row.path)
  const within = (element: unknown) => {
    const patient = patientIdOf(element, bases)
    return patient !== undefined && patients.has(patient)
  }
  if (
    resourceType === 'List' &&
    !elementsAt(resource, ['entry', 'item']).every((item) => within(item) || isOther(item, bases))
  )
    return false // A list about this patient may still name others (ENF-84).
  if (definition === 'full' && isPartyTo(resource as object, patients, bases)) return true
  switch (row.named) {
    case 'one':
      return named.length === 1 && within(named[0])
    case 'any':
      return named.some(within)
    case 'all':
      return named.some(within) && named.every((element) => within(element) || isOther(element, bases))
  }
}

/** The patients that a record is about, as one comparable text; the same text for the same people. */
export function aboutWhom(resource: unknown, bases: readonly string[]): string {
  const { resourceType } = resource as { resourceType?: unknown }
  const row = typeof resourceType === 'string' ? TABLE.get(resourceType) : undefined
  if (row === undefined) return ''
  if (row.path.length === 0) return String((resource as { id?: unknown }).id)
  const named = elementsAt(resource, row.path).map((element) => patientIdOf(element, bases) ?? '')
  return [...new Set(named)].sort().join(' ')
}

/** Plain id of the patient whom a record is about; undefined where there is none, or more than one. */
export function onePatient(resource: unknown, bases: readonly string[]): string | undefined {
  const [one, ...more] = aboutWhom(resource, bases)
    .split(' ')
    .filter((id) => id !== '')
  return more.length === 0 ? one : undefined
}

/** A reference that plainly names something else than a patient. What cannot be read may be one. */
function isOther(element: unknown, bases: readonly string[]): boolean {
  const target = referenceTo((element as { reference?: unknown } | null)?.reference, bases)
  return target !== undefined && target.type !== 'Patient'
}
