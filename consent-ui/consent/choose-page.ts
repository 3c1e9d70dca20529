// Choose what to share (P4): a box a row, in groups, then what the app may change, which dates, and for how long.
import { monthsFrom } from '../../smart/access/consent-terms.ts'
import { isolated, plainText } from '../foreign-text.ts'
import { type Html, html } from '../html.ts'
import { layout } from '../layout.ts'
import { readableDate } from '../readable-date.ts'
import { consentWords } from '../words/consent.ts'
import { frameWords } from '../words/frame.ts'
import { amountOfRow, isCountable } from './amounts.ts'
import { type AskedFor, askedFor, type DataRow } from './asked-for.ts'
import {
  amountsNote,
  amountText,
  appName,
  type ConsentPage,
  faultAt,
  faultSummary,
  groupLabel,
  isNewRow,
  neededOf,
  radio,
  readerOf,
  reasonsFor,
  rowHint,
  rowLabel,
  stayButton,
  timeQuestion,
  titleFault,
  tokenField,
  undatedText,
  ungroupedText,
} from './consent-page-parts.ts'
import { hasDates } from './decided.ts'
import { DATES, type Dates } from './draft.ts'
import { GROUP_IDS } from './row-table.ts'

/** Posts `decision` (check, deny, all, none), `scope` for each row that is on, `dates`, `first-day` and `until`. */
export function choosePage(p: ConsentPage): string {
  const { frame, action, request } = p
  const words = consentWords(frame.lang)
  const asked = askedFor(request.scopes)
  const [own, all] = [asked.rows.filter(({ everyone }) => !everyone), asked.rows.filter(({ everyone }) => everyone)]
  const index = new Map(asked.rows.map((row, at) => [row, at]))
  return layout({
    frame,
    title: words.chooseTitle(plainText(p.app.name, 80)),
    error: titleFault(p),
    main: html`${faultSummary(p)}
<h1>${words.chooseHeading(appName(p))}</h1>
<form method="post" action="${action}/choose">
${stayButton}
${tokenField(p)}
<p>${request.start === 'off' ? words.tick : words.untick}</p>
${faultAt('nothing', p)}
<div class="buttons"><button type="submit" class="plain" name="decision" value="all">${words.selectAll}</button>
<button type="submit" class="plain" name="decision" value="none">${words.clearAll}</button></div>
${amountsNote(p, `${action}/choose`)}
${groupsOf(p, asked, own, index)}
${all.length === 0 ? undefined : html`<h2>${words.wantsToSeeOfAll}</h2>${groupsOf(p, asked, all, index)}`}
<p class="quiet">${words.twoGroups} ${words.showsThrough}</p>
${deedBoxes(p, asked)}
${hasDates(asked) ? dateQuestion(p, asked) : undefined}
${timeQuestion(p)}
<div class="buttons decision">
<button type="submit" name="decision" value="check">${words.next}</button>
<button type="submit" name="decision" value="deny">${words.dontShare}</button>
</div>
</form>`,
  })
}

function groupsOf(
  p: ConsentPage,
  asked: AskedFor,
  rows: readonly DataRow[],
  index: ReadonlyMap<DataRow, number>,
): Html[] {
  return GROUP_IDS.flatMap((group) => {
    const ofGroup = rows.filter((row) => row.group === group)
    if (ofGroup.length === 0) return []
    const boxes = ofGroup.map((row) => box(p, row, `row-${index.get(row)}`, asked))
    return [
      html`<section><fieldset><legend><h2>${groupLabel(group, readerOf(p))}</h2></legend>
${boxes}
</fieldset></section>`,
    ]
  })
}

/** The same texts are read, posted and granted. */
function box(p: ConsentPage, row: DataRow, id: string, asked?: AskedFor): Html {
  const { draft, frame, app } = p
  const words = consentWords(frame.lang)
  const reader = readerOf(p)
  const hint = rowHint(row, reader)
  const needed = neededOf(row, app)
  const reasons = needed === 'nothing' ? [] : reasonsFor(row, app)
  const amount = asked === undefined ? undefined : amountOf(p, row, asked)
  const about: (Html | string)[] = [
    ...(hint === undefined ? [] : [plainText(hint, 300)]),
    ...reasons.map((reason) => words.withoutIt(appName(p), isolated(reason, 200))),
    ...(needed !== 'nothing' && reasons.length === 0 ? [words.withoutUnknown] : []),
  ]
  const isOn = row.texts.every((text) => draft.on.includes(text))
  return html`<div class="tick"><input type="checkbox" name="scope" id="${id}" value="${row.texts.join(' ')}"${isOn ? html` checked` : undefined}${
    about.length > 0 ? html` aria-describedby="${id}-hint"` : undefined
  }>
<label for="${id}"><span class="name">${plainText(rowLabel(row, reader), 200)}</span>${isNewRow(row, p.request) ? html` <span class="mark">${words.isNew}</span>` : undefined}${
    needed === 'nothing'
      ? undefined
      : html` <span class="mark">${needed === 'all' ? words.needed : words.neededPart}</span>`
  }${amount === undefined ? undefined : html` <span class="amount">${amount}</span>`}</label>
${about.length > 0 ? html`<p class="hint" id="${id}-hint">${about.map((part) => html`<span>${part}</span> `)}</p>` : undefined}</div>`
}

function amountOf(p: ConsentPage, row: DataRow, asked: AskedFor): string | undefined {
  const { amounts, frame, request } = p
  if (row.leaves.some(({ rest }) => rest !== undefined)) return ungroupedText(row, asked, p)
  if (amounts === undefined || amounts === 'waiting') return undefined
  return isCountable(row) ? amountText(amountOfRow(row, amounts), frame.lang, request.today) : undefined
}

function deedBoxes(p: ConsentPage, { deeds }: AskedFor): Html | undefined {
  if (deeds.length === 0) return undefined
  const words = consentWords(p.frame.lang)
  return html`<section class="warning" aria-labelledby="also">
<h2 id="also">${words.alsoAsksTo}</h2>
<p>${words.goesIntoRecord(p.own)} ${words.tickOnlyWhatYouWant}</p>
${deeds.map(
  ({
    id,
    deed,
    everyone,
    rows,
  }) => html`<fieldset${deed === 'd' ? html` aria-describedby="${id}-note"` : undefined}><legend>${words.deedsOf[deed]}${everyone ? html` <span class="reach">${frameWords(p.frame.lang).forEveryone}</span>` : undefined}</legend>
${deed === 'd' ? html`<p class="hint" id="${id}-note">${words.mayNotComeBack}</p>` : undefined}
${rows.map((row, at) => box(p, row, `${id}-${at}`))}
</fieldset>`,
)}
</section>`
}

function dateQuestion(p: ConsentPage, asked: AskedFor): Html {
  const { draft, request, frame } = p
  const words = consentWords(frame.lang)
  const from = (months: number) => readableDate(monthsFrom(request.today, -months), frame.lang)
  const labels: Record<Dates, string> = {
    all: words.allDates,
    '12-months': words.lastTwelveMonths(from(12)),
    '3-years': words.lastThreeYears(from(36)),
    from: words.fromADate,
  }
  const isFaulty = p.faults?.some(({ kind }) => kind === 'date')
  return html`<section aria-labelledby="dates">
<fieldset aria-describedby="dates-note"><legend><h2 id="dates">${words.dates}</h2></legend>
<p class="hint" id="dates-note">${words.whatHasDates} ${undatedText(asked.rows, p) ?? words.withoutDate}</p>
${DATES.map((dates) => radio({ name: 'dates', value: dates, id: `dates-${dates}`, label: labels[dates], isChosen: draft.dates === dates }))}
${faultAt('date', p)}
<div class="date"><label for="first-day">${words.firstDay}</label>
<input type="date" name="first-day" id="first-day" min="1900-01-01" max="${request.today}" value="${plainText(draft.firstDay, 20)}"${isFaulty ? html` aria-describedby="error-date" aria-invalid="true"` : undefined}></div>
</fieldset>
</section>`
}
