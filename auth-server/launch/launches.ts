// EHR launches: an EHR leaves a context, the app comes back with its opaque id, once (EHR-03, EHR-04).
import type { LaunchContext } from '../../smart/launch-context.ts'
import { randomToken } from '../random-token.ts'
import type { RecordStore } from '../storage/record-store.ts'

export type Launch = {
  /** The only client that may use it. */
  clientId: string
  context: LaunchContext
  /** The account that must sign in, where the EHR knows it. */
  user?: { tid: string; oid: string }
}

export type Launches = {
  /** @returns the opaque id, 192 random bits */
  open(launch: Launch): Promise<string>
  /**
   * Claims a launch for one authorization request; it can never be claimed again.
   * @returns false for an unknown, expired, used or other client's launch: which of these is not told
   */
  claim(id: string, clientId: string): Promise<boolean>
  /** The launch that the running authorization request has claimed. */
  findClaimed(id: string): Promise<Launch | undefined>
}

export const LAUNCH_LIFETIME_SECONDS = 300
/** A claimed launch waits for the person: sign-in with several factors takes its time. */
const CLAIMED_LIFETIME_SECONDS = 3600

export function launchStore(store: RecordStore): Launches {
  return {
    async open(launch) {
      const id = randomToken()
      await store.put('Launch', id, launch, LAUNCH_LIFETIME_SECONDS)
      return id
    },
    async claim(id, clientId) {
      const found = await store.find('Launch', id)
      const launch = found?.value as (Launch & { redeemed?: boolean }) | undefined
      if (found === undefined || launch === undefined || launch.redeemed || launch.clientId !== clientId) return false
      if (!(await store.replace('Launch', id, found.version, { ...launch, redeemed: true }))) return false
      await store.put('ClaimedLaunch', id, launch, CLAIMED_LIFETIME_SECONDS)
      return true
    },
    async findClaimed(id) {
      return (await store.find('ClaimedLaunch', id))?.value as Launch | undefined
    },
  }
}
