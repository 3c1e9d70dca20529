// Whether requests should come here, and what is wrong, part by part; for operators and for whatever starts replicas.
import { setTimeout as wait } from 'node:timers/promises'
import { check, LIVE, readinessOf } from '../service/readiness.ts'
import type { RecordStore } from './storage/record-store.ts'

export type AuthServerFacts = {
  store: Pick<RecordStore, 'find'>
  /** Of the signing keys. */
  keys(): { ageSeconds: number; isFailing: boolean }
  /** Of audit records: rows that could not be written since the process began. */
  lost(): number
  /** Milliseconds since 1970. */
  now(): number
}

export type Health = { status: 200 | 503; body: string }

/** Whoever asks more often is told the same: tables are not asked for each. */
const KEPT_MS = 2_000
const PATIENCE_MS = 2_000

/** @returns the answer at an address of health, undefined at others */
export function health(facts: AuthServerFacts): (path: string) => Promise<Health | undefined> {
  let tables: Promise<boolean> | undefined
  let askedAt = Number.NEGATIVE_INFINITY

  async function answer(): Promise<boolean> {
    const found = facts.store.find('Readiness', 'none').then(
      () => true,
      () => false,
    )
    return Promise.race([found, wait(PATIENCE_MS, false, { ref: false })])
  }

  async function ready(): Promise<Health> {
    const now = facts.now()
    if (now - askedAt > KEPT_MS) {
      askedAt = now
      tables = answer()
    }
    const keys = facts.keys()
    const lost = facts.lost()
    return readinessOf({
      tables: check({}, 'failed', !(await tables) && 'the tables do not answer'),
      keys: check(
        { ageSeconds: Math.round(keys.ageSeconds) },
        'degraded',
        keys.isFailing && 'signing keys cannot be read; those that are known go on as planned',
      ),
      audit: check({ lost }, 'degraded', lost > 0 && 'audit records were lost; their lines are in the log'),
    })
  }

  return async (path) => {
    if (path === '/health') return { status: 200, body: JSON.stringify({ status: 'ok' }) }
    if (path === '/health/live') return { status: 200, body: LIVE }
    return path === '/health/ready' ? ready() : undefined
  }
}
