// Where telemetry goes, by the names that OpenTelemetry gives these settings. Off while no endpoint is named.

import { z } from 'zod'
import type { Telemetry } from './telemetry.ts'

export type TelemetrySettings = {
  /** Base URL of an OTLP receiver, without a slash at its end. */
  endpoint: string
  headers: Readonly<Record<string, string>>
  metricsEveryMilliseconds: number
  /** Share of the traces that begin here, 0 to 1; of others their caller's word counts. */
  sampled: number
}

const HEADERS = /^[\w-]+=[^,=]+(,[\w-]+=[^,=]+)*$/

/** By the names of the environment. */
export const telemetrySettings = {
  /** Base URL of an OTLP receiver that takes HTTP with protobuf: traces, metrics and logs go there. Unset: telemetry is off. */
  OTEL_EXPORTER_OTLP_ENDPOINT: z
    .url({ protocol: /^https?$/ })
    .transform((url) => url.replace(/\/+$/, ''))
    .optional(),
  /** Headers for it, as name=value, comma separated; such as a key of its owner's. Default none. */
  OTEL_EXPORTER_OTLP_HEADERS: z.string().regex(HEADERS, 'must be name=value, comma separated').optional(),
  /** How often metrics are sent, in milliseconds. Default 60 000. */
  OTEL_METRIC_EXPORT_INTERVAL: z.coerce.number().int().min(100).max(3_600_000).default(60_000),
  /** Share of the traces that begin here and are kept, 0 to 1; of others their caller decides. Default 1. */
  OTEL_TRACES_SAMPLER_ARG: z.coerce.number().min(0).max(1).default(1),
}

type Parsed = z.infer<z.ZodObject<typeof telemetrySettings>>

/** Undefined: it is off. */
export function telemetryOf(parsed: Parsed): TelemetrySettings | undefined {
  const { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_EXPORTER_OTLP_HEADERS: headers } = parsed
  if (endpoint === undefined) return undefined
  return {
    endpoint,
    headers: Object.fromEntries((headers?.split(',') ?? []).map((pair) => pair.split('='))),
    metricsEveryMilliseconds: parsed.OTEL_METRIC_EXPORT_INTERVAL,
    sampled: parsed.OTEL_TRACES_SAMPLER_ARG,
  }
}

/** Loads the SDK only where it is used. */
export async function telemetryFor(
  service: 'auth-server' | 'proxy',
  settings: TelemetrySettings | undefined,
): Promise<Telemetry | undefined> {
  return settings === undefined ? undefined : (await import('./open-telemetry.ts')).openTelemetry(service, settings)
}
