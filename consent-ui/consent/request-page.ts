// The request (P3), the only page most people see: who asks, for whose data, why, what, for how long.
import { isTechnical } from '../../smart/access/granting.ts'
import { isTime } from '../../smart/access/narrowing.ts'
import type { Reader } from '../catalogue.ts'
import { plainText } from '../foreign-text.ts'
import { type Html, html } from '../html.ts'
import { layout } from '../layout.ts'
import { readableDate } from '../readable-date.ts'
import { consentWords } from '../words/consent.ts'
import { amountOfLine, isCountable } from './amounts.ts'
import { type AskedFor, askedFor, type DataRow, scopesOf } from './asked-for.ts'
import {
  amountsNote,
  amountText,
  appName,
  type ConsentPage,
  faultAt,
  faultSummary,
  groupLabel,
  isNewRow,
  namesOf,
  readerOf,
  rowHint,
  stayButton,
  timeQuestion,
  titleFault,
  tokenField,
} from './consent-page-parts.ts'
import { draftTerms, firstDayOf, isRowGranted } from './decided.ts'
import { isSensitive } from './draft.ts'
import { questions } from './request-questions.ts'
import { GROUP_IDS, type GroupId, ROWS, type RowId } from './row-table.ts'
import { dataUse, whoAsks, whoseData } from './who-asks.ts'

/** What is in these may surprise: said where the row itself is not named. */
const SURPRISING: ReadonlySet<RowId | undefined> = new Set([
  'patient',
  'social',
  'medicines',
  'notes',
  'bills',
] as const)

/** More are not read. */
const MAX_LINES = 8

/** Posts `decision` (share, deny, choose), `answer.{question}` and `until`. */
export function requestPage(p: ConsentPage): string {
  const { frame, request, own } = p
  const words = consentWords(frame.lang)
  const asked = askedFor(request.scopes)
  const app = appName(p)
  const hasRows = asked.rows.length + asked.deeds.length > 0
  const from = firstDayOf(p.draft, request)
  return layout({
    frame,
    title: words.title(plainText(p.app.name, 80)),
    error: titleFault(p),
    main: html`${faultSummary(p)}
<h1>${own ? words.shareWith(app) : words.shareOtherWith(app)}</h1>
${whoAsks(p)}
${whoseData(p)}
<form method="post" action="${p.action}">
${stayButton}
${tokenField(p)}
${request.earlier === undefined ? undefined : html`<p>${words.asLastTime}${from === undefined ? undefined : html` ${words.onlyFrom(readableDate(from, frame.lang))}`}</p>`}
${seen(p, asked)}
${questions(p, asked)}
${timeQuestion(p)}
${dataUse(p)}
${expertPart(p)}
${faultAt('nothing', p)}
${buttons(p, hasRows)}
<p class="quiet">${words.stopAnyTime(html`<a class="press" href="/apps">${words.myApps}</a>`)}</p>
</form>`,
  })
}

function buttons({ frame, request }: ConsentPage, hasRows: boolean): Html {
  const words = consentWords(frame.lang)
  const mustChoose = request.start === 'off' && hasRows
  const choose = (style: Html | undefined) =>
    html`<button type="submit"${style} id="choose" name="decision" value="choose">${words.choose}</button>`
  return html`${hasRows && !mustChoose ? html`<div class="buttons">${choose(html` class="plain"`)}</div>` : undefined}
<div class="buttons decision">
${mustChoose ? choose(undefined) : html`<button type="submit" name="decision" value="share">${words.share}</button>`}
<button type="submit" name="decision" value="deny">${words.dontShare}</button>
</div>`
}

function seen(p: ConsentPage, asked: AskedFor): Html[] {
  const { request, frame } = p
  const words = consentWords(frame.lang)
  const rows = asked.rows.filter((row) => !isSensitive(row, request))
  return [
    ...seenOf(
      p,
      asked,
      rows.filter(({ everyone }) => !everyone),
      'see',
      words.wantsToSee,
    ),
    ...seenOf(
      p,
      asked,
      rows.filter(({ everyone }) => everyone),
      'see-all',
      words.wantsToSeeOfAll,
    ),
  ]
}

function seenOf(p: ConsentPage, asked: AskedFor, rows: readonly DataRow[], id: string, heading: string): Html[] {
  if (rows.length === 0) return []
  const { request, draft, frame, own } = p
  const words = consentWords(frame.lang)
  const on = new Set(draft.on)
  const from = firstDayOf(draft, request)
  const granted = scopesOf(draftTerms(request, draft).scopes)
  const isShared = (row: DataRow) => row.texts.every((text) => on.has(text)) && isRowGranted(row, granted, from)
  const shared = request.start === 'off' && request.earlier === undefined ? rows : rows.filter(isShared)
  const left = request.earlier === undefined ? [] : rows.filter((row) => !shared.includes(row))
  const isWhole = from === undefined && shared.some(({ row }) => row === 'newKinds')
  return [
    html`<section aria-labelledby="${id}">
<h2 id="${id}">${heading}</h2>
${isWhole ? html`<p class="whole">${words.wholeRecord(own)}</p>` : undefined}
<ul class="lines">${linesOf(shared).map((line) => lineOf(p, asked, line))}</ul>
${left.length === 0 ? undefined : html`<p>${words.leftOut} ${namesOf(left, readerOf(p))}</p>`}
${p.amounts === 'waiting' ? amountsNote(p, p.action) : undefined}
<p class="quiet">${asked.along.length > 0 ? html`${words.along(own)} ` : undefined}${words.heldBack(own)}</p>
</section>`,
  ]
}

type Line = readonly (readonly [GroupId, readonly DataRow[]])[]

/** Group by group; those beyond the last line share it. */
function linesOf(rows: readonly DataRow[]): Line[] {
  const groups = GROUP_IDS.filter((group) => group !== 'everything')
    .map((group) => [group, rows.filter((row) => row.group === group)] as const)
    .filter(([, ofGroup]) => ofGroup.length > 0)
  if (groups.length <= MAX_LINES) return groups.map((group) => [group])
  return [...groups.slice(0, MAX_LINES - 1).map((group): Line => [group]), groups.slice(MAX_LINES - 1)]
}

function lineOf(p: ConsentPage, asked: AskedFor, line: Line): Html {
  const reader = readerOf(p)
  const words = consentWords(reader.lang)
  const rows = line.flatMap(([, ofGroup]) => ofGroup)
  const hints = rows
    .filter(({ row }) => rows.length === 1 || SURPRISING.has(row))
    .flatMap((row) => rowHint(row, reader) ?? [])
  const isNew = rows.some((row) => isNewRow(row, p.request))
  const isCounted = p.amounts !== undefined && p.amounts !== 'waiting' && rows.some(isCountable)
  return html`<li><span class="name">${line.map(([group, ofGroup], at) => html`${at === 0 ? undefined : html` <span aria-hidden="true">·</span> `}${nameOfGroup(group, ofGroup, asked.rows, reader)}`)}</span>
${isNew ? html`<span class="mark">${words.isNew}</span>` : undefined}
${isCounted ? html`<span class="amount">${amountOf(line, p, asked)}</span>` : undefined}
${hints.length === 0 ? undefined : html`<span class="hint">${hints.map((hint) => html`<span>${plainText(hint, 300)}</span> `)}</span>`}</li>`
}

/** A line of which something is left out has another amount than its group. */
function amountOf(line: Line, p: ConsentPage, asked: AskedFor): string | undefined {
  const { amounts, request, frame } = p
  if (amounts === undefined || amounts === 'waiting') return undefined
  const isWhole = line.every(
    ([group, rows]) => rows.length === asked.rows.filter((row) => row.group === group && !row.everyone).length,
  )
  if (!isWhole) return undefined
  const parts = line.map(([group]) => amountOfLine(group, asked, amounts))
  const [only] = parts
  const isKnown = parts.every((part) => part !== undefined)
  const total =
    parts.length === 1
      ? only
      : isKnown
        ? { count: parts.reduce((sum, part) => sum + (part?.count ?? 0), 0) }
        : undefined
  return amountText(total, frame.lang, request.today)
}

/** Its own name only where all of it is shared: else what is. */
function nameOfGroup(group: GroupId, rows: readonly DataRow[], all: readonly DataRow[], reader: Reader): Html {
  const whole = ROWS.filter((row) => row.group === group && row.members.some((member) => !member.endsWith(':')))
  const isWhole =
    whole.length > 1 &&
    all.some((row) => row.row === 'newKinds' && row.everyone === rows[0]?.everyone) &&
    all.filter((row) => row.group === group && row.everyone === rows[0]?.everyone).length === rows.length
  return isWhole ? html`${groupLabel(group, reader)}` : namesOf(rows, reader)
}

function expertPart({ request, frame }: ConsentPage): Html {
  const words = consentWords(frame.lang)
  const asked = [...new Set(request.scopes)]
  const technical = asked.filter((text) => isTechnical(text) && !isTime(text))
  const told = new Set(
    technical.map((text) => (text.startsWith('launch') ? words.technical.whose : words.technical.who)),
  )
  return html`<details><summary>${words.details}</summary>
${told.size > 0 ? html`<p>${words.alsoLearns}</p><ul>${[...told].map((label) => html`<li>${label}</li>`)}</ul>` : undefined}
<p>${words.askedFor}</p>
<ul class="codes">${asked.map((text) => html`<li><code dir="ltr">${plainText(text, 300)}</code></li>`)}</ul>
</details>`
}
