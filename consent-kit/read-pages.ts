// What the pages of a request say, read back from their English text: kinds of data, deeds, dates and an end.
import { GROUP_IDS, type GroupId, ROWS, type RowId, WHOLE_TYPES } from '../consent-ui/consent/row-table.ts'
import { consentWords } from '../consent-ui/words/consent.ts'
import { dataRowWords } from '../consent-ui/words/data-rows.ts'
import { all, type Element, hasClass, textOf } from './html-tree.ts'

export type Context = 'patient' | 'user'
export type Deed = 'c' | 'u' | 'd'

/** A row that the page names; `from`: the day that it says for it, none for all dates. */
export type SaidRow = { context: Context; row: RowId; from?: string | undefined }

export type Said = {
  shared: SaidRow[]
  notShared: SaidRow[]
  /** Rows of each deed that is allowed; `all`: of whatever was asked for. */
  allowed: { context: Context; deed: Deed; rows: readonly RowId[] | 'all' }[]
  /** Last day, or what ends it. */
  until: { day: string } | 'stopped' | 'signed-out' | 'soon'
}

const words = consentWords('en')
const names = dataRowWords('en')

const ROW_BY_NAME: ReadonlyMap<string, readonly RowId[]> = new Map([
  ...(Object.entries(names.rows) as [RowId, { label: string }][]).map(
    ([row, { label }]): [string, readonly RowId[]] => [
      label,
      WHOLE_TYPES.find(({ name }) => name === row)?.rows ?? [row],
    ],
  ),
  ...GROUP_IDS.map((group): [string, readonly RowId[]] => [names.groups[group].label, rowsIn(group)]),
])

function rowsIn(group: GroupId): RowId[] {
  return ROWS.filter((row) => row.group === group).map(({ id }) => id)
}

/** @throws Error for a name that is in no catalogue: a page that says something else cannot be held to it */
function rowsNamed(text: string): readonly RowId[] {
  const found = ROW_BY_NAME.get(text.trim())
  if (found === undefined) throw new Error(`nothing is called “${text}”`)
  return found
}

/** Deeds are asked about whole types, whose name is theirs alone. */
function deedRow(text: string): RowId {
  const found = (Object.entries(names.rows) as [RowId, { label: string }][]).find(([, { label }]) => label === text)
  if (found === undefined) throw new Error(`nothing is called “${text}”`)
  return found[0]
}

/** The page on which a person checks (P5). */
export function readCheckPage(page: Element): Said {
  const [will, not, dates, until] = ['will', 'not', 'dates', 'until'].map((id) => section(page, id))
  if (will === undefined || not === undefined || until === undefined) throw new Error('the page lacks a part')
  const limit = dates && /from (.+) on\./.exec(textOf(dates))?.[1]
  const lists = will.children.filter((one): one is Element => typeof one !== 'string')
  const [kinds, ...rest] = lists.filter(({ tag }) => tag === 'ul')
  return {
    shared: kinds === undefined ? [] : itemsOf(kinds).flatMap((item) => saidIn(item, limit)),
    notShared: directLists(not)
      .filter(({ deed }) => deed === undefined)
      .flatMap(({ list }) => itemsOf(list).flatMap((item) => saidIn(item, undefined))),
    allowed: directLists(will)
      .filter(({ list }) => rest.includes(list))
      .flatMap(({ deed, list }) =>
        deed === undefined
          ? []
          : itemsOf(list).map((item) => ({ context: contextOf(item), deed, rows: [deedRow(nameOf(item))] })),
      ),
    until: readUntil(textOf(until)),
  }
}

function section(page: Element, id: string): Element | undefined {
  return all(page, ({ tag, attributes }) => tag === 'section' && attributes.get('aria-labelledby') === id)[0]
}

/** Lists of a part, each with the deed that stands before it. */
function directLists(part: Element): { deed: Deed | undefined; list: Element }[] {
  let deed: Deed | undefined
  return part.children.flatMap((child) => {
    if (typeof child === 'string') return []
    if (hasClass('deed')(child)) deed = (['c', 'u', 'd'] as const).find((one) => words.deedsOf[one] === textOf(child))
    return child.tag === 'ul' ? [{ deed, list: child }] : []
  })
}

function itemsOf(list: Element): Element[] {
  return list.children.filter((one): one is Element => typeof one !== 'string' && one.tag === 'li')
}

function contextOf(item: Element): Context {
  return all(item, hasClass('reach')).length > 0 ? 'user' : 'patient'
}

function nameOf(item: Element): string {
  return all(item, hasClass('name')).map(textOf)[0] ?? ''
}

/** A group that is left out as a whole names its rows below. */
function saidIn(item: Element, limit: string | undefined): SaidRow[] {
  const [when] = all(item, hasClass('when')).map(textOf)
  if (limit !== undefined && when !== words.anyDate && when !== words.fromDay(limit))
    throw new Error(`of which dates is “${textOf(item)}”?`)
  const from = limit !== undefined && when !== words.anyDate ? isoDay(limit) : undefined
  return all(item, hasClass('name')).flatMap((name) =>
    rowsNamed(textOf(name)).map((row) => ({ context: contextOf(item), row, from })),
  )
}

function isoDay(text: string): string {
  const time = Date.parse(`${text} UTC`)
  if (Number.isNaN(time)) throw new Error(`no date: ${text}`)
  return new Date(time).toISOString().slice(0, 10)
}

function readUntil(text: string): Said['until'] {
  const day = /can see this until (\d.+?\d{4})\./.exec(text)?.[1]
  if (day !== undefined) return { day: isoDay(day) }
  if (text.includes(words.untilStopped)) return 'stopped'
  if (text.includes(words.untilSignOut)) return 'signed-out'
  if (text.includes(words.endsSoon)) return 'soon'
  throw new Error(`until when? ${text}`)
}

/** The request (P3), with the answers that were given to it. */
export function readRequestPage(page: Element, answers: URLSearchParams): Said {
  const lists = (['patient', 'user'] as const).map((context) => ({
    context,
    part: section(page, context === 'patient' ? 'see' : 'see-all'),
  }))
  const limit = /only from (.+?)\./.exec(textOf(page))?.[1]
  const from = limit === undefined ? undefined : isoDay(limit)
  const listed = lists.flatMap(({ context, part }) =>
    (part === undefined ? [] : all(part, hasClass('name'))).flatMap((name) =>
      textOf(name)
        .split('\n')
        .flatMap((one) => rowsNamed(one).map((row): SaidRow => ({ context, row, from }))),
    ),
  )
  const whole = lists.flatMap(({ context, part }): SaidRow[] =>
    part !== undefined && all(part, hasClass('whole')).length > 0 ? [{ context, row: 'newKinds' }] : [],
  )
  const asked = all(page, hasClass('answers')).map((answer) => all(answer, ({ tag }) => tag === 'input')[0])
  const questions = all(
    page,
    ({ tag, children }) =>
      tag === 'fieldset' && children.some((one) => typeof one !== 'string' && hasClass('answers')(one)),
  )
  const said = questions.map((question, at) => {
    const legend = textOf(all(question, ({ tag }) => tag === 'legend')[0] ?? question).replace(/ New$/, '')
    const isYes = answers.get(asked[at]?.attributes.get('name') ?? '') === 'yes'
    const context: Context = textOf(question).includes(words.deedOfEveryone) ? 'user' : 'patient'
    const deed = (['c', 'u', 'd'] as const).find((one) => words.deeds[one] === legend)
    return { legend, isYes, context, deed }
  })
  const seen = said
    .filter(({ deed }) => deed === undefined)
    .map(({ legend, isYes, context }) => ({
      isYes,
      rows: rowsNamed(/“(.+)”/.exec(legend)?.[1] ?? '').map((row): SaidRow => ({ context, row, from })),
    }))
  return {
    shared: [...listed, ...whole, ...seen.filter(({ isYes }) => isYes).flatMap(({ rows }) => rows)],
    notShared: seen.filter(({ isYes }) => !isYes).flatMap(({ rows }) => rows),
    allowed: said.flatMap(({ deed, isYes, context }) =>
      deed !== undefined && isYes ? [{ context, deed, rows: 'all' as const }] : [],
    ),
    until: readAnswer(page, answers.get('until')),
  }
}

function readAnswer(page: Element, answer: string | null): Said['until'] {
  if (answer === null) return 'soon'
  const label = all(page, ({ tag, attributes }) => tag === 'label' && attributes.get('for') === `until-${answer}`)[0]
  const text = label === undefined ? '' : textOf(label)
  const day = /until (\d.+?\d{4})/i.exec(text)?.[1]
  if (day !== undefined) return { day: isoDay(day) }
  if (text === words.endings.stop) return 'stopped'
  if (text === words.endings.session) return 'signed-out'
  if (text === words.endings.now) return 'soon'
  throw new Error(`until when? ${text}`)
}
