// Lines of an access log as a page shows them: by day, by who it was, by the minute. Pure but for the names.
import {
  type Actor,
  type CountedType,
  dayOf,
  type LogDay,
  type LogGroup,
  type LogLine,
} from '../../consent-ui/index.ts'
import { parseScope } from '../../smart/access/scope.ts'
import { ACCESS_TOKEN_SECONDS } from '../../smart/revocation.ts'
import type { GrantRecord } from '../grants/grants.ts'
import type { AccessLine } from './access-lines.ts'
import { isOf } from './last-reads.ts'

export type Told = AccessLine & { day: string; isWithoutSignIn: boolean }

/** @param lines newest first */
export async function logDays(
  lines: readonly Told[],
  actorOf: (line: AccessLine) => Promise<Actor>,
): Promise<LogDay[]> {
  const days = [...groupBy(lines, ({ day }) => day)]
  return Promise.all(
    days.map(async ([day, ofDay]) => {
      const groups = [...groupBy(ofDay, ({ clientId, person }) => JSON.stringify([clientId, person])).values()]
      return { day, groups: await Promise.all(groups.map((group) => groupOf(group, actorOf))) }
    }),
  )
}

async function groupOf(lines: readonly Told[], actorOf: (line: AccessLine) => Promise<Actor>): Promise<LogGroup> {
  const [newest] = lines
  if (newest === undefined) throw new Error('a group has a line')
  const byMinute = groupBy(lines, ({ at, deed, isWithoutSignIn }) =>
    JSON.stringify([at.slice(0, 16), deed, isWithoutSignIn]),
  )
  return {
    actor: await actorOf(newest),
    lines: [...byMinute.values()].map(together),
    requests: lines.flatMap(({ request }) => request ?? []),
    event: { id: newest.id, at: newest.at },
  }
}

/** What was done within a minute, as one line: numbers of the same type are added up. */
function together(lines: readonly Told[]): LogLine {
  const counted = new Map<string, CountedType>()
  for (const one of lines.flatMap(({ types }) => types)) {
    const known = counted.get(one.type)?.count
    counted.set(one.type, { ...one, count: known === undefined ? one.count : known + (one.count ?? 0) })
  }
  const { at = '', deed = 'saw', isWithoutSignIn = false } = lines[0] ?? {}
  return { at, deed, isWithoutSignIn, types: [...counted.values()] }
}

function groupBy<Item>(items: readonly Item[], keyOf: (item: Item) => string): Map<string, Item[]> {
  return Map.groupBy(items, keyOf)
}

/** What the reader's own grant says of a line. @param grants of the reader of the log, those that are over too */
export function told(line: AccessLine, grants: readonly GrantRecord[], timeZone: string): Told {
  const given = grants
    .filter((grant) => grant.clientId === line.clientId && isOf(grant, line) && grant.since <= line.at)
    .sort((one, other) => other.since.localeCompare(one.since))[0]
  const types =
    given === undefined ? line.types : line.types.map((one) => ({ ...one, ...categoryOf(one.type, given, line) }))
  return { ...line, types, day: dayOf(line.at, timeZone), isWithoutSignIn: cameBack(line, given) }
}

/** For longer than one access token lives nobody had signed in for the app: it came back by itself. */
function cameBack({ at }: AccessLine, given: GrantRecord | undefined): boolean {
  if (given === undefined || !given.scopes.includes('offline_access')) return false
  return Date.parse(at) - Date.parse(given.since) > ACCESS_TOKEN_SECONDS * 1000
}

/** Records say no category, and an app that may see one alone has seen no other. What it was granted before is not known. */
function categoryOf(
  type: string,
  { scopes, narrowedAt }: GrantRecord,
  { at, deed }: AccessLine,
): { category?: string } {
  if (deed === 'tried' || (narrowedAt !== undefined && at < narrowedAt)) return {}
  const read = scopes
    .map(parseScope)
    .flatMap((parsed) => (parsed.ok && (parsed.scope.type === type || parsed.scope.type === '*') ? [parsed.scope] : []))
  const categories = read.map(({ filter }) =>
    filter
      .find(([name]) => name === 'category')?.[1]
      .split('|')
      .at(-1),
  )
  const [only] = categories
  return only !== undefined && !only.includes(',') && new Set(categories).size === 1 ? { category: only } : {}
}
