// A processor: an operator's own step before and after a request. What it can do is narrow, stop or shape; it never gets or
// gives more than the caller may have. Types only: this file may be imported by whoever writes one.

import type { ZodType, z } from 'zod'
import type { Interaction } from '../../smart/fhir/interaction.ts'
import type { IssueCode } from '../../smart/fhir/outcome.ts'

/** What the default export of a module is. `Settings`: as its schema gives them. */
export type Definition<Settings = never> = {
  /** Lower case letters, digits and hyphens; as it stands in logs. */
  name: string
  /** Of a security processor that fails the request is refused with 403; of others with 500. */
  kind: 'security' | 'convenience'
  /** How its settings are checked at the start, by zod, which it is given. Without it there are none. */
  settings?(zod: typeof z): ZodType<Settings>
  /** Longest time that one call of it may take; an operator can say otherwise. Default 30. */
  timeLimitSeconds?: number
  /** Called once, at the start; what it throws stops the start. */
  create(settings: Settings, start: Start): Processor | Promise<Processor>
}

export type Processor = {
  /** Before the request is decided: what it makes of it is decided like any other request of the caller's. */
  before?(request: ProcessorRequest, services: Services): Before | Promise<Before>
  /** After an answer that is no refusal: with what the caller may see, and nothing else. */
  after?(request: ProcessorRequest, answer: Answered, services: Services): After | Promise<After>
  /**
   * Whether `after` has to have the answer whole. Else long lists, files and exports pass it by. Lines of an export come one
   * at a time, each as an answer of its own. Where it is not stated: yes for security processors, no for others.
   */
  needsWhole?(request: ProcessorRequest): boolean
  /** At the end of the process. */
  close?(): Promise<void>
}

/** A request as the processor before made it, or as it came. */
export type ProcessorRequest = {
  /** Parsed. A search by POST is shown as the same search by GET. */
  interaction: Readonly<Interaction>
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Path and query below the FHIR base, `Observation?code=1`; empty for a batch or transaction. */
  path: string
  /** As it came; undefined where there is none. */
  body?: string
  contentType?: string
  ifMatch?: string
  ifNoneExist?: string
  caller: Caller
}

export type Caller = {
  /** The client, as registered. */
  clientId: string
  /** The account, or the client itself. */
  subject: string
  /** Who acts, such as `Practitioner/42`; none for a client that acts for itself. */
  person?: string
  /** Patient in the launch context: plain id. */
  patient?: string
  /** In role mode with the names of the roles among them. */
  scopes: readonly string[]
}

export type Answered =
  /** `body`: characters of JSON, as the FHIR server gave them; empty where there are none. */
  | { kind: 'json'; status: number; headers: Readonly<Record<string, string>>; body: string }
  /** A file; it goes on as it is, or is stopped. */
  | { kind: 'file'; status: number; headers: Readonly<Record<string, string>>; bytes: Buffer }

/** The request is answered with this instead. Records in it must have been asked for, or be of the answer at hand. */
export type Stop = { kind: 'stop'; status: number; body: string }

/** `path`: of the same method. */
export type Before = { kind: 'go-on'; path?: string; body?: string } | Stop

/** `body`: with records of the answer, and such as were asked for, and no others. */
export type After = { kind: 'go-on' } | { kind: 'replace'; body: string } | Stop

/** What a processor is given with each call. */
export type Services = {
  /** Another request of the same caller, which passes all other processors. A path below the base, or a link of an answer. */
  ask(path: string): Promise<{ status: number; body: string }>
  /** The same, for a batch or transaction. */
  carryOut(bundle: string): Promise<{ status: number; body: string }>
  /** A refusal with an OperationOutcome. `diagnostics`: one sentence for the app's developer. */
  refuse(status: number, code: IssueCode, diagnostics: string): Stop
  /** JSON to be changed and written again. Numbers that JavaScript would write otherwise stay `{ rawJSON: '70.10' }`. */
  parse(json: string): unknown
  stringify(value: unknown): string
  log: Log
  clock(): Date
  /** Over the network, until the call's time is up. */
  fetch: typeof fetch
  /** Aborted when the client left, and when the call's time is up. */
  signal: AbortSignal
}

/** What a processor is given at its start. */
export type Start = {
  fhirBase: string
  /** The folder of the file that names it. */
  folder: string
  log: Log
  clock(): Date
}

/** Written to the service's log. Words of the processor's own, and numbers: nothing of a record has a place there. */
export type Log = (level: 'info' | 'warn' | 'error', event: string, detail?: Record<string, number | boolean>) => void

/** Says the types of a definition: `export default defineProcessor({...})`. */
export function defineProcessor<Settings = never>(definition: Definition<Settings>): Definition<Settings> {
  return definition
}
