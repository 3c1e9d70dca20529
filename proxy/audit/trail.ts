// What is gathered of a request while it is answered, for its audit record: what was asked for, and what was shown of whom.
// Decisions never read it.

import { Disclosures } from '../../smart/audit/disclosures.ts'
import type { Interaction } from '../../smart/fhir/interaction.ts'
import type { Answer } from '../answers/answer.ts'
import { currentRequest, inRequest } from '../request-context.ts'

export class Trail {
  interaction: Interaction | undefined
  /** Of a Bundle that was sent here. */
  bundle: 'batch' | 'transaction' | undefined
  /** Of an entry of a bundle; undefined where it shares the answer of the whole. */
  answer: Answer | undefined
  readonly disclosures: Disclosures
  /** Of a bundle, by their positions. */
  readonly entries = new Map<number, Trail>()
  readonly #bases: readonly string[]

  /** @param bases base URLs under which a reference means a record of ours */
  constructor(bases: readonly string[]) {
    this.#bases = bases
    this.disclosures = new Disclosures(bases)
  }

  /** For a Bundle that is carried out on the way. */
  further(): Trail {
    return new Trail(this.#bases)
  }

  append({ bundle, entries }: Trail): void {
    this.bundle = bundle
    for (const entry of [...entries.values()]) this.entries.set(this.entries.size, entry)
  }

  entry(at: number): Trail {
    const entry = this.entries.get(at) ?? new Trail(this.#bases)
    this.entries.set(at, entry)
    return entry
  }
}

/** What the request, or the entry that is being answered, turned out to be. */
export function follow(interaction: Interaction): void {
  const trail = currentRequest()?.trail
  if (trail !== undefined) trail.interaction = interaction
}

/** The same, of a Bundle that is carried out. */
export function followBundle(type: 'batch' | 'transaction'): void {
  const trail = currentRequest()?.trail
  if (trail !== undefined) trail.bundle = type
}

/** Work on one more Bundle for the same request: its entries are recorded after those before. */
export async function onFurtherBundle<T>(work: () => Promise<T>): Promise<T> {
  const context = currentRequest()
  if (context?.trail === undefined) return work()
  const { trail } = context
  const further = trail.further()
  try {
    return await inRequest({ ...context, trail: further }, work)
  } finally {
    trail.append(further)
  }
}

/**
 * A record goes out with the answer, or is written.
 * @param about records that say whose it is, where it does not say so itself
 */
export function disclosed(resource: unknown, about?: readonly unknown[]): void {
  currentRequest()?.trail?.disclosures.add(resource, about)
}

/** The same, of many records that are alike in all that is counted: whose they are, and of which type. */
export function disclosedAlike(resource: unknown, times: number): void {
  currentRequest()?.trail?.disclosures.add(resource, undefined, times)
}

/** The same, for what goes out when this request is no longer the current one: streams have a context of their own. */
export function disclosing(): (resource: unknown) => void {
  const trail = currentRequest()?.trail
  return (resource) => trail?.disclosures.add(resource)
}

/** Work on one entry of a bundle: recorded by itself. May be called again for the same entry. */
export async function onEntry<T>(at: number, work: () => Promise<T | Answer>): Promise<T | Answer> {
  const context = currentRequest()
  const trail = context?.trail?.entry(at)
  if (context === undefined || trail === undefined) return work()
  const outcome = await inRequest({ ...context, trail }, work)
  if (isAnswer(outcome)) trail.answer = outcome
  return outcome
}

/** What is said of an entry, where that is known only with the whole. */
export function entryAnswered(at: number, answer: Answer): void {
  const trail = currentRequest()?.trail?.entries.get(at)
  if (trail !== undefined) trail.answer = answer
}

/** What is read on the way, and not shown. */
export function aside<T>(work: () => T): T {
  const context = currentRequest()
  if (context === undefined) return work()
  const { trail: _trail, ...untracked } = context
  return inRequest(untracked, work)
}

function isAnswer(outcome: unknown): outcome is Answer {
  return typeof outcome === 'object' && outcome !== null && 'status' in outcome
}
