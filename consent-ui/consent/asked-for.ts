// A request as people are asked about it: rows of data to see, and deeds (to add, change, delete) with the kinds of each.
import { isCovered, type Part, questionsOf } from '../../smart/access/narrowing.ts'
import { parseScope, type Scope, type ScopeContext } from '../../smart/access/scope.ts'
import { comesAlong, findRow, GROUP_IDS, type GroupId, ROWS, type RowId } from './row-table.ts'

/** Texts of parts that stand or fall together. What only the whole of a part holds has a text of its own: see `restOf`. */
export type DataRow = {
  /** Once in a request, the same each time. */
  id: string
  group: GroupId
  /** Undefined: described by its scope. */
  row: RowId | undefined
  /** Not one person's record but those of all whom the person may open. */
  everyone: boolean
  texts: readonly string[]
  leaves: readonly Leaf[]
}

/** A part that has no parts, or what is left of one that has. */
export type Leaf = { text: string; scope: Scope; rest?: { of: Part } }

export type Deed = 'c' | 'u' | 'd'
export type DeedAsked = {
  /** Such as `patient.c`. */
  id: string
  deed: Deed
  everyone: boolean
  /** On any kind of data, those added later too. */
  isOfAll: boolean
  rows: readonly DataRow[]
}

export type AskedFor = {
  questions: readonly Part[]
  rows: readonly DataRow[]
  deeds: readonly DeedAsked[]
  /** Names of doctors and clinics and the like: shared with whatever is. */
  along: readonly Leaf[]
  /** A whole record is asked for. */
  isWhole: boolean
}

/** @param scopes texts asked for and grantable */
export function askedFor(scopes: readonly string[]): AskedFor {
  const questions = questionsOf(scopes)
  const seen = questions.filter(isOfSeeing)
  const leaves = seen.flatMap(leavesOf)
  return {
    questions,
    rows: rowsOf(leaves.filter((leaf) => !isAlong(leaf))),
    deeds: (['patient', 'user'] as const).flatMap((context) =>
      (['c', 'u', 'd'] as const).flatMap((deed) => deedOf(questions, context, deed) ?? []),
    ),
    along: leaves.filter(isAlong),
    isWhole: seen.some(({ scope }) => scope.type === '*' && scope.filter.length === 0),
  }
}

/** Names what only the whole of a part holds: types added later, records in none of the categories. No scope can. */
export function restOf({ text }: Part): string {
  return `${text}#rest`
}

function isOfSeeing({ scope }: Part): boolean {
  return /[rs]/.test(scope.permissions)
}

function isAlong({ scope, rest }: Leaf): boolean {
  return comesAlong(scope.type) && rest === undefined && !/[cud]/.test(scope.permissions)
}

function leavesOf(part: Part): Leaf[] {
  if (part.by === undefined) return [{ text: part.text, scope: part.scope }]
  const below = part.parts.flatMap(leavesOf)
  return part.by === 'permission' ? below : [...below, { text: restOf(part), scope: part.scope, rest: { of: part } }]
}

function deedOf(questions: readonly Part[], context: ScopeContext, deed: Deed): DeedAsked | undefined {
  const parts = questions.filter(({ scope }) => scope.context === context && scope.permissions === deed)
  if (parts.length === 0) return undefined
  const isOfAll = parts.some(({ scope }) => scope.type === '*')
  const id = `${context}.${deed}`
  return { id, deed, everyone: context === 'user', isOfAll, rows: rowsOf(parts.flatMap(leavesOf)) }
}

/** In the order of the table; what has no row there comes last. */
function rowsOf(leaves: readonly Leaf[]): DataRow[] {
  const byId = Object.groupBy(leaves, idOf)
  const rows = Object.entries(byId).flatMap(([id, together = []]): DataRow[] => {
    const [first, ...more] = together
    if (first === undefined) return []
    const found = rowOf(first)
    const all = [first, ...more]
    return [
      {
        id,
        group: found?.group ?? 'other',
        row: found?.id,
        everyone: first.scope.context !== 'patient',
        texts: all.map(({ text }) => text),
        leaves: all,
      },
    ]
  })
  const rank = ({ group, row }: DataRow): number =>
    GROUP_IDS.indexOf(group) * 100 + ROWS.findIndex(({ id }) => id === row)
  return rows.sort((one, other) => Number(one.everyone) - Number(other.everyone) || rank(one) - rank(other))
}

function idOf(leaf: Leaf): string {
  const { context, permissions } = leaf.scope
  const deed = /[rs]/.test(permissions) ? 'rs' : permissions
  return `${context}.${deed}.${rowOf(leaf)?.id ?? leaf.text}`
}

function rowOf({ scope, rest }: Leaf): (typeof ROWS)[number] | undefined {
  const { type, filter } = scope
  if (rest !== undefined) return findRow(type, '')
  const [first, second] = filter
  if (first === undefined) return findRow(type)
  // With more conditions, or others, a row's name would say too much.
  const isCategory = second === undefined && first[0] === 'category' && !first[1].includes(',')
  return isCategory ? findRow(type, first[1].split('|').at(-1)) : undefined
}

/**
 * Texts for `narrow`: a part of which nothing was left out is itself again.
 * @param on texts of rows, as they were posted; a text of any part counts for all below it
 */
export function chosenTexts({ questions }: AskedFor, on: ReadonlySet<string>): Set<string> {
  return new Set(questions.flatMap((part) => textsOn(part, on)))
}

function textsOn(part: Part, on: ReadonlySet<string>): string[] {
  return isOn(part, on) ? [part.text] : part.parts.flatMap((one) => textsOn(one, on))
}

function isOn(part: Part, on: ReadonlySet<string>): boolean {
  if (on.has(part.text) || isAlong(part)) return true
  if (part.by === undefined) return false
  return part.parts.every((one) => isOn(one, on)) && (part.by === 'permission' || on.has(restOf(part)))
}

/** Whether scopes allow all of a leaf, and what only the whole holds only by the whole. */
export function isLeafCovered({ text, scope, rest }: Leaf, by: readonly Scope[]): boolean {
  return isCovered(rest?.of ?? { text, scope, parts: [] }, by)
}

/** Those of the texts that are clinical scopes. */
export function scopesOf(texts: readonly string[]): Scope[] {
  return texts.map(parseScope).flatMap((parsed) => (parsed.ok ? [parsed.scope] : []))
}
