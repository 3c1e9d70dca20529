// EHR launches. The EHR keeps a chart open with us; for each app that starts on it there is an opaque id that works once
// (EHR-03, EHR-04). When the EHR closes the chart, what was granted on it ends; of a chart that it never closes, nothing does.
import type { LaunchContext } from '../../smart/launch-context.ts'
import type { Account } from '../identity/account.ts'
import { randomToken } from '../random-token.ts'
import type { RecordStore } from '../storage/record-store.ts'

/** An open chart, as its EHR knows it. */
export type Chart = {
  ehr: string
  id: string
}

export type Launch = {
  /** The only client that may use it. */
  clientId: string
  context: LaunchContext
  /** The account that must sign in, where the EHR knows it. */
  user?: Account
  /** None when no EHR stands behind it. */
  chart?: Chart
}

/** What an EHR sees of its launch. */
export type LaunchRecord = Omit<Launch, 'chart'> & {
  /** ISO 8601 instant. */
  created: string
  closed: boolean
  /** Grants that were given on it: subject and gid. */
  grants: readonly { sub: string; gid: string }[]
}

export type Launches = {
  open(ehr: string, launch: Omit<Launch, 'chart'>): Promise<{ launch: string; id: string }>
  /** Another opaque id for the same chart, such as after a reload of the EHR. Undefined when it is not open. */
  rebind(chart: Chart, change: Partial<Pick<Launch, 'clientId' | 'context'>>): Promise<string | undefined>
  of(ehr: string): Promise<(LaunchRecord & { id: string })[]>
  find(chart: Chart): Promise<LaunchRecord | undefined>
  /** @returns the grants that must end now */
  close(chart: Chart): Promise<LaunchRecord['grants'] | undefined>
  /** @returns false when the chart was closed meanwhile: the grant must not be given */
  addGrant(chart: Chart, grant: { sub: string; gid: string }): Promise<boolean>
  /**
   * Claims a launch for one authorization request; it can never be claimed again.
   * @returns false for an unknown, expired, used or other client's launch: which of these is not told
   */
  claim(id: string, clientId: string): Promise<boolean>
  /** The launch that the running authorization request has claimed. */
  findClaimed(id: string): Promise<Launch | undefined>
  /** The running request waits for longer. */
  keepClaimed(id: string): Promise<void>
}

export const LAUNCH_LIFETIME_SECONDS = 300
/** A claimed launch waits for the person: sign-in with several factors takes its time. */
const CLAIMED_LIFETIME_SECONDS = 3600
/** After a long shift it is no longer known, and no app can start on it. What was granted on it goes on until its own end. */
const CHART_LIFETIME_SECONDS = 24 * 3600
const MAX_ATTEMPTS = 20

export function launchStore(store: RecordStore): Launches {
  const key = ({ ehr, id }: Chart) => ({ group: ehr, name: id })

  async function issue(launch: Launch): Promise<string> {
    const id = randomToken()
    await store.put('Launch', id, launch, LAUNCH_LIFETIME_SECONDS)
    return id
  }
  /** Applies `change` to an open chart, again when another replica was faster. */
  async function update(
    chart: Chart,
    change: (record: LaunchRecord) => LaunchRecord,
  ): Promise<LaunchRecord | undefined> {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const found = await store.find('Chart', key(chart))
      const record = found?.value as LaunchRecord | undefined
      if (found === undefined || record === undefined || record.closed) return undefined
      const changed = change(record)
      if (await store.replace('Chart', key(chart), found.version, changed)) return changed
    }
    throw new Error('chart is changed by too many at once')
  }
  const find = async (chart: Chart) => (await store.find('Chart', key(chart)))?.value as LaunchRecord | undefined

  return {
    async open(ehr, launch) {
      const chart = { ehr, id: randomToken() }
      const record: LaunchRecord = { ...launch, created: new Date().toISOString(), closed: false, grants: [] }
      await store.put('Chart', key(chart), record, CHART_LIFETIME_SECONDS)
      return { id: chart.id, launch: await issue({ ...launch, chart }) }
    },
    async rebind(chart, change) {
      const record = await update(chart, (current) => ({ ...current, ...change }))
      if (record === undefined) return undefined
      const { clientId, context, user } = record
      return issue({ clientId, context, chart, ...(user === undefined ? {} : { user }) })
    },
    of: async (ehr) =>
      (await store.list('Chart', ehr)).map(({ name, value }) => ({ ...(value as LaunchRecord), id: name })),
    find,
    close: async (chart) => (await update(chart, (record) => ({ ...record, closed: true })))?.grants,
    addGrant: async (chart, grant) =>
      (await update(chart, (record) => ({ ...record, grants: [...record.grants, grant] }))) !== undefined,
    async claim(id, clientId) {
      const found = await store.find('Launch', id)
      const launch = found?.value as (Launch & { redeemed?: boolean }) | undefined
      if (found === undefined || launch === undefined || launch.redeemed || launch.clientId !== clientId) return false
      if (!(await store.replace('Launch', id, found.version, { ...launch, redeemed: true }))) return false
      await store.put('ClaimedLaunch', id, launch, CLAIMED_LIFETIME_SECONDS)
      return launch.chart === undefined || (await find(launch.chart))?.closed === false
    },
    async keepClaimed(id) {
      const found = await store.find('ClaimedLaunch', id)
      if (found !== undefined)
        await store.replace('ClaimedLaunch', id, found.version, found.value, CLAIMED_LIFETIME_SECONDS)
    },
    async findClaimed(id) {
      return (await store.find('ClaimedLaunch', id))?.value as Launch | undefined
    },
  }
}
