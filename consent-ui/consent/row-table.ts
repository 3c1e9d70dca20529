// Which kinds of data stand in one row of the consent pages. What the rows are called is in words/data-rows.ts.

export const GROUP_IDS = [
  'about',
  'problems',
  'medicines',
  'tests',
  'daily',
  'visits',
  'notes',
  'insurance',
  'privacy',
  'other',
  // What goes only with all of the above.
  'everything',
] as const
export type GroupId = (typeof GROUP_IDS)[number]

/**
 * Rows in the order of the page; in each the types, or `Type:code` for one category. `Type:` is what only the whole type
 * holds. Types that have their day, and those that have none, never share a row: a limit in time is said row by row.
 */
const TABLE = {
  everything: { newKinds: ['*:'] },
  about: { patient: ['Patient'], family: ['RelatedPerson', 'Person'] },
  problems: {
    problemList: ['Condition:problem-list-item'],
    visitDiagnoses: ['Condition:encounter-diagnosis'],
    concerns: ['Condition:health-concern'],
    socialProblems: ['Condition:sdoh'],
    otherProblems: ['Condition:'],
    // As a whole, to add to or change.
    problems: ['Condition'],
    allergies: ['AllergyIntolerance', 'AdverseEvent'],
    familyHistory: ['FamilyMemberHistory'],
    warnings: ['DetectedIssue', 'RiskAssessment', 'Flag', 'BodyStructure'],
  },
  medicines: {
    medicines: [
      'MedicationRequest',
      'MedicationStatement',
      'MedicationDispense',
      'MedicationAdministration',
      'Medication',
    ],
    vaccines: ['Immunization', 'ImmunizationRecommendation', 'ImmunizationEvaluation'],
    glasses: ['VisionPrescription'],
  },
  tests: {
    lab: ['Observation:laboratory', 'DiagnosticReport:LAB', 'Specimen', 'MolecularSequence'],
    vitals: ['Observation:vital-signs'],
    imaging: ['Observation:imaging', 'ImagingStudy', 'DiagnosticReport:RAD', 'DiagnosticReport:LP29684-5'],
    otherTests: [
      'Observation:procedure',
      'Observation:exam',
      'Observation:therapy',
      'Observation:activity',
      'Observation:clinical-test',
      'DiagnosticReport:LP29708-2',
      'DiagnosticReport:LP7839-6',
    ],
    reports: ['DiagnosticReport'],
    otherResults: ['Observation:'],
    results: ['Observation'],
  },
  daily: {
    social: ['Observation:social-history'],
    needs: ['Observation:sdoh'],
    forms: ['Observation:survey', 'QuestionnaireResponse'],
  },
  visits: {
    visits: ['Encounter', 'EpisodeOfCare'],
    appointments: ['Appointment', 'AppointmentResponse', 'Schedule', 'Slot'],
    procedures: ['Procedure'],
    plans: ['CarePlan', 'Goal', 'CareTeam', 'RequestGroup', 'GuidanceResponse'],
    orders: ['ServiceRequest', 'DeviceRequest', 'NutritionOrder', 'Task', 'SupplyRequest', 'SupplyDelivery'],
    devices: ['Device', 'DeviceUseStatement', 'DeviceMetric', 'BiologicallyDerivedProduct'],
    lists: ['ResearchSubject', 'Group', 'List', 'MeasureReport'],
  },
  notes: {
    notes: [
      'DocumentReference',
      'DocumentReference:clinical-note',
      'Binary',
      'Composition',
      'DocumentManifest',
      'Media',
      'ClinicalImpression',
      'Bundle',
      'Basic',
    ],
    messages: ['Communication', 'CommunicationRequest'],
  },
  insurance: {
    coverage: [
      'Coverage',
      'CoverageEligibilityRequest',
      'CoverageEligibilityResponse',
      'EnrollmentRequest',
      'EnrollmentResponse',
      'Contract',
    ],
    bills: [
      'ExplanationOfBenefit',
      'Claim',
      'ClaimResponse',
      'Invoice',
      'Account',
      'ChargeItem',
      'PaymentNotice',
      'PaymentReconciliation',
    ],
  },
  privacy: { privacy: ['Consent', 'Provenance', 'AuditEvent', 'VerificationResult', 'Linkage'] },
  other: {},
} as const satisfies Record<GroupId, Record<string, readonly string[]>>

/** Rows that hold a whole type together with its rest are called by one name where nothing of it is left out. */
export const WHOLE_TYPES: readonly { name: RowId; rows: readonly RowId[] }[] = [
  { name: 'problems', rows: ['problemList', 'visitDiagnoses', 'concerns', 'socialProblems', 'otherProblems'] },
  { name: 'results', rows: ['lab', 'vitals', 'imaging', 'otherTests', 'otherResults'] },
]

export type RowId = { [Group in GroupId]: keyof (typeof TABLE)[Group] }[GroupId]

/** Types that hold nobody's health data when they are read: names of doctors and clinics, their calendars, lists of codes, empty forms. */
const NO_SWITCH =
  /^(Practitioner|PractitionerRole|Organization|OrganizationAffiliation|Location|Endpoint|HealthcareService|Schedule|Slot|InsurancePlan|ResearchStudy|Substance|CodeSystem|ConceptMap|ValueSet|Questionnaire|Library|StructureDefinition)$/

export const ROWS: readonly { group: GroupId; id: RowId; members: readonly string[] }[] = GROUP_IDS.flatMap((group) =>
  Object.entries(TABLE[group]).map(([id, members]) => ({ group, id: id as RowId, members })),
)

const ROW_OF: ReadonlyMap<string, (typeof ROWS)[number]> = new Map(
  ROWS.flatMap((row) => row.members.map((member): [string, (typeof ROWS)[number]] => [member, row])),
)

/** @param category code of the one category; empty: what only the whole type holds */
export function findRow(type: string, category?: string): (typeof ROWS)[number] | undefined {
  return ROW_OF.get(category === undefined ? type : `${type}:${category}`)
}

/** Whether it is the id of a group. */
export function isGroupOfData(text: string): boolean {
  return (GROUP_IDS as readonly string[]).includes(text)
}

/** Whether a type comes along without a switch of its own. */
export function comesAlong(type: string): boolean {
  return NO_SWITCH.test(type)
}
