// The one catalogue of data names: each R4 type, and each US Core category of it, in words that patients use, by language
// and by whose data it is.
import { english, englishForOthers, englishGroups } from './data-names/english.ts'
import type { Row } from './data-names/row.ts'
import { spanish, spanishForOthers, spanishGroups } from './data-names/spanish.ts'
import { isPseudo, type Lang } from './language.ts'
import { pseudoText } from './pseudo.ts'

export type Group = keyof typeof englishGroups

export type DataName = { label: string; hint?: string; group: Group }

/** Who reads a page: in which language, and whether the data is the reader's own. */
export type Reader = { lang: Lang; own: boolean }

/** In the order in which pages show them; the first takes wildcards. */
export const GROUPS = Object.keys(englishGroups) as readonly Group[]

type Names = {
  groups: Readonly<Record<Group, string>>
  rows: Readonly<Record<Group, Readonly<Record<string, Row>>>>
  forOthers: ReadonlyMap<string, string>
}

const ENGLISH: Names = { groups: englishGroups, rows: english, forOthers: englishForOthers }
const SPANISH: Names = { groups: spanishGroups, rows: spanish, forOthers: spanishForOthers }

const GROUP_OF: ReadonlyMap<string, Group> = new Map(
  GROUPS.flatMap((group) => Object.keys(english[group]).map((key): [string, Group] => [key, group])),
)

/** The name of a type, or of one category of it; undefined for what the catalogue does not know. */
export function findDataName(type: string, category: string | undefined, reader: Reader): DataName | undefined {
  const key = category === undefined ? type : `${type}:${category}`
  const group = GROUP_OF.get(key)
  const row = group && namesIn(reader).rows[group][key]
  if (group === undefined || row === undefined) return undefined
  if (typeof row === 'string') return { label: wordsFor(row, reader), group }
  return { label: wordsFor(row[0], reader), hint: wordsFor(row[1], reader), group }
}

/** The group that a type or a category of it belongs to. */
export function findGroup(type: string, category?: string): Group | undefined {
  return GROUP_OF.get(category === undefined ? type : `${type}:${category}`)
}

export function groupName(group: Group, reader: Reader): string {
  return wordsFor(namesIn(reader).groups[group], reader)
}

/** Every type the catalogue names, categories left out. */
export function namedTypes(): string[] {
  return [...GROUP_OF.keys()].filter((key) => !key.includes(':') && key !== '*')
}

/** A text of the reader's language that may speak to "you", for this reader. */
export function wordsFor(text: string, reader: Reader): string {
  const fitting = reader.own ? text : (namesIn(reader).forOthers.get(text) ?? text)
  return isPseudo(reader.lang) ? pseudoText(fitting, reader.lang) : fitting
}

function namesIn({ lang }: Reader): Names {
  return lang === 'es' ? SPANISH : ENGLISH
}
