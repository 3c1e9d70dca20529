// Reads what a chart shows out of FHIR resources. Every member is optional here: data of other people's systems.

type Coding = { code?: string; display?: string }
export type Concept = { text?: string; coding?: Coding[] }
type Quantity = { value?: number; unit?: string }

export type Resource = {
  resourceType: string
  id?: string
  name?: { text?: string; given?: string[]; family?: string; use?: string }[]
  birthDate?: string
  gender?: string
  code?: Concept
  vaccineCode?: Concept
  medicationCodeableConcept?: Concept
  medicationReference?: { display?: string }
  clinicalStatus?: Concept
  status?: string
  criticality?: string
  dosageInstruction?: { text?: string }[]
  occurrenceDateTime?: string
  effectiveDateTime?: string
  effectivePeriod?: { start?: string }
  onsetDateTime?: string
  recordedDate?: string
  authoredOn?: string
  valueQuantity?: Quantity
  valueString?: string
  valueCodeableConcept?: Concept
  component?: { code?: Concept; valueQuantity?: Quantity }[]
}

export function personName(resource: Resource): string {
  const name = resource.name?.find((one) => one.use === 'official') ?? resource.name?.[0]
  const parts = [...(name?.given ?? []), name?.family ?? ''].filter((part) => part !== '')
  return name?.text ?? (parts.length > 0 ? parts.join(' ') : 'No name recorded')
}

export function conceptText(concept: Concept | undefined): string {
  const coding = concept?.coding?.find((one) => one.display !== undefined) ?? concept?.coding?.[0]
  return concept?.text ?? coding?.display ?? coding?.code ?? 'Not named'
}

export function dateText(value: string | undefined): string {
  if (value === undefined) return ''
  if (/^\d{4}(-\d{2})?$/.test(value)) return value
  // The calendar day as recorded: a birth date must not move with the reader's time zone.
  const date = new Date(`${value.slice(0, 10)}T00:00:00`)
  if (Number.isNaN(date.valueOf())) return value
  return new Intl.DateTimeFormat('en', { year: 'numeric', month: 'short', day: 'numeric' }).format(date)
}

function quantityText(quantity: Quantity | undefined): string {
  return quantity?.value === undefined ? '' : `${quantity.value} ${quantity.unit ?? ''}`.trim()
}

export function observationValue(resource: Resource): string {
  const parts = (resource.component ?? []).map((part) => quantityText(part.valueQuantity)).filter((text) => text !== '')
  // Blood pressure and the like: 120/80 mmHg.
  const units = new Set(resource.component?.map((part) => part.valueQuantity?.unit))
  if (parts.length > 1 && units.size === 1) {
    const values = resource.component?.map((part) => part.valueQuantity?.value).filter((value) => value !== undefined)
    return `${values?.join('/')} ${[...units][0] ?? ''}`.trim()
  }
  const concept = resource.valueCodeableConcept && conceptText(resource.valueCodeableConcept)
  return quantityText(resource.valueQuantity) || resource.valueString || concept || parts.join(', ') || 'No value'
}

export function observedOn(resource: Resource): string {
  return resource.effectiveDateTime ?? resource.effectivePeriod?.start ?? ''
}
