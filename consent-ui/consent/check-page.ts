// Check what you share (P5): what the answers come to, read from the very scopes that will be granted.
import { plainText } from '../foreign-text.ts'
import { type Html, html } from '../html.ts'
import { layout } from '../layout.ts'
import { readableDate } from '../readable-date.ts'
import { consentWords } from '../words/consent.ts'
import { frameWords } from '../words/frame.ts'
import { amountOfRow, isCountable } from './amounts.ts'
import { type AskedFor, askedFor, type DataRow, scopesOf } from './asked-for.ts'
import {
  amountsNote,
  amountText,
  appName,
  type ConsentPage,
  groupLabel,
  neededOf,
  readerOf,
  rowLabel,
  stayButton,
  tokenField,
  undatedText,
  ungroupedText,
} from './consent-page-parts.ts'
import { draftTerms, firstDayOf, hasDates, isRowDated, isRowGranted } from './decided.ts'
import { GROUP_IDS } from './row-table.ts'

/** Posts `decision` (share, deny). */
export function checkPage(p: ConsentPage): string {
  const { frame, action, request, draft, app, own } = p
  const words = consentWords(frame.lang)
  const asked = askedFor(request.scopes)
  const from = firstDayOf(draft, request)
  const { scopes, until } = draftTerms(request, draft)
  const granted = scopesOf(scopes)
  const isShared = (row: DataRow) => isRowGranted(row, granted, from)
  const shared = sharedRows(p, asked)
  const left = asked.rows.filter((row) => !isShared(row))
  const deeds = asked.deeds.map((deed) => ({ ...deed, rows: deed.rows.filter(isShared) }))
  const notAllowed = asked.deeds.map((deed) => ({ ...deed, rows: deed.rows.filter((row) => !isShared(row)) }))
  const countOf = (id: string) => asked.deeds.find((deed) => deed.id === id)?.rows.length ?? 0
  const isNeededOff = [...left, ...notAllowed.flatMap(({ rows }) => rows)].some(
    (row) => neededOf(row, app) !== 'nothing',
  )
  return layout({
    frame,
    title: words.checkTitle(plainText(app.name, 80)),
    main: html`<h1>${words.checkHeading(appName(p))}</h1>
${isNeededOff ? html`<p class="notice">${words.neededIsOff}</p>` : undefined}
<section aria-labelledby="will">
<h2 id="will">${words.willShare}</h2>
<ul class="lines">${shared.map((row) => line(p, row, from))}</ul>
${asked.along.length > 0 ? html`<p class="quiet">${words.along(own)}</p>` : undefined}
${amountsNote(p, `${action}/check`)}
${deeds.some(({ rows }) => rows.length > 0) ? html`<h3>${words.willAllow}</h3>${deedLists(p, deeds)}` : undefined}
${changeLink(p, words.changeWhat, '')}
</section>
<section aria-labelledby="not">
<h2 id="not">${words.willNotShare}</h2>
${left.length === 0 && notAllowed.every(({ rows }) => rows.length === 0) ? html`<p>${words.nothingLeftOut}</p>` : undefined}
<ul class="lines">${leftOut(p, asked, left)}</ul>
${deedLists(
  p,
  notAllowed.filter(({ id, rows }) => rows.length < countOf(id)),
)}
${notAllowed.filter(({ id, rows }) => rows.length === countOf(id)).map(({ deed, everyone }) => html`<p class="deed">${words.noDeeds[deed]}${everyone ? html` <span class="reach">${words.deedOfEveryone}</span>` : undefined}</p>`)}
${left.length > 0 ? html`<p class="quiet">${words.showsThrough}</p>` : undefined}
${changeLink(p, words.changeWhat, '')}
</section>
${
  hasDates(asked)
    ? html`<section aria-labelledby="dates">
<h2 id="dates">${words.dates}</h2>
<p>${from === undefined ? words.datesAll : words.datesFrom(readableDate(from, frame.lang))}${from === undefined ? undefined : html` ${undatedText(shared, p)}`}</p>
${changeLink(p, words.changeDates, '#dates')}
</section>`
    : undefined
}
<section aria-labelledby="until">
<h2 id="until">${words.until}</h2>
<p>${untilText(p, scopes, until)}</p>
${changeLink(p, words.changeUntil, '#time')}
</section>
<form method="post" action="${action}/check">
${stayButton}
${tokenField(p)}
<div class="buttons decision">
<button type="submit" name="decision" value="share">${words.share}</button>
<button type="submit" name="decision" value="deny">${words.dontShare}</button>
</div>
</form>
<p class="quiet">${words.stopAnyTime(html`<a class="press" href="/apps">${words.myApps}</a>`)}</p>`,
  })
}

/** The rows of data of which anything will be shared. */
export function sharedRows({ request, draft }: Pick<ConsentPage, 'request' | 'draft'>, { rows }: AskedFor): DataRow[] {
  const from = firstDayOf(draft, request)
  const granted = scopesOf(draftTerms(request, draft).scopes)
  return rows.filter((row) => isRowGranted(row, granted, from))
}

/** What is the last day of access, or what ends it. */
export function untilText({ frame }: ConsentPage, scopes: readonly string[], until: string | undefined): string {
  const words = consentWords(frame.lang)
  if (until !== undefined) {
    const lastDay = new Date(Date.parse(until) - 1).toISOString().slice(0, 10)
    return words.untilDay(readableDate(lastDay, frame.lang))
  }
  if (scopes.includes('offline_access')) return words.untilStopped
  return scopes.includes('online_access') ? words.untilSignOut : words.endsSoon
}

function name(p: ConsentPage, row: DataRow): Html {
  const everyone = row.everyone ? html` <span class="reach">${frameWords(p.frame.lang).forEveryone}</span>` : undefined
  return html`<span class="name">${plainText(rowLabel(row, readerOf(p)), 200)}</span>${everyone}`
}

function line(p: ConsentPage, row: DataRow, from: string | undefined): Html {
  const { amounts, frame, request } = p
  const words = consentWords(frame.lang)
  const isCounted = amounts !== undefined && amounts !== 'waiting' && isCountable(row)
  const hasAmount = isCounted && row.leaves.every(({ rest }) => rest === undefined)
  return html`<li>${name(p, row)}
${from === undefined ? undefined : html`<span class="when">${isRowDated(row) ? words.fromDay(readableDate(from, frame.lang)) : words.anyDate}</span>`}
${hasAmount ? html`<span class="amount">${amountText(amountOfRow(row, amounts), frame.lang, request.today)}</span>` : undefined}</li>`
}

/** A group of which nothing is shared is one line. */
function leftOut(p: ConsentPage, asked: AskedFor, left: readonly DataRow[]): Html[] {
  const reader = readerOf(p)
  const edge = (row: DataRow): Html | undefined => {
    const text = ungroupedText(row, asked, p)
    return text === undefined ? undefined : html` <span class="amount">${text}</span>`
  }
  return [false, true].flatMap((everyone) =>
    GROUP_IDS.flatMap((group) => {
      const isOfGroup = (row: DataRow) => row.group === group && row.everyone === everyone
      const rows = left.filter(isOfGroup)
      if (rows.length < 2 || rows.length < asked.rows.filter(isOfGroup).length)
        return rows.map((row) => html`<li>${name(p, row)}${edge(row)}</li>`)
      const reach = everyone ? html` <span class="reach">${frameWords(reader.lang).forEveryone}</span>` : undefined
      return [
        html`<li><span class="group">${groupLabel(group, reader)}</span>${reach}
<ul class="inner">${rows.map((row) => html`<li><span class="name">${plainText(rowLabel(row, reader), 200)}</span></li>`)}</ul></li>`,
      ]
    }),
  )
}

function deedLists(p: ConsentPage, deeds: readonly { deed: 'c' | 'u' | 'd'; rows: readonly DataRow[] }[]): Html[] {
  const words = consentWords(p.frame.lang)
  return deeds
    .filter(({ rows }) => rows.length > 0)
    .map(
      ({ deed, rows }) => html`<p class="deed">${words.deedsOf[deed]}</p>
<ul class="lines">${rows.map((row) => html`<li>${name(p, row)}</li>`)}</ul>`,
    )
}

function changeLink({ action }: ConsentPage, text: string, place: string): Html {
  return html`<p><a class="press" href="${action}/choose${place}">${text}</a></p>`
}
