// How long access lasts, by what was granted for how long.
import { ACCESS_TOKEN_SECONDS } from '../../smart/revocation.ts'
import type { GrantRecord } from './grants.ts'

export type LifetimeSettings = {
  /** Refresh tokens of `offline_access`, from each use; at least three months (REF-04). */
  offlineSeconds: number
  /** Refresh tokens of `online_access`, from each use: longer without one ends it. */
  onlineIdleSeconds: number
}

export type Lifetimes = LifetimeSettings & {
  /** Seconds; never past the end of the link that it rests on, or past the end that the person chose. */
  ofAccessToken(grant: GrantRecord): number
  ofRefreshToken(grant: GrantRecord): number
  /** Of the grant's own rows, from each use. */
  ofGrant(grant: Pick<GrantRecord, 'scopes' | 'until'>): number
}

/** Redeeming the code takes a minute, and clocks differ. */
const SLACK_SECONDS = 300

export function lifetimesOf(settings: LifetimeSettings, now: () => number): Lifetimes {
  const { offlineSeconds, onlineIdleSeconds } = settings
  const secondsUntil = (end: string | undefined): number =>
    end === undefined ? Number.POSITIVE_INFINITY : Math.floor((Date.parse(end) - now()) / 1000)
  const untilLinkEnds = ({ persona }: GrantRecord): number => secondsUntil(persona.validUntil)
  const whole = (seconds: number): number => Math.max(1, seconds)
  const isOffline = ({ scopes }: Pick<GrantRecord, 'scopes'>) => scopes.includes('offline_access')
  return {
    ...settings,
    ofAccessToken: (grant) => whole(Math.min(ACCESS_TOKEN_SECONDS, untilLinkEnds(grant), secondsUntil(grant.until))),
    ofRefreshToken: (grant) =>
      whole(Math.min(isOffline(grant) ? offlineSeconds : onlineIdleSeconds, secondsUntil(grant.until))),
    ofGrant(grant) {
      const refresh = isOffline(grant) ? offlineSeconds : grant.scopes.includes('online_access') ? onlineIdleSeconds : 0
      return whole(Math.min(Math.max(refresh, ACCESS_TOKEN_SECONDS), secondsUntil(grant.until))) + SLACK_SECONDS
    },
  }
}
