// What people told the operator that they do not know: which access of whose data. Kept for operators to look into.
import { randomBytes } from 'node:crypto'
import type { RecordStore } from '../storage/record-store.ts'
import type { AccessLine } from './access-lines.ts'

export type Report = {
  /** By which a person who calls can be helped. */
  number: string
  /** ISO 8601. */
  at: string
  /** Who reported, and as whom. */
  subject: string
  person: string
  /** Plain id. */
  patient: string
  line: AccessLine
  /** Whether the app was stopped with it. */
  hasStopped: boolean
}

export type Reports = {
  add(report: Omit<Report, 'number' | 'at'>): Promise<Report>
  /** Newest first. */
  list(): Promise<Report[]>
}

const GROUP = 'reports'
const KEPT_SECONDS = 400 * 24 * 3600

export function reportStore(store: RecordStore, now: () => number): Reports {
  return {
    async add(report) {
      // Ten letters and digits that can be read out; that two are alike is out of the question.
      const number = randomBytes(5).toString('hex').toUpperCase()
      const kept: Report = { ...report, number, at: new Date(now()).toISOString() }
      await store.put('Report', { group: GROUP, name: number }, kept, KEPT_SECONDS)
      return kept
    },
    list: async () =>
      (await store.list('Report', GROUP))
        .map(({ value }) => value as Report)
        .sort((one, other) => other.at.localeCompare(one.at)),
  }
}
