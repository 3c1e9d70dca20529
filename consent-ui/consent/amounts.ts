// How much there is of what is asked for: which searches to count, and what their counts say of a row or a line. What is
// not known stays so: it is never nothing.
import { findCompartmentRow } from '../../smart/fhir/compartment.ts'
import type { AskedFor, DataRow, Leaf } from './asked-for.ts'
import type { GroupId } from './row-table.ts'

/** Dates are FHIR dates, of the first and the last record. */
export type Amount = { count: number; first?: string; last?: string }

/** By the search that was counted, such as `Observation?category=a,b`; undefined: it could not be. */
export type Counted = ReadonlyMap<string, Amount | undefined>

/** The searches whose counts say all that the pages say; of `spans` the first and last day too. */
export function searchesFor(asked: AskedFor): { counts: string[]; spans: string[] } {
  const rows = asked.rows.filter(isCountable)
  const lines = groupsIn(rows).flatMap((group) => searchesOfLine(group, rows))
  const counts = [...lines.flatMap(({ all, without = [] }) => [...all, ...without]), ...rows.flatMap(searchesOfRow)]
  return { counts: [...new Set(counts)], spans: [...new Set(lines.flatMap(({ all }) => all))] }
}

/** A record in two groups counts in the earlier one alone, so that all lines together are all there is. */
export function amountOfLine(group: GroupId, asked: AskedFor, counted: Counted): Amount | undefined {
  const rows = asked.rows.filter(isCountable)
  return sum(
    searchesOfLine(group, rows).map(({ all, without = [] }) => {
      const whole = sum(all.map((search) => counted.get(search)))
      const less = sum(without.map((search) => counted.get(search)))
      return whole && less && { ...whole, count: Math.max(0, whole.count - less.count) }
    }),
  )
}

export function amountOfRow(row: DataRow, counted: Counted): Amount | undefined {
  const searches = isCountable(row) ? searchesOfRow(row) : []
  return searches.length === 0 ? undefined : sum(searches.map((search) => counted.get(search)))
}

/** Of one patient's record, and of types that can be counted at all. */
export function isCountable({ everyone, group, leaves }: DataRow): boolean {
  return !everyone && group !== 'about' && typesIn(leaves).length > 0
}

function isCountedLeaf({ rest }: Leaf): boolean {
  return rest === undefined
}

function groupsIn(rows: readonly DataRow[]): GroupId[] {
  return [...new Set(rows.map(({ group }) => group))]
}

type LineSearches = { all: string[]; without?: string[] }

/** Type by type. Of a type of which the line holds the rest, all but what other lines hold. */
function searchesOfLine(group: GroupId, rows: readonly DataRow[]): LineSearches[] {
  const leaves = rows.filter((row) => row.group === group).flatMap((row) => row.leaves)
  const others = rows.filter((row) => row.group !== group).flatMap((row) => row.leaves)
  return typesIn(leaves).map((type): LineSearches => {
    if (!leaves.some(({ scope, rest }) => rest !== undefined && scope.type === type))
      return { all: searchesOf(type, leaves) }
    return { all: [type], without: [categorySearch(type, others.filter(isCountedLeaf)) ?? []].flat() }
  })
}

function searchesOfRow({ leaves }: DataRow): string[] {
  return typesIn(leaves.filter(isCountedLeaf)).flatMap((type) => searchesOf(type, leaves))
}

/** Those of which records can be found by their patient; a file is no item of its own beside its note. */
function typesIn(leaves: readonly Leaf[]): string[] {
  return [...new Set(leaves.map(({ scope }) => scope.type))].filter((type) => findCompartmentRow(type) !== undefined)
}

export function searchesOf(type: string, leaves: readonly Leaf[]): string[] {
  const ofType = leaves.filter((leaf) => leaf.scope.type === type && isCountedLeaf(leaf))
  if (ofType.some(({ scope }) => scope.filter.length === 0)) return [type]
  const byCategory = categorySearch(type, ofType)
  const others = ofType
    .filter((leaf) => categoryOf(leaf) === undefined)
    .map(({ scope }) => `${type}?${query(scope.filter)}`)
  return [...new Set([...(byCategory === undefined ? [] : [byCategory]), ...others])]
}

/** Records in any of the categories; one in two is found once. */
export function categorySearch(type: string, leaves: readonly Leaf[]): string | undefined {
  const categories = leaves.filter(({ scope }) => scope.type === type).flatMap((leaf) => categoryOf(leaf) ?? [])
  return categories.length === 0 ? undefined : `${type}?${query([['category', [...new Set(categories)].join(',')]])}`
}

function categoryOf({ scope: { filter } }: Leaf): string | undefined {
  const [first, second] = filter
  return first !== undefined && second === undefined && first[0] === 'category' ? first[1] : undefined
}

function query(filter: readonly (readonly [string, string])[]): string {
  return new URLSearchParams(filter.map(([name, value]) => [name, value])).toString()
}

/** Unknown as soon as one part is. */
function sum(parts: readonly (Amount | undefined)[]): Amount | undefined {
  const known = parts.flatMap((part) => part ?? [])
  if (known.length < parts.length) return undefined
  const dated = known.filter(({ count }) => count > 0)
  const [first] = dated.flatMap((one) => one.first ?? []).sort()
  const last = dated
    .flatMap((one) => one.last ?? [])
    .sort()
    .at(-1)
  return {
    count: known.reduce((total, { count }) => total + count, 0),
    ...(first === undefined ? {} : { first }),
    ...(last === undefined ? {} : { last }),
  }
}
