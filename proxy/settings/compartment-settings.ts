// The settings that draw the line around a patient.

import { z } from 'zod'
import { type CompartmentRules, SHARED_TYPES } from '../../smart/fhir/compartment.ts'
import { mayBeShared } from '../../smart/fhir/shared-types.ts'
import { list } from './setting-types.ts'

export const compartmentSettings = {
  /**
   * Types about no patient that everyone reads who has their scope; none: not any. Default CodeSystem, Endpoint,
   * HealthcareService, Location, Medication, Organization, Practitioner, PractitionerRole, Questionnaire, ValueSet.
   */
  SHARED_TYPES: list
    .transform((stated) => (stated.length === 1 && stated[0] === 'none' ? [] : stated))
    .superRefine((types, context) => {
      for (const type of types)
        if (!mayBeShared(type)) context.addIssue(`${type} is no type of R4, or one of which records can be a patient's`)
    })
    .optional(),
  /**
   * What is a patient's: subject (what is about the patient) or full (also what the patient performed, wrote, pays for...,
   * as R4 publishes it). Default subject.
   */
  COMPARTMENT: z.enum(['subject', 'full']).default('subject'),
}

type Given = z.infer<z.ZodObject<typeof compartmentSettings>>

export function compartmentOf({ SHARED_TYPES: stated, COMPARTMENT: definition }: Given): CompartmentRules {
  return { shared: stated === undefined ? SHARED_TYPES : new Set(stated), definition }
}
