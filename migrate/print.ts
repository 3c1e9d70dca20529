// What is printed of a conversion: a file of settings with remarks, a report for people, or both as JSON.
import type { Became, Conversion, Line } from './convert.ts'
import { GROUPS } from './our-settings.ts'
import { quoteFor } from './values.ts'

/** The settings, for `.env`. What is still to be filled in stands there empty, which counts as not set. */
export function envFile({ system, lines, processors }: Conversion): string {
  const groups = Object.entries(GROUPS).flatMap(([title, names]) => {
    const own = names.flatMap((name) => lines.find((line) => line.name === name) ?? [])
    return own.length === 0 ? [] : [['', `# --- ${title} ---`, ...own.flatMap(envLines)].join('\n')]
  })
  const file = JSON.stringify({ processors })
  const beside =
    processors.length === 0 ? [] : ['', '# --- processors.json: save this as a file, without the # ---', `# ${file}`]
  const head = `# Converted from settings of the ${system.title}. Look through each line before you use it.`
  return `${[head, ...groups, ...beside].join('\n')}\n`
}

function envLines(line: Line): string[] {
  if ('fill' in line) return [`# Fill in: ${shown(line.fill)}`, `${line.name}=`]
  const from = line.from.length === 0 ? [] : [`# From ${line.from.map(shown).join(', ')}`]
  return [...from, `${line.name}=${quoted(line.value)}`]
}

/** As `node --env-file` reads it. */
function quoted(value: string): string {
  const quote = /^[\w.:/@|,=+~-]*$/.test(value) ? '' : quoteFor(value)
  return `${quote}${value}${quote}`
}

const TITLES: readonly (readonly [Became['fate'] | 'fault', string])[] = [
  ['fault', 'Could not be converted'],
  ['by-hand', 'To be done by hand'],
  ['no-counterpart', 'Without a counterpart'],
  ['unknown', 'Not known'],
  ['secret', 'Secrets, which are not printed'],
  ['converted', 'Converted'],
  ['not-needed', 'Not needed any more'],
]

/** What became of each setting. Names and our own words; no value. */
export function report({ system, became, lines }: Conversion): string {
  const sections = TITLES.flatMap(([fate, title]) => {
    const own = became.filter((one) => (one.fault === undefined ? one.fate : 'fault') === fate)
    return own.length === 0 ? [] : ['', `${title}:`, ...own.map(reportLine)]
  })
  const toFill = lines.filter((line) => 'fill' in line)
  const still =
    toFill.length === 0 ? [] : ['', 'To be filled in:', ...toFill.map(({ name, fill }) => `  ${name}: ${fill}`)]
  return `${[`Settings of the ${system.title}. The whole way: docs/migrate.md`, ...sections, ...still].join('\n')}\n`
}

function reportLine({ name, text, ours, fault }: Became): string {
  const to = ours.length === 0 ? '' : ` -> ${ours.join(', ')}`
  return `  ${shown(name)}${to}: ${fault ?? plain(text)}`
}

export function asJson({ system, lines, processors, became }: Conversion): string {
  const settings = Object.fromEntries(lines.flatMap((line) => ('value' in line ? [[line.name, line.value]] : [])))
  const fill_in = Object.fromEntries(lines.flatMap((line) => ('fill' in line ? [[line.name, line.fill]] : [])))
  return `${JSON.stringify({ system: system.id, settings, fill_in, processors, became }, null, 2)}\n`
}

/** Of somebody's file: in a terminal and in a remark it must not begin another line. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: those are what is taken out
const shown = (text: string): string => text.replaceAll(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, '?')

/** The guide's texts have links in them. */
const plain = (text: string): string => text.replaceAll(/\[([^\]]+)\]\([^)]*\)/g, '$1')
