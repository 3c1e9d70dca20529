// The pages of a request, as posted: what was answered, and what stands in the way.
import { isDay } from '../../smart/access/consent-terms.ts'
import { type AskedFor, askedFor, chosenTexts } from './asked-for.ts'
import {
  DATES,
  type Draft,
  type EndingAnswer,
  endingsFor,
  type Fault,
  keptDay,
  questionsIn,
  type Read,
  type Request,
} from './draft.ts'

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
