// What is left of granted scopes when their person takes something out: parts of what was there, never more. Pure.

import { isTime, narrow, type Part, questionsOf } from './narrowing.ts'

/**
 * The scopes without some parts. A whole that loses one falls apart into the others: what only the whole held, such as kinds of
 * data added later, goes too.
 *
 * without(['patient/Goal.rs', 'patient/Task.rs'], new Set(['patient/Task.rs'])) is ['patient/Goal.rs']
 *
 * @param removed texts of parts, at any depth; others take nothing away
 */
export function without(scopes: readonly string[], removed: ReadonlySet<string>): string[] {
  const kept = questionsOf(scopes).flatMap((part) => keptOf(part, removed))
  return narrow(scopes, new Set([...kept, ...scopes.filter(isTime)]))
}

function keptOf(part: Part, removed: ReadonlySet<string>): string[] {
  if (removed.has(part.text)) return []
  return isTouched(part, removed) ? part.parts.flatMap((one) => keptOf(one, removed)) : [part.text]
}

function isTouched({ text, parts }: Part, removed: ReadonlySet<string>): boolean {
  return removed.has(text) || parts.some((one) => isTouched(one, removed))
}
