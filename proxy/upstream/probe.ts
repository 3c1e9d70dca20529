// Probe before trust: what the FHIR server behind makes of searches is found out by asking it (canaries.ts), at start, now
// and again, and when its CapabilityStatement says that it has become another. What is found closes what would leak or be
// wrong; no caller's request changes that, but one that was shown another's record.

import { createHash } from 'node:crypto'
import type { Logger } from 'pino'
import {
  COMPARTMENT_TYPES,
  type CompartmentRules,
  confiningParameters,
  findCompartmentRow,
} from '../../smart/fhir/compartment.ts'
import { parseJsonBody } from '../answers/body.ts'
import {
  type AskSettings,
  alternativesOf,
  confinementOf,
  createAsk,
  type Finding,
  modifiersOf,
  pagingOf,
  sampleOf,
  strictnessOf,
} from './canaries.ts'

/** What was found, as operators see it. */
export type Profile = {
  /** By type: what becomes of a search for one patient. `ignored`: others' records come; such searches are refused. */
  confinement: ReadonlyMap<string, Finding>
  /** By type: what becomes of values joined by commas. Where they are no alternatives, one is asked for at a time. */
  alternatives: ReadonlyMap<string, Finding>
  /** By modifier. What is ignored is refused to apps. */
  modifiers: ReadonlyMap<string, Finding>
  /** `paging`, and `strict`: what becomes of `Prefer: handling=strict`. Only to be known. */
  server: ReadonlyMap<string, Finding | 'broken'>
}

export type ProbeSettings = AskSettings & {
  log: Logger
  compartment: CompartmentRules
  /** How long until it is asked again, whatever it was found to do before. */
  everyMilliseconds: number
  /** How often its CapabilityStatement is looked at. */
  lookMilliseconds?: number
}

/** Live. */
export type Known = {
  /** Types whose confinement was seen to be ignored. */
  unconfinable: ReadonlySet<string>
  /** Types whose confinement was seen to be honoured. */
  proven: ReadonlySet<string>
  /** Types that take one value of a parameter at a time. */
  oneByOne: ReadonlySet<string>
  /** Modifiers that do nothing. */
  ignoredModifiers: ReadonlySet<string>
  /** A type of which others' records were seen, though it had been found to be confined: ignored, until the next round. */
  distrust(type: string): void
}

export type Probe = Known & {
  profile(): Profile
  /** One round over all that is asked. */
  run(): Promise<void>
  /** Runs now and again, until `stop`. */
  start(): void
  stop(): void
}

/** Without a probe. */
export const NOTHING_KNOWN: Known = {
  unconfinable: new Set(),
  proven: new Set(),
  oneByOne: new Set(),
  ignoredModifiers: new Set(),
  distrust: () => undefined,
}

const LOOK_MILLISECONDS = 60_000

export function createProbe(settings: ProbeSettings): Probe {
  const { upstream, upstreamUrl, log, compartment, everyMilliseconds, timeoutMilliseconds } = settings
  const { lookMilliseconds = LOOK_MILLISECONDS } = settings
  const ask = createAsk(settings)
  const found = {
    confinement: new Map<string, Finding>(),
    alternatives: new Map<string, Finding>(),
    modifiers: new Map<string, Finding>(),
    server: new Map<string, Finding | 'broken'>(),
  }
  const known = {
    unconfinable: new Set<string>(),
    proven: new Set<string>(),
    oneByOne: new Set<string>(),
    ignoredModifiers: new Set<string>(),
  }
  let statement: string | undefined
  let lastRun = Number.NEGATIVE_INFINITY
  let isUrgent = false
  let timer: NodeJS.Timeout | undefined
  let stopped = false

  /** A record that has just changed hands looks the same: the next round comes soon. */
  function distrust(type: string): void {
    if (found.confinement.get(type) === 'ignored') return
    found.confinement.set(type, 'ignored')
    conclude()
    log.error({ type }, 'the FHIR server gave records of others; the type is closed until it was asked again')
    isUrgent = true
  }

  function conclude(): void {
    const where = (findings: ReadonlyMap<string, Finding>, ...fitting: Finding[]) =>
      [...findings].filter(([, finding]) => fitting.includes(finding)).map(([name]) => name)
    replace(known.unconfinable, where(found.confinement, 'ignored'))
    replace(known.proven, where(found.confinement, 'honoured'))
    replace(known.oneByOne, where(found.alternatives, 'ignored', 'refused'))
    replace(known.ignoredModifiers, where(found.modifiers, 'ignored'))
  }

  async function run(): Promise<void> {
    isUrgent = false
    lastRun = performance.now()
    let paged: string | undefined
    for (const type of [...COMPARTMENT_TYPES, ...compartment.shared]) {
      const row = findCompartmentRow(type)
      const sample = await sampleOf(ask, type)
      const parameters = confiningParameters(type, compartment)
      if (row !== undefined) note(found.confinement, type, await confinementOf(ask, type, parameters, sample))
      note(found.alternatives, type, await alternativesOf(ask, type, row, sample, [upstreamUrl]))
      if (type === 'Patient')
        for (const [name, finding] of await modifiersOf(ask, sample)) note(found.modifiers, name, finding)
      if (sample.kind === 'found' && sample.records.length > 1) paged ??= type
      conclude()
    }
    note(found.server, 'paging', paged === undefined ? 'no-data' : await pagingOf(ask, paged))
    note(found.server, 'strict', await strictnessOf(ask))
    report()
  }

  function report(): void {
    const ignored = [...known.unconfinable]
    if (ignored.length > 0) log.error({ types: ignored }, 'the FHIR server ignores whose records are asked for')
    const { oneByOne, ignoredModifiers } = known
    const more = { oneByOne: [...oneByOne], ignoredModifiers: [...ignoredModifiers] }
    log.info(
      { types: found.confinement.size, ...more, ...Object.fromEntries(found.server) },
      'the FHIR server was probed',
    )
  }

  /** What it says of itself, but for what changes with each answer. */
  async function statementNow(): Promise<string | undefined> {
    const signal = AbortSignal.timeout(timeoutMilliseconds)
    const answer = await upstream.send({ method: 'GET', target: 'metadata' }, signal)
    const said = answer.kind === 'answer' && answer.status === 200 ? parseJsonBody(answer)?.value : undefined
    const { resourceType, fhirVersion, software, rest } = (said ?? {}) as Record<string, unknown>
    if (resourceType !== 'CapabilityStatement') return undefined
    return createHash('sha256')
      .update(JSON.stringify([fhirVersion, software, rest]))
      .digest('base64')
  }

  async function look(): Promise<void> {
    const now = await statementNow()
    const hasChanged = statement !== undefined && now !== undefined && now !== statement
    statement = now ?? statement
    if (hasChanged) log.info('the FHIR server says that it has changed')
    if (hasChanged || isUrgent || performance.now() - lastRun >= everyMilliseconds) await run()
  }

  function start(): void {
    look()
      .catch((error: unknown) => log.warn({ err: error }, 'the FHIR server could not be probed'))
      .finally(() => {
        if (!stopped) timer = setTimeout(start, Math.min(lookMilliseconds, everyMilliseconds)).unref()
      })
  }

  function stop(): void {
    stopped = true
    clearTimeout(timer)
  }

  return { ...known, profile: () => found, distrust, run, start, stop }
}

/** What cannot be asked just now is what it was: an outage neither opens nor closes anything. */
function note<F>(findings: Map<string, F | 'unknown'>, name: string, finding: F | 'unknown'): void {
  if (finding !== 'unknown' || !findings.has(name)) findings.set(name, finding)
}

function replace(set: Set<string>, names: readonly string[]): void {
  for (const name of set) if (!names.includes(name)) set.delete(name)
  for (const name of names) set.add(name)
}
