// The Patient compartment as R4 defines it: a record is in it when any listed parameter refers to the patient.
import type { WithId } from '@medplum/core'
import type { Bundle, Resource } from '@medplum/fhirtypes'
import { searchEntry } from './search-bundle.ts'
import type { SearchContext } from './search-criterion.ts'
import { linkedBy } from './search-include.ts'
import { referenceText } from './search-match.ts'
import { parseTarget, searchValues } from './search-value.ts'

export function isInPatientCompartment(context: SearchContext, resource: WithId<Resource>, patientId: string): boolean {
  if (resource.resourceType === 'Patient' && resource.id === patientId) return true
  const known = context.definitions.parameters(resource.resourceType)
  return context.definitions.compartmentParameters(resource.resourceType).some((code) => {
    const parameter = known.get(code)
    if (!parameter) return false
    return searchValues(resource, parameter).some((value) => {
      const target = parseTarget(referenceText(value) ?? '', context.baseUrl)
      return 'type' in target && target.type === 'Patient' && target.id === patientId
    })
  })
}

/** Types that the compartment can hold at all. */
export function compartmentTypes(context: SearchContext): string[] {
  return context.definitions.types.filter(
    (type) => type === 'Patient' || context.definitions.compartmentParameters(type).length > 0,
  )
}

/** `Patient/p/$everything`: the compartment, and what its records need to be read (practitioners, places, medications). */
export function patientEverything(context: SearchContext, patient: WithId<Resource>, types: readonly string[]): Bundle {
  const isWanted = (resource: WithId<Resource>) => types.length === 0 || types.includes(resource.resourceType)
  const held = compartmentTypes(context)
    .flatMap((type) => [...context.repository.all(type)])
    .filter((one) => isInPatientCompartment(context, one, patient.id))
  const seen = new Set(held)
  const shared = held.flatMap((one) => linkedBy(context, one, '*')).filter((one) => isShared(one, seen))
  const entry = [
    ...[patient, ...held.filter((one) => one.id !== patient.id || one.resourceType !== 'Patient')]
      .filter(isWanted)
      .map((one) => searchEntry(context, one, 'match')),
    ...shared.filter(isWanted).map((one) => searchEntry(context, one, 'include')),
  ]
  return {
    resourceType: 'Bundle',
    type: 'searchset',
    total: held.length,
    link: [{ relation: 'self', url: `${context.baseUrl}/Patient/${patient.id}/$everything` }],
    ...(entry.length > 0 ? { entry } : {}),
  }
}

const SHARED_TYPES = ['Practitioner', 'PractitionerRole', 'Organization', 'Location', 'Medication', 'Device', 'Binary']

function isShared(resource: WithId<Resource>, seen: Set<WithId<Resource>>): boolean {
  if (seen.has(resource) || !SHARED_TYPES.includes(resource.resourceType)) return false
  seen.add(resource)
  return true
}
