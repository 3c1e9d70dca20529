// When an app last read what, from the access log: as far back as is looked, which the page says.
import { dayOf, type LastReads } from '../../consent-ui/index.ts'
import type { GrantRecord } from '../grants/grants.ts'
import { type AccessLine, lastUses } from './access-lines.ts'
import type { LogHolder, PersonLogs } from './person-logs.ts'

/** How far back is looked, within the bound below. */
const LOOK_BACK_DAYS = 90
const BOUND = { count: 1_000, pages: 3 }
/** For all apps at once, where only the day of each counts. */
const BOUND_OF_ALL = { count: 1_000, pages: 1 }

const lookBack = (now: number) => new Date(now - LOOK_BACK_DAYS * 86_400_000).toISOString()

/** The log that may be read of what was done under a grant. */
export function holderOf(holders: readonly LogHolder[], { persona, context }: GrantRecord): LogHolder | undefined {
  return holders.find(
    (holder) =>
      holder.persona === persona.record && (context.patient === undefined || holder.patient.id === context.patient),
  )
}

/** Done through the person's own sign-in, not by somebody else with the same app. */
export function isOf({ sub, persona }: GrantRecord, line: AccessLine): boolean {
  return line.person === persona.record && (line.subject === undefined || line.subject === sub)
}

export async function lastReadsOf(
  grant: GrantRecord,
  since: string,
  { holders, logs, now, timeZone }: { holders: readonly LogHolder[]; logs: PersonLogs; now: number; timeZone: string },
): Promise<LastReads> {
  if (grant.persona.record.startsWith('Practitioner/')) return { kind: 'not-listed' }
  const holder = holderOf(holders, grant)
  const from = lookBack(now)
  const logged = holder && (await logs.read(holder, { from, clientId: grant.clientId }, BOUND))
  if (logged === undefined) return { kind: 'unknown' }
  const reached = logged.isWhole ? from : (logged.lines.at(-1)?.at ?? from)
  const inZone = (instant: string) => dayOf(instant, timeZone)
  const own = logged.lines.filter((line) => isOf(grant, line))
  return { kind: 'known', of: lastUses(own, inZone), from: inZone(reached), isSinceGiven: since >= reached }
}

/** When each app was last seen in a log. @returns by client id, ISO 8601 instants */
export async function lastSeen(
  grants: readonly GrantRecord[],
  { holders, logs, now }: { holders: readonly LogHolder[]; logs: PersonLogs; now: number },
): Promise<(grant: GrantRecord) => string | undefined> {
  const wanted = new Set(grants.flatMap((grant) => holderOf(holders, grant) ?? []))
  const read = await Promise.all(
    [...wanted].map(async (holder) => {
      const logged = await logs.read(holder, { from: lookBack(now) }, BOUND_OF_ALL)
      return [holder, logged?.lines ?? []] as const
    }),
  )
  const lines = new Map(read)
  return (grant) => {
    const holder = holderOf(holders, grant)
    const own = holder && lines.get(holder)
    return own?.find((line) => line.clientId === grant.clientId && isOf(grant, line))?.at
  }
}
