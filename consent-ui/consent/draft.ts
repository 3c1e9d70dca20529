// What a person has answered so far, on whichever page: kept with the request until Share or Don't share is pressed.
import { ENDINGS, type Ending } from '../../smart/access/consent-terms.ts'
import { type AskedFor, askedFor, chosenTexts, type DataRow, isLeafCovered, scopesOf } from './asked-for.ts'

/** What was decided an earlier time, for the same app, person and patient. */
export type EarlierAnswers = {
  asked: readonly string[]
  /** Without its limit in time. */
  granted: readonly string[]
  from?: string | undefined
  ending?: Ending | undefined
  /** Last day of access. */
  lastDay?: string | undefined
}

/** All that the questions depend on. */
export type Request = {
  /** Scope texts asked for and grantable. */
  scopes: readonly string[]
  /** First day of access, as in `2026-11-21`. */
  today: string
  /** Ids of groups, and types, that are asked about one by one. */
  sensitive: readonly string[]
  /** `off`: nothing is ticked before the person has done so. */
  start: 'on' | 'off'
  earlier?: EarlierAnswers | undefined
}

export const DATES = ['all', '12-months', '3-years', 'from'] as const
export type Dates = (typeof DATES)[number]
export type EndingAnswer = Ending | 'kept'

export type Draft = {
  /** Texts of rows that are on, of data and of deeds. */
  on: readonly string[]
  /** By the id of a question of the first page. */
  answers: Readonly<Record<string, 'yes' | 'no'>>
  dates: Dates
  /** As written, for `from` alone. */
  firstDay: string
  ending?: EndingAnswer | undefined
  /** The page of choices was answered: from then on it is what counts. */
  isChosen: boolean
}

export type FaultKind = 'nothing' | 'ending' | 'answer' | 'date'
/** What stands in the way, and the id of the field that puts it right. */
export type Fault = { kind: FaultKind; field: string }
export type Read = { draft: Draft; faults: readonly Fault[] }

/** A question of the first page: a deed, or data that the operator has asked about by itself. */
export type Question = { id: string; texts: readonly string[] }

export function questionsIn(request: Request, asked: AskedFor): Question[] {
  // What goes only with all of a whole is for the page of choices: here a Yes to it could be an idle one.
  const isRest = ({ leaves }: DataRow) => leaves.some(({ rest }) => rest !== undefined)
  const sensitive = asked.rows.filter((row) => isSensitive(row, request) && !isRest(row))
  const deeds = asked.deeds.map(({ id, rows }) => ({ id, texts: rows.flatMap(({ texts }) => texts) }))
  return [...sensitive.map(({ id, texts }) => ({ id, texts })), ...deeds]
}

export function isSensitive({ group, leaves }: DataRow, { sensitive }: Request): boolean {
  return sensitive.includes(group) || leaves.some(({ scope }) => sensitive.includes(scope.type))
}

/** Data is on, deeds and what is sensitive are off, nothing about time is chosen: but for earlier answers. */
export function firstDraft(request: Request): Draft {
  const asked = askedFor(request.scopes)
  const { earlier, start } = request
  const before = earlier && { asked: scopesOf(earlier.asked), granted: scopesOf(earlier.granted) }
  const stands = (row: DataRow, otherwise: boolean): boolean => {
    const known = before ? row.leaves.filter((leaf) => isLeafCovered(leaf, before.asked)) : []
    return known.length === 0 ? otherwise : known.every((leaf) => isLeafCovered(leaf, before?.granted ?? []))
  }
  const rows = asked.rows.filter((row) => stands(row, start === 'on' && !isSensitive(row, request)))
  const deeds = asked.deeds.flatMap((deed) => deed.rows).filter((row) => stands(row, false))
  const on = withEffect(
    request,
    asked,
    [...rows, ...deeds].flatMap(({ texts }) => texts),
  )
  return {
    on,
    answers: earlier === undefined ? {} : earlierAnswers(questionsIn(request, asked), asked, on, earlier),
    dates: earlier?.from === undefined ? 'all' : 'from',
    firstDay: earlier?.from ?? '',
    ending: earlierEnding(request),
    isChosen: false,
  }
}

/**
 * Without what only the whole holds where not all of the whole is on, or where a question may still take something out:
 * a page that lists it would promise too much.
 */
function withEffect(request: Request, asked: AskedFor, on: readonly string[]): string[] {
  const open = new Set(asked.rows.filter((row) => isSensitive(row, request)).flatMap(({ texts }) => texts))
  const sure = scopesOf([...chosenTexts(asked, new Set(on.filter((text) => !open.has(text))))])
  const leaves = [...asked.rows, ...asked.deeds.flatMap(({ rows }) => rows)].flatMap((row) => row.leaves)
  const idle = leaves.filter((leaf) => leaf.rest !== undefined && !isLeafCovered(leaf, sure)).map(({ text }) => text)
  return on.filter((text) => !idle.includes(text))
}

/** Only what was answered alike for all of a question, and was asked about in full. */
function earlierAnswers(
  questions: readonly Question[],
  asked: AskedFor,
  on: readonly string[],
  earlier: EarlierAnswers,
): Draft['answers'] {
  const before = scopesOf(earlier.asked)
  const leaves = [...asked.rows, ...asked.deeds.flatMap(({ rows }) => rows)].flatMap((row) => row.leaves)
  const wasAsked = (text: string) => leaves.some((leaf) => leaf.text === text && isLeafCovered(leaf, before))
  return Object.fromEntries(
    questions.flatMap(({ id, texts }): [string, 'yes' | 'no'][] => {
      const count = texts.filter((text) => on.includes(text)).length
      if (!texts.every(wasAsked) || (count > 0 && count < texts.length)) return []
      return [[id, count > 0 ? 'yes' : 'no']]
    }),
  )
}

function earlierEnding(request: Request): EndingAnswer | undefined {
  const { earlier, scopes } = request
  if (earlier?.ending === undefined || !endingsFor(scopes).includes(earlier.ending)) return undefined
  if (earlier.ending !== '3-months' && earlier.ending !== '1-year') return earlier.ending
  return keptDay(request) === undefined ? undefined : 'kept'
}

/** The last day that was chosen before, where it is still to come and access may go on until then. */
export function keptDay({ earlier, scopes, today }: Request): string | undefined {
  if (earlier?.lastDay === undefined || earlier.lastDay < today || !scopes.includes('offline_access')) return undefined
  return earlier.ending === '3-months' || earlier.ending === '1-year' ? earlier.lastDay : undefined
}

/** What may be answered to "for how long"; nothing where the app did not ask to come back. */
export function endingsFor(scopes: readonly string[]): readonly Ending[] {
  const canKeep = scopes.includes('offline_access')
  const canStay = scopes.includes('online_access')
  if (!canKeep && !canStay) return []
  return ENDINGS.filter((ending) => ending === 'now' || (ending === 'session' ? canStay : canKeep))
}
