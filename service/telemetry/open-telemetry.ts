// Telemetry over OTLP (HTTP, protobuf), by OpenTelemetry's own SDK. Loaded only where it is on. Nothing of it is made global,
// and no library is instrumented: what goes out is what the services say here.

import { randomUUID } from 'node:crypto'
import {
  type Attributes,
  type Context,
  type Meter,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  trace,
} from '@opentelemetry/api'
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-proto'
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-proto'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { BatchLogRecordProcessor, LoggerProvider } from '@opentelemetry/sdk-logs'
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics'
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace'
import { logRecord } from './log-record.ts'
import { METRICS, type Metric, SECONDS } from './metrics.ts'
import type { TelemetrySettings } from './settings.ts'
import type { Telemetry, Trace } from './telemetry.ts'

/** For one attempt to send. */
const PATIENCE_MS = 5_000
const SCOPE = 'smart-fhir-gateway'

export function openTelemetry(service: Metric['services'][number], settings: TelemetrySettings): Telemetry {
  const { endpoint, headers, metricsEveryMilliseconds, sampled } = settings
  const resource = resourceFromAttributes({
    'service.namespace': SCOPE,
    'service.name': service,
    'service.instance.id': randomUUID(),
  })
  const at = (signal: string) => ({
    url: `${endpoint}/v1/${signal}`,
    headers: { ...headers },
    timeoutMillis: PATIENCE_MS,
  })
  const spans = new TracerProvider({
    resource,
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(sampled) }),
    spanProcessors: [new BatchSpanProcessor({ exporter: new OTLPTraceExporter(at('traces')) })],
  })
  const meters = new MeterProvider({
    resource,
    readers: [
      new PeriodicExportingMetricReader({
        exporter: new OTLPMetricExporter(at('metrics')),
        exportIntervalMillis: metricsEveryMilliseconds,
        exportTimeoutMillis: Math.min(PATIENCE_MS, metricsEveryMilliseconds),
      }),
    ],
  })
  const lines = new LoggerProvider({
    resource,
    processors: [new BatchLogRecordProcessor({ exporter: new OTLPLogExporter(at('logs')) })],
  })
  const tracer = spans.getTracer(SCOPE)
  const logger = lines.getLogger(SCOPE)
  const instruments = instrumentsOf(meters.getMeter(SCOPE), service)

  function begin(traceparent: string | undefined): Trace {
    const root = tracer.startSpan('request', { kind: SpanKind.SERVER }, contextOf(traceparent))
    const inside = trace.setSpan(ROOT_CONTEXT, root)
    return {
      part(name, since, attributes) {
        const startTime = Date.now() - (performance.now() - since)
        tracer.startSpan(name, { kind: SpanKind.CLIENT, startTime, attributes }, inside).end()
      },
      end(name, attributes, failed) {
        root.updateName(name)
        root.setAttributes(attributes)
        if (failed) root.setStatus({ code: SpanStatusCode.ERROR })
        root.end()
      },
    }
  }

  return {
    count: (what, attributes) => instruments.counters.get(what)?.add(1, attributes),
    measure: (what, seconds, attributes) => instruments.histograms.get(what)?.record(seconds, attributes),
    watch(what, read) {
      instruments.gauges.get(what)?.addCallback((result) => {
        for (const { value, attributes } of read()) result.observe(value, attributes as Attributes)
      })
    },
    begin,
    log: { write: (line) => logger.emit(logRecord(line)) },
    async close() {
      await Promise.allSettled([spans.shutdown(), meters.shutdown(), lines.shutdown()])
    },
  }
}

function instrumentsOf(meter: Meter, service: Metric['services'][number]) {
  const ofKind = <T>(kind: Metric['kind'], make: (metric: Metric) => T) =>
    new Map(
      Object.entries<Metric>(METRICS)
        .filter(([, metric]) => metric.kind === kind && metric.services.includes(service))
        .map(([key, metric]) => [key, make(metric)]),
    )
  const described = ({ unit, description }: Metric) => ({ unit, description })
  return {
    counters: ofKind('counter', (metric) => meter.createCounter(metric.name, described(metric))),
    histograms: ofKind('histogram', (metric) =>
      meter.createHistogram(metric.name, {
        ...described(metric),
        advice: { explicitBucketBoundaries: [...SECONDS] },
      }),
    ),
    gauges: ofKind('gauge', (metric) => meter.createObservableGauge(metric.name, described(metric))),
  }
}

/** @param traceparent its form was checked */
function contextOf(traceparent: string | undefined): Context {
  if (traceparent === undefined) return ROOT_CONTEXT
  const [, traceId = '', spanId = '', flags = ''] = traceparent.split('-')
  const traceFlags = Number.parseInt(flags, 16) & TraceFlags.SAMPLED
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags, isRemote: true })
}
