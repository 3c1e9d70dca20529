// What a person has answered so far, on whichever page: kept with the request until Share or Don't share is pressed.
import {
  type ConsentTerms,
  type Decided,
  ENDINGS,
  type Ending,
  isDay,
  monthsFrom,
  termsOf,
} from '../../smart/access/consent-terms.ts'
import { isDated } from '../../smart/access/look-back.ts'
import { parseScope, type Scope } from '../../smart/access/scope.ts'
import { type AskedFor, askedFor, chosenTexts, type DataRow, isLeafCovered, type Leaf } from './asked-for.ts'

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

/** Whether a limit in time says anything here. */
export function hasDates({ rows }: AskedFor): boolean {
  return rows.some(isRowDated)
}

export function isRowDated({ leaves }: DataRow): boolean {
  return leaves.some(({ scope }) => isDated(scope.type))
}

/** The first page, as posted. */
export function readRequestForm(request: Request, draft: Draft, form: URLSearchParams): Read {
  const asked = askedFor(request.scopes)
  const questions = questionsIn(request, asked)
  const answers = Object.fromEntries(
    questions.flatMap(({ id }): [string, 'yes' | 'no'][] => {
      const answer = form.get(`answer.${id}`)
      return answer === 'yes' || answer === 'no' ? [[id, answer]] : []
    }),
  )
  const asking = new Set(questions.flatMap(({ texts }) => texts))
  const agreed = questions.filter(({ id }) => answers[id] === 'yes').flatMap(({ texts }) => texts)
  const on = [...draft.on.filter((text) => !asking.has(text)), ...agreed]
  const read = { ...draft, on, answers, ending: readEnding(request, form) }
  const open = questions.findIndex(({ id }) => answers[id] === undefined)
  return {
    draft: read,
    faults: [
      ...(open === -1 ? [] : [{ kind: 'answer', field: `q${open}-yes` } as const]),
      ...faultOfEnding(request, read),
      ...(open === -1 && isNothing(asked, read) ? [{ kind: 'nothing', field: 'choose' } as const] : []),
    ],
  }
}

/** The page of choices, as posted; `all` and `none` tick every row of data or none of them. */
export function readChooseForm(request: Request, draft: Draft, form: URLSearchParams): Read {
  const asked = askedFor(request.scopes)
  const decision = form.get('decision')
  const posted = form.getAll('scope').flatMap((value) => value.split(' '))
  const data = asked.rows.flatMap(({ texts }) => texts)
  const deeds = asked.deeds.flatMap(({ rows }) => rows.flatMap(({ texts }) => texts))
  const kept = posted.filter((text) => deeds.includes(text))
  const on = decision === 'all' ? [...data, ...kept] : decision === 'none' ? kept : posted
  const dates = DATES.find((one) => one === form.get('dates')) ?? draft.dates
  const read = {
    ...draft,
    on,
    dates,
    firstDay: (form.get('first-day') ?? '').slice(0, 20),
    ending: readEnding(request, form),
    isChosen: false,
  }
  const faults: Fault[] = [
    ...(isNothing(asked, read) ? [{ kind: 'nothing', field: 'row-0' } as const] : []),
    ...(lacksFirstDay(read, request) ? [{ kind: 'date', field: 'first-day' } as const] : []),
    ...faultOfEnding(request, read),
  ]
  return { draft: { ...read, isChosen: faults.length === 0 && decision === 'check' }, faults }
}

function readEnding(request: Request, form: URLSearchParams): EndingAnswer | undefined {
  const answer = form.get('until')
  if (answer === 'kept' && keptDay(request) !== undefined) return 'kept'
  return endingsFor(request.scopes).find((ending) => ending === answer)
}

function faultOfEnding({ scopes }: Request, { ending }: Draft): Fault[] {
  const [first] = endingsFor(scopes)
  return first !== undefined && ending === undefined ? [{ kind: 'ending', field: `until-${first}` }] : []
}

/** A request for data of which nothing is on. One for nothing but who the person is has nothing to leave out. */
function isNothing(asked: AskedFor, { on }: Draft): boolean {
  const all = [...asked.rows, ...asked.deeds.flatMap(({ rows }) => rows)]
  return all.length > 0 && chosenTexts({ ...asked, questions: asked.questions }, new Set(on)).size === countAlong(asked)
}

function countAlong(asked: AskedFor): number {
  return chosenTexts(asked, new Set()).size
}

/** Earlier first days are slips of the pen. */
export const EARLIEST_DAY = '1900-01-01'

function isFirstDay(text: string, today: string): boolean {
  return isDay(text) && text >= EARLIEST_DAY && text <= today
}

/** A day was meant, and none was said that access could reach back to. */
export function lacksFirstDay({ dates, firstDay }: Draft, { today }: Pick<Request, 'today'>): boolean {
  return dates === 'from' && !isFirstDay(firstDay, today)
}

/** The first day of what may be seen of dated records; undefined: all dates. */
export function firstDayOf({ dates, firstDay }: Draft, { today, scopes }: Request): string | undefined {
  if (!hasDates(askedFor(scopes))) return undefined
  switch (dates) {
    case 'all':
      return undefined
    case '12-months':
      return monthsFrom(today, -12)
    case '3-years':
      return monthsFrom(today, -36)
    case 'from':
      return firstDay
  }
}

/** What the answers decide. */
export function decidedOf(request: Request, draft: Draft): Decided {
  const { earlier, scopes } = request
  const kept = draft.ending === 'kept'
  return {
    chosen: chosenTexts(askedFor(scopes), new Set(draft.on)),
    from: firstDayOf(draft, request),
    ending: draft.ending === 'kept' ? earlier?.ending : draft.ending,
    lastDay: kept ? earlier?.lastDay : undefined,
  }
}

export function draftTerms(request: Request, draft: Draft): ConsentTerms {
  return termsOf(request.scopes, decidedOf(request, draft), request.today)
}

/** Whether any of a row is in the scopes, whatever their limit in time. */
export function isRowGranted({ leaves }: DataRow, granted: readonly Scope[], from: string | undefined): boolean {
  return leaves.some((leaf) => isLeafGranted(leaf, granted, from))
}

function isLeafGranted(leaf: Leaf, granted: readonly Scope[], from: string | undefined): boolean {
  const undated = granted.map((scope) => ({
    ...scope,
    filter: scope.filter.filter(([, value]) => value !== `ge${from}`),
  }))
  return isLeafCovered(leaf, undated)
}

export function scopesOf(texts: readonly string[]): Scope[] {
  return texts.map(parseScope).flatMap((parsed) => (parsed.ok ? [parsed.scope] : []))
}
