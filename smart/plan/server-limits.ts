// What the FHIR server behind was seen not to do, and which searches are refused for it, rather than answered wrongly. Pure.

import type { Parameter } from '../fhir/interaction.ts'
import { type Denial, deny } from './deny.ts'

/** All as they were found; they may change while the process runs. */
export type ServerLimits = {
  /** Types of which it was seen to give everyone's records, whatever patient is asked for. */
  unconfinable?: ReadonlySet<string>
  /** Types of which it was seen to give nobody's records when nobody's are asked for. */
  proven?: ReadonlySet<string>
  /** Types that take one value of a parameter at a time. */
  oneByOne?: ReadonlySet<string>
  /** Modifiers that do nothing. */
  ignoredModifiers?: ReadonlySet<string>
}

/** @param criteria of the app and of ours; not what says how to answer */
export function refusalByLimits(
  type: string,
  criteria: readonly Parameter[],
  { oneByOne, ignoredModifiers }: ServerLimits,
): Denial | undefined {
  for (const [name, value] of criteria) {
    const [parameter, modifier = ''] = name.split(':')
    if (ignoredModifiers?.has(modifier))
      return deny('unsupported-parameter', `The FHIR server does not do what :${modifier} asks for.`)
    // An escaped comma joins nothing.
    if (oneByOne?.has(type) && /(^|[^\\])(\\\\)*,/.test(value))
      return deny(
        'several-searches',
        `The FHIR server takes one value of ${parameter} at a time for ${type}; name one.`,
      )
  }
  return undefined
}
