// What of the access log was asked for, as in the address: whose, which app, which kind of data, which days.
import { daysLater, isGroup, isOfGroup, type LogChoice, startOfDay } from '../../consent-ui/index.ts'
import type { AccessLine } from './access-lines.ts'
import type { LogQuery } from './person-logs.ts'

const DAY = /^\d{4}-\d{2}-\d{2}$/
const isDay = (text: string): boolean =>
  DAY.test(text) && !Number.isNaN(Date.parse(text)) && daysLater(text, 0) === text

/** What is not understood is left out; `hasFault` when it was a day, or days the wrong way round. */
export function logChoice(query: URLSearchParams): { choice: LogChoice; hasFault: boolean } {
  const said = (name: string) => query.get(name) || undefined
  const [client, group, from, to] = [said('client'), said('group'), said('from'), said('to')]
  const days = [from, to].filter((day) => day !== undefined)
  const isInOrder = from === undefined || to === undefined || from <= to
  const hasFault = !days.every(isDay) || !isInOrder
  const choice: LogChoice = {
    ...(client === undefined ? {} : { client }),
    ...(group !== undefined && isGroup(group) ? { group } : {}),
    ...(hasFault || from === undefined ? {} : { from }),
    ...(hasFault || to === undefined ? {} : { to }),
  }
  return { choice, hasFault }
}

export function logQuery({ client, from, to }: LogChoice, timeZone: string): LogQuery {
  return {
    ...(client === undefined ? {} : { clientId: client }),
    ...(from === undefined ? {} : { from: startOfDay(from, timeZone) }),
    ...(to === undefined ? {} : { until: startOfDay(daysLater(to, 1), timeZone) }),
  }
}

/** A line as far as it is of the kind that was chosen; undefined: not at all. */
export function lineOfKind(line: AccessLine, group: string | undefined): AccessLine | undefined {
  if (group === undefined) return line
  const types = line.types.filter(({ type }) => isOfGroup(type, group))
  return types.length === 0 ? undefined : { ...line, types }
}
