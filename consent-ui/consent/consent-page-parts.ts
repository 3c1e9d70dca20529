// What the pages of a request have in common: what they are told, how a row, a question and an amount read.
import { lastDayOf } from '../../smart/access/consent-terms.ts'
import { scopeContains } from '../../smart/access/scope.ts'
import type { Reader } from '../catalogue.ts'
import { describeScope } from '../describe-scope.ts'
import { isolated, plainText } from '../foreign-text.ts'
import { type Html, html } from '../html.ts'
import { type Lang, localeOf } from '../language.ts'
import type { Frame } from '../layout.ts'
import { readableDate } from '../readable-date.ts'
import { consentWords, type DataUse } from '../words/consent.ts'
import { dataRowWords } from '../words/data-rows.ts'
import { frameWords } from '../words/frame.ts'
import type { Amount, Counted } from './amounts.ts'
import { type AskedFor, type DataRow, isLeafCovered, scopesOf } from './asked-for.ts'
import { type Draft, endingsFor, type Fault, keptDay, type Request } from './draft.ts'
import { countUndated, countUngrouped } from './honest-edges.ts'
import { type GroupId, WHOLE_TYPES } from './row-table.ts'

export type AppOnPage = {
  name: string
  maker?: string | undefined
  purpose?: string | undefined
  /** Where the data goes, as people read it. */
  origin: string
  /** Who at the operator has looked at it. */
  checkedBy?: string | undefined
  /** Its own answers; what is missing was not answered. */
  dataUse?: Partial<Record<DataUse, boolean | undefined>> | undefined
  /** https. */
  policyUri?: string | undefined
  /** Scope texts that it says it needs; and by them what stops working without, in its own words. */
  required: readonly string[]
  without: Readonly<Record<string, string>>
}

export type ConsentPage = {
  frame: Frame
  /** Path of the request's pages: `/choose`, `/check` and `/change` are below it. */
  action: string
  csrf: string
  app: AppOnPage
  /** Name of the person signed in. */
  user: string
  /** Without a name: the one in the EHR's open chart. */
  patient?: { name?: string; birthDate?: string } | undefined
  /** Whose data it is can be changed: a form posts to `${action}/change`. */
  changeable: boolean
  /** Whether the data is the person's own; else the words are chosen for a parent or clinician. */
  own: boolean
  request: Request
  draft: Draft
  /** `waiting`: they take longer than a page may; undefined: not counted here. */
  amounts?: Counted | 'waiting' | undefined
  /** The same under what is asked for, of what choices and a first day leave out. */
  edges?: Counted | 'waiting' | undefined
  faults?: readonly Fault[]
}

export function isNewRow({ leaves }: DataRow, { earlier }: Request): boolean {
  return earlier !== undefined && !leaves.every((leaf) => isLeafCovered(leaf, scopesOf(earlier.asked)))
}

export function readerOf({ frame, own }: ConsentPage): Reader {
  return { lang: frame.lang, own }
}

export function rowLabel(row: DataRow, reader: Reader): string {
  if (row.row === undefined) return describeScope(row.texts[0] ?? '', reader).label
  const { label, others } = dataRowWords(reader.lang).rows[row.row]
  return reader.own ? label : (others?.label ?? label)
}

export function rowHint(row: DataRow, reader: Reader): string | undefined {
  if (row.row === undefined) return describeScope(row.texts[0] ?? '', reader).hint
  const { hint, others } = dataRowWords(reader.lang).rows[row.row]
  return reader.own ? hint : (others?.hint ?? hint)
}

export function groupLabel(group: GroupId, { lang, own }: Reader): string {
  const { label, others } = dataRowWords(lang).groups[group]
  return own ? label : (others ?? label)
}

/** What the app says it needs of a row. */
export function neededOf({ leaves }: DataRow, { required }: AppOnPage): 'all' | 'part' | 'nothing' {
  const needed = scopesOf(required)
  const whole = leaves.filter(
    ({ scope, rest }) => rest === undefined && needed.some((one) => scopeContains(one, scope)),
  )
  if (whole.length > 0 && whole.length === leaves.filter(({ rest }) => rest === undefined).length) return 'all'
  const touched = leaves.some(
    ({ scope, rest }) => rest === undefined && needed.some((one) => scopeContains(scope, one)),
  )
  return whole.length > 0 || touched ? 'part' : 'nothing'
}

/** What the app says stops working without any of a row. */
export function reasonsFor({ leaves }: DataRow, { without }: AppOnPage): string[] {
  const said = Object.entries(without).filter(([text]) => {
    const [needed] = scopesOf([text])
    return (
      needed !== undefined && leaves.some(({ scope }) => scopeContains(needed, scope) || scopeContains(scope, needed))
    )
  })
  return [...new Set(said.map(([, reason]) => reason))]
}

const plurals = new Map<Lang, Intl.PluralRules>()

export function isOne(count: number, lang: Lang): boolean {
  const rules = plurals.get(lang) ?? new Intl.PluralRules(localeOf(lang))
  plurals.set(lang, rules)
  return rules.select(count) === 'one'
}

export function readableCount(count: number, lang: Lang): string {
  return count.toLocaleString(localeOf(lang))
}

/** Years are enough to know what there is. */
export function amountText(amount: Amount | undefined, lang: Lang, today: string): string {
  const words = consentWords(lang)
  if (amount === undefined) return words.unknownAmount
  const { count, first, last } = amount
  if (count === 0) return words.noItems
  const shown = readableCount(count, lang)
  const [from, to, now] = [first?.slice(0, 4), last?.slice(0, 4), today.slice(0, 4)]
  if (from === undefined || to === undefined) return words.items(shown, isOne(count, lang))
  if (from === to) return words.itemsInYear(shown, isOne(count, lang), from)
  return to >= now ? words.itemsFromToday(shown, from) : words.itemsFromTo(shown, from, to)
}

/** What no box but that of all can share; undefined: nothing, or nobody knows. */
export function ungroupedText(
  row: DataRow,
  asked: AskedFor,
  { edges, frame: { lang } }: ConsentPage,
): string | undefined {
  const count = edges === undefined || edges === 'waiting' ? undefined : countUngrouped(row, asked, edges)
  if (count === undefined || count === 0) return undefined
  return consentWords(lang).noGroup(readableCount(count, lang), isOne(count, lang))
}

/** What a first day takes from these rows for want of a date; undefined: nothing, or nobody knows. */
export function undatedText(rows: readonly DataRow[], { edges, frame }: ConsentPage): string | undefined {
  const { lang } = frame
  const count = edges === undefined || edges === 'waiting' ? undefined : countUndated(rows, edges)
  if (count === undefined || count === 0) return undefined
  return consentWords(lang).undated(readableCount(count, lang), isOne(count, lang))
}

/** Every fault, each with a link to where it is put right; first on the page and focused. */
export function faultSummary({ faults = [], frame }: ConsentPage): Html | undefined {
  if (faults.length === 0) return undefined
  const words = consentWords(frame.lang)
  return html`<div class="error-summary" role="alert" tabindex="-1" autofocus aria-labelledby="error-title">
<h2 id="error-title">${frameWords(frame.lang).thereIsAProblem}</h2>
${faults.map(({ kind, field }) => html`<p><a href="#${field}">${words.faults[kind]}</a></p>`)}
</div>`
}

/** The same words again, at the field itself. */
export function faultAt(kind: Fault['kind'], { faults = [], frame }: ConsentPage): Html | undefined {
  if (!faults.some((fault) => fault.kind === kind)) return undefined
  return html`<p class="error" id="error-${kind}">${consentWords(frame.lang).faults[kind]}</p>`
}

export function titleFault({ faults = [], frame }: ConsentPage): string | undefined {
  const [first] = faults
  return first && consentWords(frame.lang).faults[first.kind]
}

/**
 * Enter on a field or a box presses a form's first enabled submit button, seen or not: this one keeps what was answered, and
 * the page comes again. A disabled one is passed over for a box, and the next would be pressed.
 */
export const stayButton = html`<button type="submit" name="decision" value="stay" hidden></button>`

export function tokenField({ csrf }: ConsentPage): Html {
  return html`<input type="hidden" name="csrf" value="${csrf}">`
}

/** One answer of several; none is chosen beforehand but the person's own. */
export function radio(p: { name: string; value: string; id: string; label: string | Html; isChosen: boolean }): Html {
  return html`<div class="radio"><input type="radio" name="${p.name}" id="${p.id}" value="${p.value}"${p.isChosen ? html` checked` : undefined}>
<label for="${p.id}">${p.label}</label></div>`
}

/** "For how long?", or how long where there is nothing to choose. */
export function timeQuestion(p: ConsentPage): Html {
  const { request, draft, frame } = p
  const words = consentWords(frame.lang)
  const endings = endingsFor(request.scopes)
  if (endings.length === 0) {
    return html`<section aria-labelledby="time"><h2 id="time">${words.howLong}</h2>
<p>${words.endsSoon}</p></section>`
  }
  const day = (date: string | undefined) => readableDate(date ?? '', frame.lang)
  const labels = {
    ...words.endings,
    '3-months': words.threeMonths(day(lastDayOf('3-months', request.today))),
    '1-year': words.oneYear(day(lastDayOf('1-year', request.today))),
  }
  const kept = keptDay(request)
  const isFaulty = p.faults?.some(({ kind }) => kind === 'ending')
  return html`<section aria-labelledby="time">
<fieldset${isFaulty ? html` aria-describedby="error-ending"` : undefined}><legend><h2 id="time">${words.howLong}</h2></legend>
${request.scopes.includes('offline_access') ? html`<p class="hint">${words.whileAway}</p>` : undefined}
${faultAt('ending', p)}
${kept === undefined ? undefined : radio({ name: 'until', value: 'kept', id: 'until-kept', label: words.keptEnd(day(kept)), isChosen: draft.ending === 'kept' })}
${endings.map((ending) => radio({ name: 'until', value: ending, id: `until-${ending}`, label: labels[ending], isChosen: draft.ending === ending }))}
</fieldset>
</section>`
}

/** Where counts are late: a link that waits for them. */
export function amountsNote({ amounts, edges, frame }: ConsentPage, path: string): Html | undefined {
  if (amounts !== 'waiting' && edges !== 'waiting') return undefined
  return html`<p><a class="press" href="${path}?amounts">${consentWords(frame.lang).showAmounts}</a></p>`
}

/** Names of rows, one after the other; of a whole type its own. */
export function namesOf(rows: readonly DataRow[], reader: Reader): Html {
  const whole = WHOLE_TYPES.filter((type) => type.rows.every((id) => rows.some(({ row }) => row === id)))
  const nameOf = (row: DataRow): string => {
    const of = whole.find((type) => type.rows.some((id) => id === row.row))
    return rowLabel(of === undefined ? row : { ...row, row: of.name }, reader)
  }
  const names = [...new Set(rows.map(nameOf))]
  return html`${names.map((name, at) => html`${at === 0 ? undefined : html` <span aria-hidden="true">·</span> `}${plainText(name, 200)}`)}`
}

export function appName({ app }: ConsentPage): Html {
  return isolated(app.name, 80)
}
