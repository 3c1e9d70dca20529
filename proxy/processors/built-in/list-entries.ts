// The entries of a list, each with its own characters, so that they can be put together anew.

import { keyOf } from '../../../smart/fhir/includes.ts'
import { parseJsonBody } from '../../answers/body.ts'
import { elementTexts } from '../../json/json-text.ts'

/** `key`: `Type/id`. `text`: of the whole entry. */
export type ListEntry = { key: string; resource: unknown; text: string }

/** @param bundle a searchset that was judged */
export function entriesOf(bundle: string): { matches: ListEntry[]; included: ListEntry[]; next: string | undefined } {
  const parsed = parseJsonBody(bundle)
  if (parsed === undefined) throw new Error('no list')
  const { entry = [], link = [] } = parsed.value as {
    entry?: { resource?: unknown; search?: { mode?: unknown } }[]
    link?: { relation: string; url: string }[]
  }
  const texts = elementTexts(bundle, 'entry')
  const of = (isIncluded: boolean) =>
    entry.flatMap(({ resource, search }, at): ListEntry[] => {
      const key = keyOf(resource)
      const isWanted = key !== undefined && (search?.mode === 'include') === isIncluded && search?.mode !== 'outcome'
      return isWanted ? [{ key, resource, text: texts[at] ?? '' }] : []
    })
  return { matches: of(false), included: of(true), next: link.find(({ relation }) => relation === 'next')?.url }
}

/** What comes along with some of the matches: what they name, on and on, and what names them. */
export function belongingTo(matches: readonly ListEntry[], included: readonly ListEntry[]): ListEntry[] {
  const shown = new Set(matches.map(({ key }) => key))
  const kept = new Set(included.filter(({ resource }) => namedIn(resource).some((key) => shown.has(key))))
  const byKey = new Map(included.map((one) => [one.key, one]))
  const open = [...matches, ...kept]
  for (let one = open.pop(); one !== undefined; one = open.pop())
    for (const key of namedIn(one.resource)) {
      const named = byKey.get(key)
      if (named === undefined || kept.has(named)) continue
      kept.add(named)
      open.push(named)
    }
  return included.filter((one) => kept.has(one))
}

/** `Type/id` of every reference in it. */
function namedIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, one]) => {
    const named = key === 'reference' && typeof one === 'string' ? /([A-Za-z]+\/[A-Za-z0-9.-]{1,64})$/.exec(one) : null
    return named?.[1] === undefined ? namedIn(one) : [named[1]]
  })
}
