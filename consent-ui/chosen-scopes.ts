// From the posted consent form back to scope texts: what the page showed as shared, and nothing else.
import type { Reader } from './catalogue.ts'
import { type Choice, choicesOf } from './choice.ts'

/**
 * The form posts `scope` for each question that is on, `part` for each box below one that is on, and `parts=shown` to
 * tell that such boxes were there. What is off counts, above and below alike: a box off takes all below it along, and
 * its whole falls apart into the parts that are left on.
 *
 * @returns texts for `narrow`. A form without `parts=shown` is taken at its word: `scope` may then hold any part.
 */
export function chosenScopes(asked: readonly string[], form: URLSearchParams): Set<string> {
  const posted = new Set(form.getAll('scope'))
  if (form.get('parts') !== 'shown') return posted
  const parts = new Set(form.getAll('part'))
  return new Set(
    choicesOf(asked, ANYONE).flatMap((question) => (posted.has(question.value) ? leftOn(question, parts) : [])),
  )
}

/** What boxes stand for hangs on no language. */
const ANYONE: Reader = { lang: 'en', own: true }

/** Texts of a choice whose own box is on. */
function leftOn(choice: Choice, parts: ReadonlySet<string>): string[] {
  if (choice.text !== undefined && choice.choices.every((one) => isWhole(one, parts))) return [choice.text]
  return choice.choices.flatMap((one) => (parts.has(one.value) ? leftOn(one, parts) : []))
}

function isWhole(choice: Choice, parts: ReadonlySet<string>): boolean {
  return parts.has(choice.value) && choice.choices.every((one) => isWhole(one, parts))
}
