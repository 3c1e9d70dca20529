// Probe before trust: whether the FHIR server behind keeps a search to the patient that it names. Read only: a search for a
// patient who does not exist must come back empty while the type has data. No data proves nothing, and is asked again.

import { randomUUID } from 'node:crypto'
import type { Logger } from 'pino'
import { COMPARTMENT_TYPES, findCompartmentRow } from '../smart/compartment.ts'
import { parseJsonBody } from './body.ts'
import { encodeQuery } from './query.ts'
import type { Upstream } from './upstream.ts'

/** `ignored`: the server answers with others' records; confined searches of the type are refused. */
export type Confinement = 'honoured' | 'ignored' | 'refused' | 'no-data' | 'unknown'

export type Profile = ReadonlyMap<string, Confinement>

export type ProbeSettings = {
  upstream: Upstream
  log: Logger
  /** How long until it is asked again, whatever it was found to do before. */
  everyMilliseconds: number
  timeoutMilliseconds: number
}

export type Probe = {
  /** Live: types whose confinement was seen to be ignored. */
  unconfinable: ReadonlySet<string>
  /** Live: types whose confinement was seen to be honoured. */
  proven: ReadonlySet<string>
  profile(): Profile
  /** A type of which others' records were seen, though it had been found to be confined: ignored, until the next round. */
  distrust(type: string): void
  /** One round over all types. */
  run(): Promise<void>
  /** Runs now and again, until `stop`. */
  start(): void
  stop(): void
}

/** Without a probe. */
export const NOTHING_KNOWN: Pick<Probe, 'unconfinable' | 'proven' | 'distrust'> = {
  unconfinable: new Set(),
  proven: new Set(),
  distrust: () => undefined,
}

const SOON_MILLISECONDS = 60_000

export function createProbe({ upstream, log, everyMilliseconds, timeoutMilliseconds }: ProbeSettings): Probe {
  const profile = new Map<string, Confinement>()
  const unconfinable = new Set<string>()
  const proven = new Set<string>()
  let timer: NodeJS.Timeout | undefined
  let stopped = false
  let isUrgent = false

  /** How many entries a search gives; undefined when that cannot be known. */
  async function entriesOf(type: string, query: [string, string][]): Promise<number | 'refused' | undefined> {
    const target = `${type}?${encodeQuery([...query, ['_count', '1']])}`
    const answer = await upstream.send({ method: 'GET', target }, AbortSignal.timeout(timeoutMilliseconds))
    if (answer.kind !== 'answer') return undefined
    if (answer.status === 400 || answer.status === 404 || answer.status === 422) return 'refused'
    const bundle = answer.status === 200 ? (parseJsonBody(answer)?.value as Bundle | undefined) : undefined
    if (bundle?.resourceType !== 'Bundle') return undefined
    return (bundle.entry ?? []).filter((entry) => entry?.search?.mode !== 'outcome').length
  }

  async function confinementOf(type: string): Promise<Confinement> {
    const row = findCompartmentRow(type)
    if (row === undefined) return 'unknown'
    const nobody = randomUUID()
    const [all, confined] = [
      await entriesOf(type, []),
      await entriesOf(type, [[row.parameter, type === 'Patient' ? nobody : `Patient/${nobody}`]]),
    ]
    if (confined === 'refused' || all === 'refused') return 'refused'
    if (confined === undefined || all === undefined) return 'unknown'
    if (confined > 0) return 'ignored'
    return all > 0 ? 'honoured' : 'no-data'
  }

  function record(type: string, confinement: Confinement): void {
    profile.set(type, confinement)
    for (const [set, belongs] of [
      [unconfinable, confinement === 'ignored'],
      [proven, confinement === 'honoured'],
    ] as const) {
      if (belongs) set.add(type)
      else set.delete(type)
    }
  }

  /** A record that has just changed hands looks the same: the next round comes soon. */
  function distrust(type: string): void {
    if (profile.get(type) === 'ignored') return
    record(type, 'ignored')
    log.error({ type }, 'the FHIR server gave records of others; the type is closed until it was asked again')
    isUrgent = true
    if (timer === undefined) return
    clearTimeout(timer)
    schedule()
  }

  async function run(): Promise<void> {
    for (const type of COMPARTMENT_TYPES) {
      const confinement = await confinementOf(type)
      // What cannot be asked just now is what it was: an outage neither opens nor closes a type.
      if (confinement === 'unknown' && profile.has(type)) continue
      record(type, confinement)
    }
    const ignored = [...unconfinable]
    if (ignored.length > 0) log.error({ types: ignored }, 'the FHIR server ignores whose records are asked for')
    else log.info({ types: profile.size }, 'the FHIR server was probed')
  }

  function schedule(): void {
    const milliseconds = isUrgent ? Math.min(everyMilliseconds, SOON_MILLISECONDS) : everyMilliseconds
    timer = setTimeout(start, milliseconds).unref()
  }

  function start(): void {
    timer = undefined
    isUrgent = false
    run()
      .catch((error: unknown) => log.warn({ err: error }, 'the FHIR server could not be probed'))
      .finally(() => {
        if (!stopped) schedule()
      })
  }

  function stop(): void {
    stopped = true
    clearTimeout(timer)
  }

  return { unconfinable, proven, profile: () => profile, distrust, run, start, stop }
}

type Bundle = { resourceType?: unknown; entry?: ({ search?: { mode?: unknown } } | null)[] }
