// What a setting of an older system is to us: one row each, for the converter and for the guide alike.
import type { OldValues } from './old-values.ts'

/** Settings of ours, by name. */
export type Made = Readonly<Record<string, string>>

/**
 * @param value as the older system had it, never empty
 * @returns settings of ours, or why there are none: a sentence that does not repeat the value
 */
export type Convert = (value: string, old: OldValues) => Made | string

export type OldSetting = {
  /** As they are spelled there, one or several of the same meaning. `*` stands for a part of a name. */
  names: readonly string[]
  /** One line, for the guide and for whoever converts. */
  text: string
} & (
  | { fate: 'converted'; ours: readonly string[]; convert: Convert }
  /** It goes on under another name, and its value is looked at by nobody here. */
  | { fate: 'secret'; ours: readonly string[] }
  | { fate: 'by-hand' | 'not-needed' | 'no-counterpart' }
)

export type Fate = OldSetting['fate']

type Names = string | readonly string[]
const listed = (names: Names): readonly string[] => (typeof names === 'string' ? [names] : names)

export function converted(names: Names, ours: readonly string[], text: string, convert: Convert): OldSetting {
  return { names: listed(names), text, fate: 'converted', ours, convert }
}

export function secret(names: Names, ours: string, text: string): OldSetting {
  return { names: listed(names), text, fate: 'secret', ours: [ours] }
}

const without =
  (fate: 'by-hand' | 'not-needed' | 'no-counterpart') =>
  (names: Names, text: string): OldSetting => ({ names: listed(names), text, fate })

export const byHand = without('by-hand')
export const notNeeded = without('not-needed')
export const noCounterpart = without('no-counterpart')

/** One of the systems before this one. */
export type OldSystem = {
  id: 'fhir-proxy' | 'azure-smart-proxy' | 'samples'
  title: string
  settings: readonly OldSetting[]
  /** Steps of its own that lists in two of its settings switched on. */
  modules: readonly OldModule[]
  /** What follows from several settings together, or from one that is not there. */
  derive(old: OldValues): readonly Derived[]
}

export type Derived = { name: string; from: readonly string[] } & ({ value: string } | { fill: string })

/** @see OldSystem.modules */
export type OldModule = {
  /** Its class, without the namespace. */
  name: string
  text: string
  fate: Exclude<Fate, 'secret'>
  /** Settings of ours that do the same. */
  made?: Made
  /** A processor that does the same, as `PROCESSORS_FILE` names it. */
  processor?(old: OldValues): Processor
}

export type Processor = { use: string; settings?: Readonly<Record<string, unknown>> }
