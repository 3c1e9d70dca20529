// The references of a transaction's entries that name a record otherwise than by its id: by a search, or by the name of an
// entry whose record turns out to be there. Each becomes the id, in the entry's own characters, before anything is judged.

import { type Answer, refusal } from '../answers/answer.ts'
import { replaceMembers } from '../json/json-text.ts'
import { type Conditions, parseCondition, type Resolved } from '../writes/conditional.ts'

/** Each is a search. */
const MAX_SEARCHES = 50
const BY_SEARCH = /^([A-Z][A-Za-z]*)\?(.*)$/s

/**
 * @param entries bodies may be anything yet
 * @param names of entries, with the references that they stand for
 * @returns the same entries, or why not: a search that finds none, or several
 */
export async function withLiteralReferences(
  entries: readonly Resolved[],
  names: ReadonlyMap<string, string>,
  { caller, findOne }: Pick<Conditions, 'findOne'> & { caller: Parameters<Conditions['findOne']>[1] },
): Promise<Resolved[] | Answer> {
  const literal = new Map(names)
  let searches = 0
  for (const entry of entries) {
    for (const reference of referencesBySearch(entry)) {
      if (literal.has(reference)) continue
      searches += 1
      if (searches > MAX_SEARCHES)
        return refusal(422, 'too-costly', `A transaction refers to at most ${MAX_SEARCHES} records by a search.`)
      const [, type = '', query = ''] = BY_SEARCH.exec(reference) ?? []
      const condition = parseCondition(type, query)
      if (condition === undefined) return refusal(400, 'invalid', 'A reference by a search is not well formed.')
      const found = await findOne(condition, caller)
      if ('status' in found) return found
      if (found.id === undefined) return refusal(412, 'conflict', 'A reference by a search finds nothing.')
      literal.set(reference, `${type}/${found.id}`)
    }
  }
  return entries.map((entry) => withReferences(entry, (reference) => literal.get(reference)))
}

function referencesBySearch(entry: Resolved): Set<string> {
  const found = new Set<string>()
  withReferences(entry, (reference) => {
    if (BY_SEARCH.test(reference)) found.add(reference)
    return undefined
  })
  return found
}

/** Patches keep what they say: not all servers look into them. */
function withReferences(entry: Resolved, replace: (reference: string) => string | undefined): Resolved {
  if (entry.kind === 'found') return entry
  const { interaction, written } = entry.request
  if (written === undefined || interaction.kind === 'patch' || !isJson(written.body)) return entry
  const body = replaceMembers(written.body, 'reference', replace)
  return { ...entry, request: { ...entry.request, written: { ...written, body } } }
}

/** What is not is refused where it is read. */
function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
