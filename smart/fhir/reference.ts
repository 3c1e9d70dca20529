// FHIR references: which record of ours a reference names (ENF-85).

export type Target = { type: string; id: string }

const REFERENCE = /^([A-Za-z]+)\/([^/]+)(?:\/_history\/([^/]+))?$/

/** FHIR's `id` type. */
const ID = /^[A-Za-z0-9.-]{1,64}$/

/** A FHIR id that is safe as a path segment too: `.` and `..` are legal ids, and never honest ones. */
export function isId(text: string): boolean {
  return ID.test(text) && text !== '.' && text !== '..'
}

/**
 * Reads `Type/id`, `{base}/Type/id` and either with `/_history/v`. Other hosts, contained (`#x`), `urn:` and conditional
 * references name nothing that can be judged: undefined. Compared exactly, case and all.
 *
 * @param bases base URLs without a slash at the end: ours and the upstream's
 */
export function referenceTo(reference: unknown, bases: readonly string[]): Target | undefined {
  if (typeof reference !== 'string') return undefined
  const base = bases.find((candidate) => reference.startsWith(candidate) && reference[candidate.length] === '/')
  const [, type = '', id = '', version] =
    REFERENCE.exec(base === undefined ? reference : reference.slice(base.length + 1)) ?? []
  return isId(id) && (version === undefined || isId(version)) ? { type, id } : undefined
}

/** The record that a Reference element names. Identifier-only and display-only references name none. */
export function targetOf(element: unknown, bases: readonly string[]): Target | undefined {
  if (typeof element !== 'object' || element === null || !Object.hasOwn(element, 'reference')) return undefined
  return referenceTo((element as { reference: unknown }).reference, bases)
}

/** The patient that a Reference element names. */
export function patientIdOf(element: unknown, bases: readonly string[]): string | undefined {
  const target = targetOf(element, bases)
  return target?.type === 'Patient' ? target.id : undefined
}
