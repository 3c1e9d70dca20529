// The log: a line of JSON for each request and alarm, on standard output. Lines are written some at a time, at the latest
// after half a second and when the process ends: a write for each costs as much as judging a record.

import { type Logger, pino } from 'pino'

/** @param name tells one kind of lines from another */
export function openLog(level: string, name = 'proxy'): Logger {
  const destination = pino.destination({
    dest: 1,
    sync: false,
    minLength: 32_768,
    maxWrite: 65_536,
    periodicFlush: 500,
  })
  return pino({ level, name }, destination)
}
