// Every metric that the two services send: names, units, and what each is told apart by. docs/telemetry.md is made from it, and
// dashboards and alert rules are held to it. Attributes are codes of closed lists: nothing of a person, a record or a request.

export type Metric = {
  name: string
  kind: 'counter' | 'histogram' | 'gauge'
  /** As UCUM has it; `{request}` is a count of them. */
  unit: string
  description: string
  attributes: readonly string[]
  services: readonly ('auth-server' | 'proxy')[]
}

const BOTH = ['auth-server', 'proxy'] as const

export const METRICS = {
  requests: {
    name: 'smart.requests',
    kind: 'counter',
    unit: '{request}',
    description: 'Requests that were answered',
    attributes: ['interaction', 'decision', 'status_class'],
    services: BOTH,
  },
  duration: {
    name: 'smart.request.duration',
    kind: 'histogram',
    unit: 's',
    description: 'From a request to the end of its answer',
    attributes: ['interaction', 'status_class'],
    services: BOTH,
  },
  upstreamDuration: {
    name: 'smart.upstream.duration',
    kind: 'histogram',
    unit: 's',
    description: 'From a request to the FHIR server until its answer is there, of a long one until it begins',
    attributes: ['outcome'],
    services: ['proxy'],
  },
  planDuration: {
    name: 'smart.plan.duration',
    kind: 'histogram',
    unit: 's',
    description: 'One decision, without what is fetched for it',
    attributes: ['decision'],
    services: ['proxy'],
  },
  denials: {
    name: 'smart.denials',
    kind: 'counter',
    unit: '{request}',
    description: 'Requests that were denied, by why',
    attributes: ['reason'],
    services: ['proxy'],
  },
  upstreamUp: {
    name: 'smart.upstream.up',
    kind: 'gauge',
    unit: '1',
    description: '1 while the FHIR server answers, 0 when it last did not',
    attributes: [],
    services: ['proxy'],
  },
  upstreamTypes: {
    name: 'smart.upstream.types',
    kind: 'gauge',
    unit: '{type}',
    description: 'Types by what becomes of a search for one patient; those that are ignored are closed',
    attributes: ['finding'],
    services: ['proxy'],
  },
  revocationsAge: {
    name: 'smart.revocations.age',
    kind: 'gauge',
    unit: 's',
    description: 'Since what has ended was last read; beyond REVOCATIONS_MAX_AGE_SECONDS every request is refused',
    attributes: [],
    services: ['proxy'],
  },
  keysAge: {
    name: 'smart.keys.age',
    kind: 'gauge',
    unit: 's',
    description: 'Since keys were last read well: those that tokens are verified with, or sign with',
    attributes: [],
    services: BOTH,
  },
  eventsWaiting: {
    name: 'smart.events.waiting',
    kind: 'gauge',
    unit: '{change}',
    description: 'Change events that are not delivered yet, told by the process that delivers',
    attributes: [],
    services: ['proxy'],
  },
  auditWaiting: {
    name: 'smart.audit.waiting',
    kind: 'gauge',
    unit: '{record}',
    description: 'Audit records that a sink has not taken yet',
    attributes: ['sink'],
    services: ['proxy'],
  },
  auditLost: {
    name: 'smart.audit.lost',
    kind: 'gauge',
    unit: '{record}',
    description: 'Audit records that a sink never got, since the process began',
    attributes: ['sink'],
    services: ['proxy'],
  },
  acts: {
    name: 'smart.acts',
    kind: 'counter',
    unit: '{act}',
    description: 'What was done, as audit records name it: sign-in, consent, token, refresh, end-access and others',
    attributes: ['operation', 'outcome', 'launch'],
    services: ['auth-server'],
  },
} as const satisfies Record<string, Metric>

type Named<Kind extends Metric['kind']> = {
  [Key in keyof typeof METRICS]: (typeof METRICS)[Key]['kind'] extends Kind ? Key : never
}[keyof typeof METRICS]
export type Counter = Named<'counter'>
export type Histogram = Named<'histogram'>
export type Gauge = Named<'gauge'>
/** A value for each of a metric's attributes. */
export type AttributesOf<Key extends keyof typeof METRICS> = Record<(typeof METRICS)[Key]['attributes'][number], string>

/** Seconds at which histograms are cut: from a decision to a long export. */
export const SECONDS = [0.000_01, 0.000_1, 0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]
