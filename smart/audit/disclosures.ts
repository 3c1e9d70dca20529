// What one answer tells of whom: patients, and how many records of which types. Counted one by one, so that lists of any
// length need not be held.

import { aboutWhom } from '../fhir/compartment.ts'
import { keyOf } from '../fhir/includes.ts'

export type Disclosure = {
  /** Plain id. Absent: records about no patient, and those of patients beyond the bound. */
  patient?: string
  /** How many of each type. */
  types: Readonly<Record<string, number>>
  /** `Type/id`, where it is one record alone. */
  record?: string
}

/** Patients that one request names. A page has fewer records; only exports have more. */
const MAX_PATIENTS = 1_000
const NOBODY = ''

type Count = { types: Record<string, number>; records: number; first: string | undefined }

export class Disclosures {
  readonly #counts = new Map<string, Count>()
  readonly #bases: readonly string[]
  #isCut = false

  /** @param bases base URLs under which a reference means a record of ours */
  constructor(bases: readonly string[]) {
    this.#bases = bases
  }

  /** Whether there were more patients than are named. */
  get isCut(): boolean {
    return this.#isCut
  }

  /**
   * @param about records that say whose it is, where it does not say so itself, such as the documents around a file
   * @param times how many there are that are like it in all that is counted
   */
  add(resource: unknown, about: readonly unknown[] = [resource], times = 1): void {
    const { resourceType } = (resource ?? {}) as { resourceType?: unknown }
    if (typeof resourceType !== 'string') return
    const people = new Set(about.flatMap((one) => aboutWhom(one, this.#bases).split(' ')))
    people.delete(NOBODY)
    for (const patient of people.size === 0 ? [NOBODY] : people)
      this.#count(patient, resourceType, { first: keyOf(resource), times })
  }

  list(): Disclosure[] {
    return [...this.#counts].map(([patient, { types, records, first }]) => ({
      ...(patient === NOBODY ? {} : { patient }),
      types,
      ...(records === 1 && first !== undefined ? { record: first } : {}),
    }))
  }

  #count(patient: string, type: string, { first, times }: { first: string | undefined; times: number }): void {
    const isBeyond = !this.#counts.has(patient) && patient !== NOBODY && this.#counts.size >= MAX_PATIENTS
    if (isBeyond) this.#isCut = true
    const named = isBeyond ? NOBODY : patient
    const count = this.#counts.get(named) ?? {
      types: Object.create(null) as Record<string, number>,
      records: 0,
      first,
    }
    count.types[type] = (count.types[type] ?? 0) + times
    count.records += times
    this.#counts.set(named, count)
  }
}
