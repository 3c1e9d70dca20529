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
  /** By whom, as colleagues know them, and when. */
  dealtWith?: { by: string; at: string }
}

export type Reports = {
  add(report: Omit<Report, 'number' | 'at'>): Promise<Report>
  /** Newest first. */
  list(): Promise<Report[]>
  /** Who said so first stays. */
  markDealtWith(number: string, by: string): Promise<'marked' | 'none' | 'raced'>
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
    async markDealtWith(number, by) {
      const key = { group: GROUP, name: number }
      const found = await store.find('Report', key)
      if (found === undefined) return 'none'
      const report = found.value as Report
      if (report.dealtWith !== undefined) return 'marked'
      const marked: Report = { ...report, dealtWith: { by, at: new Date(now()).toISOString() } }
      return (await store.replace('Report', key, found.version, marked)) ? 'marked' : 'raced'
    },
    list: async () =>
      (await store.list('Report', GROUP))
        .map(({ value }) => value as Report)
        .sort((one, other) => other.at.localeCompare(one.at)),
  }
}
