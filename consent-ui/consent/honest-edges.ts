// What a choice leaves out without anybody ticking it: records in no group, which only all of their type brings along, and
// records without a date, where there is a first day. Counted under what is asked for: what is left out cannot be counted under
// what is granted.
import { dateParameterOf, isDated } from '../../smart/access/look-back.ts'
import { type Counted, categorySearch, isCountable, searchesOf } from './amounts.ts'
import type { AskedFor, DataRow } from './asked-for.ts'
import { EARLIEST_DAY } from './read-draft.ts'

/** The searches whose counts say both. @param rows those of which something is to be shared */
export function edgeSearches(asked: AskedFor, rows: readonly DataRow[]): string[] {
  const undated = datedTypesOf(rows).flatMap(({ all, dated }) => [...all, ...dated])
  return [...new Set([...undated, ...asked.rows.flatMap((row) => ungroupedSearches(row, asked))])]
}

/** Records of the rows that no first day lets through; unknown as soon as it is so of one type. */
export function countUndated(rows: readonly DataRow[], counted: Counted): number | undefined {
  let undated = 0
  for (const { all, dated } of datedTypesOf(rows)) {
    const [search, another] = all
    // What two searches find was found twice.
    const whole = search === undefined || another !== undefined ? undefined : counted.get(search)
    const kept = whole?.count === 0 || dated.length === 0 ? { count: 0 } : counted.get(dated[0] ?? '')
    if (whole === undefined || kept === undefined) return undefined
    undated += Math.max(0, whole.count - kept.count)
  }
  return undated
}

/** Records that go only with all of their type; undefined of a row that holds no rest that can be counted. */
export function countUngrouped(row: DataRow, asked: AskedFor, counted: Counted): number | undefined {
  const [all, grouped] = ungroupedSearches(row, asked).map((search) => counted.get(search)?.count)
  return all === undefined || grouped === undefined ? undefined : Math.max(0, all - grouped)
}

/** All of the type, and what is in any group. */
function ungroupedSearches(row: DataRow, { rows }: AskedFor): string[] {
  const type = row.leaves.find(({ rest }) => rest !== undefined)?.scope.type
  if (type === undefined || !isCountable(row)) return []
  const grouped = categorySearch(
    type,
    rows.flatMap(({ leaves }) => leaves).filter(({ rest }) => rest === undefined),
  )
  return grouped === undefined ? [] : [type, grouped]
}

/** Type by type: the searches for all of the rows, and for what the earliest first day lets through. */
function datedTypesOf(rows: readonly DataRow[]): { all: string[]; dated: string[] }[] {
  const leaves = rows.filter(isCountable).flatMap((row) => row.leaves)
  const types = [...new Set(leaves.map(({ scope }) => scope.type))].filter(isDated)
  return types.map((type) => {
    const hasRest = leaves.some(({ scope, rest }) => rest !== undefined && scope.type === type)
    const all = hasRest ? [type] : searchesOf(type, leaves)
    const parameter = dateParameterOf(type)
    const dated = (search: string) => `${search}${search.includes('?') ? '&' : '?'}${parameter}=ge${EARLIEST_DAY}`
    return { all, dated: parameter === undefined ? [] : all.map(dated) }
  })
}
