// What an app was granted, in the groups of the catalogue: each kind once, with the scope text that takes it away.
import { type Part, questionsOf } from '../smart/access/narrowing.ts'
import { GROUPS, type Group, namedTypes } from './catalogue.ts'
import { asksForChanges, factsOfScope } from './describe-scope.ts'

/** One kind of data that can be taken away by its scope text. */
export type GrantedKind = {
  text: string
  type: string
  /** Categories of it, where it was granted whole. */
  parts: readonly string[]
}

export type Granted = {
  /** Whether kinds of data added later are among it. */
  isWhole: boolean
  /** What can be seen, in the order of the catalogue; no group is empty. */
  groups: readonly { group: Group; kinds: readonly GrantedKind[] }[]
  /** Scope texts by which something can be added, changed or deleted. */
  changes: readonly string[]
}

export function grantedKinds(scopes: readonly string[]): Granted {
  const questions = questionsOf(scopes)
  const seen = questions.filter(({ text }) => !asksForChanges(factsOfScope(text)))
  const kinds = seen.flatMap((part) => (part.by === 'type' ? part.parts : [part])).map(kindOf)
  const order = namedTypes()
  kinds.sort((one, other) => order.indexOf(one.type) - order.indexOf(other.type))
  const groupOf = ({ text }: GrantedKind) => factsOfScope(text).group ?? 'everything'
  return {
    isWhole: seen.some(({ by }) => by === 'type'),
    groups: GROUPS.map((group) => ({ group, kinds: kinds.filter((kind) => groupOf(kind) === group) })).filter(
      (one) => one.kinds.length > 0,
    ),
    changes: questions.filter((part) => !seen.includes(part)).map(({ text }) => text),
  }
}

/** The scope texts that a posted form of an app's page means: `kind` is one of them, `group` all of a group. */
export function removedTexts(scopes: readonly string[], form: URLSearchParams): string[] {
  const { groups, changes } = grantedKinds(scopes)
  const [kind, group] = [form.get('kind'), form.get('group')]
  if (group !== null) return groups.filter((one) => one.group === group).flatMap(({ kinds }) => kinds.map(textOf))
  const known = [...changes, ...groups.flatMap(({ kinds }) => kinds.flatMap((one) => [one.text, ...one.parts]))]
  return known.filter((text) => text === kind)
}

function kindOf({ text, scope, by, parts }: Part): GrantedKind {
  return { text, type: scope.type, parts: by === 'category' ? parts.map(textOf) : [] }
}

function textOf({ text }: { text: string }): string {
  return text
}
