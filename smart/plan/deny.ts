// How a plan says no: a reason that the edge turns into a status, and what to tell the app's developer.

import type { Access } from '../access/access.ts'

export type DenyReason =
  | 'insufficient-scope'
  | 'outside-reach'
  | 'not-confinable'
  | 'not-supported'
  /** Missing and foreign alike. */
  | 'not-found'
  | 'unsupported-parameter'
  | 'bad-parameter'
  | 'too-costly'
  | 'several-searches'

export type Denial = { kind: 'deny'; reason: DenyReason; message: string; smallestScope?: string }

export function deny(reason: DenyReason, message: string): Denial {
  return { kind: 'deny', reason, message }
}

/** @param type a resource type, or `*` */
export function denyScope(access: Access, type: string, letter: string): Denial {
  if (access.operations !== undefined)
    return deny('insufficient-scope', `This needs a role, and scopes if any, that allow ${type}.${letter}.`)
  const smallestScope = `${contextOf(access)}/${type}.${letter}`
  return { ...deny('insufficient-scope', `This needs the scope ${smallestScope}.`), smallestScope }
}

function contextOf({ patient, who }: Access): string {
  if (patient !== undefined) return 'patient'
  return who.person === undefined ? 'system' : 'user'
}
