// Files: a Binary is about nobody by itself. It is seen by whoever may see the document that leads to it, or the record that
// it names as its security context (ENF-47). Pure.

import { type Access, clausesFor } from '../access/access.ts'
import type { Allowance } from '../access/allowance.ts'
import { dateParameterOf } from '../access/look-back.ts'
import { isAbout } from '../fhir/compartment.ts'
import { type Condition, conditionHolds } from '../fhir/condition.ts'
import { elementsAt } from '../fhir/elements.ts'
import type { Interaction } from '../fhir/interaction.ts'
import { referenceTo, type Target } from '../fhir/reference.ts'

export type FileGuard = {
  kind: 'file'
  type: 'Binary'
  id: string
  /** Of these patients must be what leads to the file. */
  allowances: readonly Allowance[]
  /** The types of records that may say whose a file is, by its own word. */
  contexts: 'any' | 'documents'
  bases: readonly string[]
}

/**
 * A limit in time on documents is one on their files, which have no day of their own: a file that names but its patient
 * would be seen however old.
 */
export function contextsOf(access: Access): FileGuard['contexts'] {
  const clauses = ['r', 's'].flatMap((letter) => clausesFor(access, 'DocumentReference', letter))
  const isLimited = clauses.length > 0 && clauses.every(({ filter }) => filter.some(isOfTime))
  return isLimited ? 'documents' : 'any'
}

function isOfTime({ parameter }: Condition): boolean {
  return parameter === dateParameterOf('DocumentReference')
}

/** What is known of a file: records that lead to it and that the caller may see, and the file's own record once it was read. */
export type KnownOfFile = { records: readonly unknown[]; binary?: unknown }

export function isFileRead(interaction: Interaction): boolean {
  return interaction.kind === 'read' && interaction.type === 'Binary'
}

/** The search for documents that lead to the file; decided and confined like any other. */
export function documentsOf(id: string, upstreamUrl: string): Extract<Interaction, { kind: 'search' }> {
  const location = [`Binary/${id}`, `${upstreamUrl}/Binary/${id}`].join(',')
  return { kind: 'search', type: 'DocumentReference', parameters: [['location', location]], form: false }
}

/** Whether a document truly names the file: what a server takes for the same address may be another. */
export function leadsTo({ id, bases }: FileGuard, document: unknown): boolean {
  return elementsAt(document, ['content', 'attachment', 'url']).some((url) => {
    const target = referenceTo(url, bases)
    return target?.type === 'Binary' && target.id === id
  })
}

/** The record whose readers may read the file. */
export function securityContextOf({ bases, contexts }: FileGuard, binary: unknown): Target | undefined {
  const [reference, ...more] = elementsAt(binary, ['securityContext', 'reference'])
  const target = more.length > 0 ? undefined : referenceTo(reference, bases)
  return contexts === 'any' || target?.type === 'DocumentReference' ? target : undefined
}

/** Whether one clause alone shows the file. What holds only of the file's own record must have been read. */
export function allowsFile({ allowances, bases }: FileGuard, { records, binary }: KnownOfFile): boolean {
  return allowances.some(
    ({ patients, filter, withheld, rules }) =>
      ((patients === 'any' && withheld === undefined) ||
        records.some((record) => patients === 'any' || isAbout(record, patients, bases, rules))) &&
      (filter.length === 0 || binary !== undefined) &&
      filter.every((condition) => conditionHolds(condition, binary, bases)),
  )
}
