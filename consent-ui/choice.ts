// What a person is asked, as a tree of boxes: a question, the groups and kinds of data in it, their categories.
import { isAlwaysGranted, isCovered, type Part, questionsOf } from '../smart/access/narrowing.ts'
import { parseScope, type Scope, scopeContains } from '../smart/access/scope.ts'
import { GROUPS, groupName, namedTypes, type Reader } from './catalogue.ts'
import { asksForChanges, describeScope, factsOfScope, type ScopeDescription } from './describe-scope.ts'
import { consentWords } from './words/consent.ts'

/** A box counts only while all above it are on, and it stands for its whole only while all below it are on. */
export type Choice = {
  /** What the box posts: the scope text, if it stands for one. */
  value: string
  /** The scope text that it stands for. A group has none, nor has the rest of a whole that no part holds. */
  text?: string
  described: ScopeDescription
  isOn: boolean
  isNew: boolean
  /** What the app says it needs of it. */
  needed: 'all' | 'part' | 'nothing'
  /** What to know about the choices below. */
  note?: string
  choices: readonly Choice[]
}

/** Scope texts that change how the boxes stand. */
export type EarlierAnswers = {
  /** Left on in an earlier try. */
  chosen?: readonly string[] | undefined
  /** What was asked for last time, and what of it was granted. */
  remembered?: { asked: readonly string[]; granted: readonly string[] } | undefined
  /** What the app says it needs. */
  required?: readonly string[] | undefined
}

/** The questions that a request amounts to. Without earlier answers seeing is on, changes and time are off. */
export function choicesOf(asked: readonly string[], reader: Reader, answers: EarlierAnswers = {}): Choice[] {
  return [
    ...questionsOf(asked).map((part) => questionOf(part, answers, reader)),
    ...otherQuestions(asked, answers, reader),
  ]
}

function questionOf(part: Part, { chosen, remembered, required = [] }: EarlierAnswers, reader: Reader): Choice {
  const before = scopesOf(remembered?.asked ?? [])
  const needed = scopesOf(required)
  // What was never asked for has no earlier answer.
  const earlier = remembered && isTouched(part, before) ? scopesOf(remembered.granted) : undefined
  const answered = chosen ? scopesOf(chosen) : earlier
  const isOn = answered ? isTouched(part, answered) : !asksForChanges(factsOfScope(part.text))
  const box = boxOf(part, { isOn, answered, needed }, reader)
  return {
    ...box,
    isNew: remembered !== undefined && !isCovered(part, before),
    // The part itself may stand in a closed fold.
    needed: box.needed === 'nothing' && needed.some((one) => scopeContains(part.scope, one)) ? 'part' : box.needed,
  }
}

type Standing = { isOn: boolean; answered: readonly Scope[] | undefined; needed: readonly Scope[]; whole?: Part }

function boxOf(part: Part, { isOn, answered, needed, whole }: Standing, reader: Reader): Choice {
  const words = consentWords(reader.lang)
  const isWithinNeeded = ({ scope }: Part) => needed.some((one) => scopeContains(one, scope))
  const below = inCatalogueOrder(part).map((one) =>
    boxOf(
      one,
      {
        // Below what is off everything is on: switching that on then gives all of it.
        isOn: !isOn || answered === undefined || isTouched(one, answered),
        answered: isOn ? answered : undefined,
        needed,
        whole: part,
      },
      reader,
    ),
  )
  const described = describeScope(part.text, reader)
  const [untick, untickFitsTwo] = asksForChanges(described)
    ? [words.untickChanges, words.untickChangesFitsTwo]
    : [words.untick, words.untickFitsTwo]
  const rest = restOf(part, !isOn || answered === undefined || isCovered(part, answered), reader)
  return {
    value: part.text,
    text: part.text,
    described,
    isOn,
    isNew: false,
    // Said once, where what is needed begins.
    needed: isWithinNeeded(part) && !(whole && isWithinNeeded(whole)) ? 'all' : 'nothing',
    ...(part.by === undefined ? {} : { note: part.by === 'category' ? untickFitsTwo : untick }),
    choices: [...(part.by === 'type' ? inGroups(part.text, below, reader) : below), ...rest],
  }
}

/** What only the whole holds. Without a box for it, all parts and the whole would look the same. */
function restOf({ text, by }: Part, isOn: boolean, { lang }: Reader): Choice[] {
  if (by === undefined) return []
  const words = consentWords(lang)
  const label = by === 'type' ? words.newKinds : words.uncategorised
  return [plainBox({ value: `${text} rest`, label, hint: words.onlyWithAll, isOn, choices: [] })]
}

function plainBox(p: {
  value: string
  label: string
  hint: string
  isOn: boolean
  choices: readonly Choice[]
}): Choice {
  const { value, label, hint, isOn, choices } = p
  return {
    value,
    described: { kind: 'data', label, hint, deeds: [], verbs: [] },
    isOn,
    isNew: false,
    needed: 'nothing',
    choices,
  }
}

function inCatalogueOrder({ by, parts }: Part): readonly Part[] {
  const order = namedTypes()
  return by === 'type' ? [...parts].sort((a, b) => order.indexOf(a.scope.type) - order.indexOf(b.scope.type)) : parts
}

/** The kinds of data of a wildcard by group, so that a long list can be answered in a few ticks. */
function inGroups(whole: string, boxes: readonly Choice[], reader: Reader): Choice[] {
  return GROUPS.flatMap((group): readonly Choice[] => {
    const choices = boxes.filter(({ described }) => described.group === group)
    if (choices.length < 2) return choices
    const isOn = choices.some((choice) => choice.isOn)
    return [
      plainBox({
        value: `${whole} ${group}`,
        label: groupName(group, reader),
        hint: consentWords(reader.lang).kindsOfData(choices.length),
        isOn,
        choices,
      }),
    ]
  })
}

/** How long, and what we have no name for. Access while away includes access while signed in: one question. */
function otherQuestions(
  asked: readonly string[],
  { chosen, remembered, required = [] }: EarlierAnswers,
  reader: Reader,
): Choice[] {
  return [...new Set(asked)]
    .filter((text) => !parseScope(text).ok && !isAlwaysGranted(text))
    .filter((text) => text !== 'online_access' || !asked.includes('offline_access'))
    .map(
      (text): Choice => ({
        value: text,
        text,
        described: describeScope(text, reader),
        isOn: (chosen ?? remembered?.granted ?? []).includes(text),
        isNew: remembered !== undefined && !remembered.asked.includes(text),
        needed: required.includes(text) ? 'all' : 'nothing',
        choices: [],
      }),
    )
}

/** Whether any of it is allowed. */
function isTouched(part: Part, by: readonly Scope[]): boolean {
  return isCovered(part, by) || part.parts.some((one) => isTouched(one, by))
}

function scopesOf(texts: readonly string[]): Scope[] {
  return texts.map(parseScope).flatMap((parsed) => (parsed.ok ? [parsed.scope] : []))
}
