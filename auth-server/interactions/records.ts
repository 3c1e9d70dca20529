// FHIR records as pages show them.
import type { EncounterRow, PatientRow, PersonaChoice } from '../../consent-ui/index.ts'
import { patientIdOf } from '../../smart/fhir/reference.ts'
import type { PersonReader, Resource } from '../fhir/person-reader.ts'
import type { ChosenPatient } from './state.ts'

type HumanName = { text?: string; use?: string; family?: string; given?: string[]; prefix?: string[] }
type Identifier = { value?: string }
type Coding = { display?: string }

const asArray = <T>(value: unknown): T[] => (Array.isArray(value) ? (value as T[]) : [])

/** Empty where the record has none. */
export function nameOf(resource: Resource): string {
  const names = asArray<HumanName>(resource.name)
  const name = names.find((one) => one.use === 'official') ?? names[0]
  const built = [...(name?.prefix ?? []), ...(name?.given ?? []), name?.family ?? ''].join(' ').trim()
  return name?.text ?? built
}

export function chosenPatient(patient: Resource): ChosenPatient {
  const birthDate = typeof patient.birthDate === 'string' ? { birthDate: patient.birthDate } : {}
  return { id: String(patient.id), name: nameOf(patient), ...birthDate }
}

export function patientRow(patient: Resource): PatientRow {
  const number = asArray<Identifier>(patient.identifier)[0]?.value
  return {
    ...chosenPatient(patient),
    ...(typeof patient.gender === 'string' ? { sex: patient.gender } : {}),
    ...(number === undefined ? {} : { numberTail: number.slice(-4) }),
  }
}

export function encounterRow(encounter: Resource): EncounterRow {
  const type = asArray<{ text?: string; coding?: Coding[] }>(encounter.type)[0]
  const { start } = (encounter.period ?? {}) as { start?: string }
  const label = type?.text ?? type?.coding?.[0]?.display ?? (encounter.class as Coding | undefined)?.display
  return {
    id: String(encounter.id),
    ...(label === undefined ? {} : { label }),
    ...(start === undefined ? {} : { start: start.slice(0, 10) }),
  }
}

/** The patient that a persona is about, where there is only one: a patient's own, or the one that a relative is for. */
export async function patientOfPersona(persona: string, reader: PersonReader): Promise<Resource | undefined> {
  const [type = '', id = ''] = persona.split('/')
  if (type === 'Patient') return reader.read('Patient', id)
  if (type !== 'RelatedPerson') return undefined
  const relative = await reader.read('RelatedPerson', id)
  const patientId = patientIdOf(relative?.patient, reader.bases)
  return patientId === undefined ? undefined : reader.read('Patient', patientId)
}

/** One line for "acting as": the role is said, never merged with another. */
export async function personaChoice(persona: string, reader: PersonReader): Promise<PersonaChoice | undefined> {
  const [type = '', id = ''] = persona.split('/')
  if (type === 'Practitioner') {
    const practitioner = await reader.read('Practitioner', id)
    return practitioner && { value: persona, role: 'clinician', name: nameOf(practitioner) }
  }
  const patient = await patientOfPersona(persona, reader)
  if (patient === undefined) return undefined
  const { birthDate } = chosenPatient(patient)
  return {
    value: persona,
    role: type === 'Patient' ? 'own' : 'relative',
    name: nameOf(patient),
    ...(birthDate === undefined ? {} : { birthDate }),
  }
}

/** What a clinician types becomes a search: a date, a number, or parts of a name. */
export function patientQuery(text: string, count: number): URLSearchParams {
  // Nothing that the search syntax reads as more than letters, and nothing that a URL cannot carry.
  const words = text
    .replaceAll(/[\p{Cc},|\\$]/gu, ' ')
    .split(/\s+/)
    .filter((word) => word !== '')
    .slice(0, 5)
  const parameters = new URLSearchParams()
  for (const word of words) {
    if (/^\d{4}(-\d{2}(-\d{2})?)?$/.test(word)) parameters.append('birthdate', word)
    else if (/\d/.test(word)) parameters.append('identifier', word)
    else parameters.append('name', word)
  }
  parameters.append('_count', String(count))
  return parameters
}
