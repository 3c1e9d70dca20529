// What is left of granted scopes when their person takes something out: parts of what was there, never more. Pure.

import { isTime, narrow, type Part, questionsOf } from './narrowing.ts'
import { PERMISSIONS, parseScope, type Scope, scopeContains } from './scope.ts'

/**
 * The scopes without some parts, and without all that lies within those, however it is spelled. A whole that loses one falls
 * apart into the others: what only the whole held, such as kinds of data added later, goes too.
 *
 * without(['patient/Goal.rs', 'patient/Task.rs'], new Set(['patient/Task.rs'])) is ['patient/Goal.rs']
 *
 * @param removed texts of parts, at any depth; others take nothing away
 */
export function without(scopes: readonly string[], removed: ReadonlySet<string>): string[] {
  const gone = [...removed].map(parseScope).flatMap((parsed) => (parsed.ok ? [wholeDeed(parsed.scope)] : []))
  const kept = questionsOf(scopes).flatMap((part) => keptOf(part, gone))
  return narrow(scopes, new Set([...kept, ...scopes.filter(isTime)]))
}

/** To read and to search are one deed to the person: whoever takes one away does not mean to leave the other. */
function wholeDeed(scope: Scope): Scope {
  const isReading = /[rs]/.test(scope.permissions)
  const permissions = [...PERMISSIONS].filter(
    (letter) => scope.permissions.includes(letter) || (isReading && 'rs'.includes(letter)),
  )
  return { ...scope, permissions: permissions.join('') }
}

function keptOf(part: Part, gone: readonly Scope[]): string[] {
  if (isGone(part, gone)) return []
  return isTouched(part, gone) ? part.parts.flatMap((one) => keptOf(one, gone)) : [part.text]
}

function isTouched(part: Part, gone: readonly Scope[]): boolean {
  return isGone(part, gone) || part.parts.some((one) => isTouched(one, gone))
}

function isGone({ scope }: Part, gone: readonly Scope[]): boolean {
  return gone.some((one) => scopeContains(one, scope))
}
