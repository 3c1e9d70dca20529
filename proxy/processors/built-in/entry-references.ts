// What the entries of a transaction refer to, by names of each other or by searches; and the order that follows from it.

import { replaceMembers } from '../../json/json-text.ts'

/** Where the name of another entry can stand (R4, "Transaction Processing Rules"). */
const MEMBERS = ['reference', 'url', 'uri', 'valueUri', 'valueUrl']

/** Text of a resource, with other references; all else keeps its characters. */
export function withReferences(resource: string, replace: (reference: string) => string | undefined): string {
  return MEMBERS.reduce((text, member) => replaceMembers(text, member, replace), resource)
}

export function referencesIn(resource: string): Set<string> {
  const found = new Set<string>()
  withReferences(resource, (reference) => {
    found.add(reference)
    return undefined
  })
  return found
}

/** `Patient?identifier=x` in place of an id. */
export function isBySearch(reference: string): boolean {
  return /^[A-Z][A-Za-z]*\?/.test(reference)
}

export type Referring = { method: string; name: string | undefined; refersTo: ReadonlySet<string> }

/**
 * What can be done together, step by step: removals first and reads last, as in a transaction; in between whatever refers
 * only to what is there, or was made in an earlier step.
 * @param known names whose record is there
 * @returns undefined: some refer to each other in a circle
 */
export function stepsOf<T extends Referring>(entries: readonly T[], known: ReadonlySet<string>): T[][] | undefined {
  const removals = entries.filter(({ method }) => method === 'DELETE')
  const reads = entries.filter(({ method }) => method === 'GET' || method === 'HEAD')
  let open = entries.filter((one) => !removals.includes(one) && !reads.includes(one))
  const steps = [removals]
  while (open.length > 0) {
    const awaited = new Set(open.flatMap(({ name }) => (name === undefined || known.has(name) ? [] : [name])))
    const step = open.filter(({ refersTo }) => [...refersTo].every((reference) => !awaited.has(reference)))
    if (step.length === 0) return undefined
    steps.push(step)
    open = open.filter((one) => !step.includes(one))
  }
  return [...steps, reads].filter((step) => step.length > 0)
}
