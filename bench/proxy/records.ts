// What the FHIR server of the benchmark holds: observations of one patient, as US Core apps read them.

export const PATIENT = 'ana'
const SMALL_BYTES = 2_048
const LIST_BYTES = 200_000

export function observation(at: number, more: object = {}): object {
  return {
    resourceType: 'Observation',
    id: `o-${at}`,
    meta: {
      versionId: '1',
      lastUpdated: '2026-01-01T00:00:00.000+00:00',
      profile: ['http://hl7.org/fhir/us/core/StructureDefinition/us-core-observation-lab'],
    },
    status: 'final',
    category: [
      {
        coding: [
          {
            system: 'http://terminology.hl7.org/CodeSystem/observation-category',
            code: 'laboratory',
            display: 'Laboratory',
          },
        ],
      },
    ],
    code: {
      coding: [{ system: 'http://loinc.org', code: '2339-0', display: 'Glucose [Mass/volume] in Blood' }],
      text: 'Glucose',
    },
    subject: { reference: `Patient/${PATIENT}`, display: 'Ana Ruiz' },
    encounter: { reference: `Encounter/e-${at % 7}` },
    effectiveDateTime: '2025-11-01T09:30:00Z',
    valueQuantity: { value: 70.1 + (at % 50), unit: 'mg/dL', system: 'http://unitsofmeasure.org', code: 'mg/dL' },
    referenceRange: [{ low: { value: 65, unit: 'mg/dL' }, high: { value: 99, unit: 'mg/dL' } }],
    ...more,
  }
}

/** One of two kilobytes. */
export function smallObservation(): string {
  const without = JSON.stringify(observation(1, { note: [{ text: '' }] })).length
  return JSON.stringify(observation(1, { note: [{ text: 'a'.repeat(SMALL_BYTES - without) }] }))
}

export function encounter(at: number): object {
  return {
    resourceType: 'Encounter',
    id: `e-${at}`,
    status: 'finished',
    class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'AMB' },
    subject: { reference: `Patient/${PATIENT}` },
    period: { start: '2025-11-01T09:00:00Z', end: '2025-11-01T10:00:00Z' },
  }
}

export type Around = { base: string; self: string }

export function entryOf(resource: object, mode: 'match' | 'include', base: string): string {
  const { resourceType, id } = resource as { resourceType: string; id: string }
  return JSON.stringify({ fullUrl: `${base}/${resourceType}/${id}`, resource, search: { mode } })
}

export function bundleHead({ base, self }: Around, total: number): string {
  const link = [{ relation: 'self', url: `${base}/${self}` }]
  return `${JSON.stringify({ resourceType: 'Bundle', type: 'searchset', total, link }).slice(0, -1)},"entry":[`
}

/** A page of 200 kilobytes. */
export function page(around: Around): string {
  const entries: string[] = []
  for (let length = 0; length < LIST_BYTES; length += entries.at(-1)?.length ?? 0)
    entries.push(entryOf(observation(entries.length), 'match', around.base))
  return `${bundleHead(around, entries.length)}${entries.join(',')}]}`
}
