// A line of the log as OpenTelemetry has log records: the same words, for the same readers.

import { type Attributes, type LogRecord, SeverityNumber } from '@opentelemetry/api'

/** By pino's levels. */
const SEVERITIES: Readonly<Record<number, readonly [SeverityNumber, string]>> = {
  10: [SeverityNumber.TRACE, 'TRACE'],
  20: [SeverityNumber.DEBUG, 'DEBUG'],
  30: [SeverityNumber.INFO, 'INFO'],
  40: [SeverityNumber.WARN, 'WARN'],
  50: [SeverityNumber.ERROR, 'ERROR'],
  60: [SeverityNumber.FATAL, 'FATAL'],
}

/** @param line of JSON, as pino writes it */
export function logRecord(line: string): LogRecord {
  const { level, time, msg, pid, hostname: _host, name, err, ...rest } = JSON.parse(line) as Record<string, unknown>
  const [severityNumber, severityText] = SEVERITIES[Number(level)] ?? [SeverityNumber.UNSPECIFIED, '']
  const { type, message, stack } = (err ?? {}) as Record<string, unknown>
  const attributes: Attributes = {
    ...Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, plain(value)])),
    'log.name': String(name),
    'process.pid': Number(pid),
    ...(err === undefined
      ? {}
      : { 'exception.type': plain(type), 'exception.message': plain(message), 'exception.stacktrace': plain(stack) }),
  }
  return { timestamp: new Date(Number(time)), severityNumber, severityText, body: String(msg), attributes }
}

function plain(value: unknown): string | number | boolean {
  return typeof value === 'number' || typeof value === 'boolean' || typeof value === 'string'
    ? value
    : (JSON.stringify(value) ?? '')
}
