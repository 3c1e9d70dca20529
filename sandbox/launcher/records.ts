// What the EHR reads of its own data to choose a launch context. It asks the FHIR server directly: the records are its own.

import { z } from 'zod'

const TIMEOUT_MS = 10_000
const MOST = 200

export type PatientRow = { id: string; name: string; birthDate: string; gender: string; number: string }
export type EncounterRow = { id: string; label: string; start: string }

const conceptSchema = z.object({
  text: z.string().optional(),
  coding: z.array(z.object({ display: z.string().optional() })).optional(),
})
const patientSchema = z.object({
  resourceType: z.literal('Patient'),
  id: z.string(),
  name: z
    .array(
      z.object({ text: z.string().optional(), given: z.array(z.string()).optional(), family: z.string().optional() }),
    )
    .optional(),
  birthDate: z.string().default(''),
  gender: z.string().default(''),
  identifier: z.array(z.object({ use: z.string().optional(), value: z.string().optional() })).default([]),
})
const encounterSchema = z.object({
  resourceType: z.literal('Encounter'),
  id: z.string(),
  status: z.string().default(''),
  class: z.object({ display: z.string().optional(), code: z.string().optional() }).optional(),
  type: z.array(conceptSchema).optional(),
  subject: z.object({ reference: z.string().optional() }).optional(),
  period: z.object({ start: z.string().optional() }).optional(),
})
const bundleSchema = z.object({ entry: z.array(z.object({ resource: z.unknown() })).default([]) })

export class Records {
  readonly #base: string

  constructor(fhirServerUrl: string) {
    this.#base = fhirServerUrl
  }

  /** The patients whose general practitioner this is. @param practitioner `Practitioner/x` */
  panel(practitioner: string): Promise<PatientRow[]> {
    return this.#patients({ 'general-practitioner': practitioner })
  }

  /** @param query part of a name; empty: everybody */
  searchPatients(query: string): Promise<PatientRow[]> {
    return this.#patients(query === '' ? {} : { name: query })
  }

  async findPatient(id: string): Promise<PatientRow | undefined> {
    const parsed = patientSchema.safeParse(await this.#get(`Patient/${encodeURIComponent(id)}`))
    return parsed.success ? patientRow(parsed.data) : undefined
  }

  /** Newest first. */
  async encounters(patientId: string): Promise<EncounterRow[]> {
    const found = await this.#search('Encounter', { patient: patientId })
    return found
      .map((resource) => encounterSchema.safeParse(resource))
      .flatMap((parsed) => (parsed.success ? [parsed.data] : []))
      .filter((encounter) => encounter.subject?.reference === `Patient/${patientId}`)
      .map((encounter) => {
        const type = encounter.type?.[0]
        const label =
          type?.text ?? type?.coding?.[0]?.display ?? encounter.class?.display ?? encounter.class?.code ?? 'Visit'
        return { id: encounter.id, label: `${label} (${encounter.status})`, start: encounter.period?.start ?? '' }
      })
      .sort((a, b) => b.start.localeCompare(a.start))
  }

  async #patients(params: Record<string, string>): Promise<PatientRow[]> {
    const found = await this.#search('Patient', params)
    return found
      .map((resource) => patientSchema.safeParse(resource))
      .flatMap((parsed) => (parsed.success ? [patientRow(parsed.data)] : []))
      .sort((a, b) => a.name.localeCompare(b.name))
  }

  async #search(type: string, params: Record<string, string>): Promise<unknown[]> {
    const query = new URLSearchParams({ ...params, _count: String(MOST) })
    const bundle = bundleSchema.safeParse(await this.#get(`${type}?${query}`))
    return bundle.success ? bundle.data.entry.map((entry) => entry.resource) : []
  }

  async #get(path: string): Promise<unknown> {
    const answer = await fetch(`${this.#base}/${path}`, {
      headers: { Accept: 'application/fhir+json' },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
    return answer.ok ? answer.json() : undefined
  }
}

function patientRow(patient: z.infer<typeof patientSchema>): PatientRow {
  const name = patient.name?.[0]
  const parts = [...(name?.given ?? []), name?.family ?? ''].filter((part) => part !== '')
  return {
    id: patient.id,
    name: name?.text ?? (parts.join(' ') || 'No name recorded'),
    birthDate: patient.birthDate,
    gender: patient.gender,
    number: patient.identifier.find(({ use }) => use === 'usual')?.value ?? '',
  }
}
