// The guide and the converter say the same: each row of its tables is made of what the converter knows, and no other is there.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import type { OldModule, OldSetting } from './old-setting.ts'
import { SYSTEMS } from './systems.ts'

const guide = readFileSync(join(import.meta.dirname, '../docs/migrate.md'), 'utf8')

const FATES = { 'by-hand': 'by hand', 'not-needed': 'not needed', 'no-counterpart': 'none' } as const
const code = (names: readonly string[]): string => names.map((name) => `\`${name}\``).join(', ')

function settingRow(setting: OldSetting): string {
  const isOurs = setting.fate === 'converted' || setting.fate === 'secret'
  const ours = isOurs ? code(setting.ours) || '–' : FATES[setting.fate]
  return `| ${code(setting.names)} | ${ours} | ${setting.text} |`
}

function moduleRow({ name, fate, text, made = {}, processor }: OldModule): string {
  const ours = [...Object.keys(made), ...(processor === undefined ? [] : ['PROCESSORS_FILE'])]
  return `| \`${name}\` | ${fate === 'converted' ? code(ours) : FATES[fate]} | ${text} |`
}

const ROWS = new Set(
  SYSTEMS.flatMap(({ settings, modules }) => [...settings.map(settingRow), ...modules.map(moduleRow)]),
)

describe('SEED-80: docs/migrate.md', () => {
  test.each(SYSTEMS)('has each setting and module of the $title, with what becomes of it', ({ settings, modules }) => {
    const rows = [...settings.map(settingRow), ...modules.map(moduleRow)]
    expect(rows.filter((row) => !guide.includes(`\n${row}\n`))).toEqual([])
  })

  test('has no setting or module that the converter does not know', () => {
    const tables = [...guide.matchAll(/^\| Old \| Ours \| \|\n\| --- \| --- \| --- \|\n((?:\|.*\n)+)/gm)]
    const rows = tables.flatMap(([, body = '']) => body.trimEnd().split('\n'))
    expect(tables).toHaveLength(5)
    expect(rows.filter((row) => !ROWS.has(row))).toEqual([])
    expect(rows.toSorted()).toEqual([...ROWS].toSorted())
  })

  test('has every name that a system had, also where it stands in its text alone', () => {
    const told = [...guide.matchAll(/`((?:FP|FS|SA)-[A-Z*-]+)`/g)].map(([, name = '']) => name)
    const known = new Set(SYSTEMS.flatMap(({ settings }) => settings.flatMap(({ names }) => names)))
    expect(told.filter((name) => !known.has(name))).toEqual([])
  })
})
