// Records that people are: a persona is a relative reference to one of them.
import { z } from 'zod'
import { referenceTo } from '../../smart/fhir/reference.ts'

export const PERSON_TYPES = ['Patient', 'Practitioner', 'RelatedPerson'] as const

/**
 * Reads `Type/id`, or `{base}/Type/id` under one of our own bases.
 *
 * @returns the relative reference; undefined for other types, other hosts, versions and everything else
 */
export function personOf(text: unknown, bases: readonly string[]): string | undefined {
  const target = referenceTo(text, bases)
  const isPerson = PERSON_TYPES.some((type) => type === target?.type)
  return target === undefined || !isPerson || String(text).includes('/_history/')
    ? undefined
    : `${target.type}/${target.id}`
}

export const personSchema = z
  .string()
  .refine((text) => personOf(text, []) === text, 'must be Patient/id, Practitioner/id or RelatedPerson/id')
