// The requirements are well formed, and the committed page is the one that they make, as far as that can be told without a run.
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from '@jest/globals'
import { READINGS } from './readings.ts'
import { rowStart } from './report.ts'
import { GROUPS } from './requirements.ts'
import { THREE_SYSTEMS_GROUPS } from './three-systems.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const page = readFileSync(join(ROOT, 'docs/conformance.md'), 'utf8')
const all = [...GROUPS, ...THREE_SYSTEMS_GROUPS].flatMap(({ requirements }) => requirements)

test('each requirement is there once', () => {
  const ids = all.map(({ id }) => id)
  expect(new Set(ids).size).toBe(ids.length)
})

test('SEED-79: the committed page has each requirement with its text, and no others; else run npm run conformance', () => {
  const rows = page.split('\n').filter((line) => /^\| [A-Z]+-\d/.test(line))
  expect(rows.map((row) => row.split(' | ').slice(0, 3).join(' | '))).toEqual(
    all.map((requirement) => rowStart(requirement).slice(0, -2)),
  )
  for (const { id, notTaken } of all) {
    const row = rows.find((one) => one.startsWith(`| ${id} |`)) ?? ''
    expect([id, row.includes('No test')]).toEqual([id, false])
    expect([id, row.includes('Not taken: ')]).toEqual([id, notTaken !== undefined])
  }
  for (const { reading } of READINGS) expect(page).toContain(`| ${reading} |`)
})

test('SEED-79: the files that the committed page names are there, and hold the id', () => {
  for (const [, id = '', rest = ''] of page.matchAll(/^\| ([A-Z]+-\d+) \|(.*)$/gm)) {
    for (const [, file = ''] of rest.matchAll(/\]\(\.\.\/([^)]+)\)/g)) {
      const text = readFileSync(join(ROOT, file), 'utf8')
      // A range names its ends only.
      const group = id.slice(0, id.indexOf('-'))
      expect([id, file, text.includes(id) || text.includes(`${group}-`)]).toEqual([id, file, true])
    }
  }
})
