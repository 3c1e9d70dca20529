// The log: a line of JSON for each request and alarm, on standard output. Lines are written some at a time, at the latest
// after half a second and when the process ends: a write for each costs as much as judging a record.

import { type Logger, pino } from 'pino'

/**
 * @param name tells one kind of lines from another
 * @param further where they go as well; undefined: nowhere else
 */
export function openLog(level: string, name = 'proxy', further?: { write(line: string): void }): Logger {
  const destination = pino.destination({
    dest: 1,
    sync: false,
    minLength: 32_768,
    maxWrite: 65_536,
    periodicFlush: 500,
  })
  if (further === undefined) return pino({ level, name }, destination)
  // The logger has judged the level already.
  const streams = [destination, further].map((stream) => ({ stream, level: 'trace' as const }))
  return pino({ level, name }, pino.multistream(streams))
}
