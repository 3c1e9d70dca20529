// The conformance report itself: it must fail where something is not shown, and name what is.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { conformancePage } from './page.ts'
import { findingsOf, type JestOutput, resultsOf, testsById } from './report.ts'
import { idsIn, parseRequirements } from './requirement.ts'

const GROUPS = [
  {
    title: 'Sample',
    requirements: parseRequirements(`
      XYZ-01 | MUST | One | RFC 1
      XYZ-02 | MAY | Two | own | Nobody needs it.
    `),
  },
]
const result = (name: string, passed = true) => ({ name, file: 'a/b.test.ts', passed })

describe('findings', () => {
  test.each([
    ['a test that passes', [result('XYZ-01: works')], []],
    ['no test at all', [], [{ id: 'XYZ-01', fault: 'no test', tests: [] }]],
    ['one of several fails', [result('XYZ-01'), result('XYZ-01 b', false)], [{ id: 'XYZ-01', fault: 'failing' }]],
    ['what is not taken fails', [result('XYZ-01'), result('XYZ-02', false)], [{ id: 'XYZ-02', fault: 'failing' }]],
    ['a number that is none', [result('XYZ-01, XYZ-09')], [{ id: 'XYZ-09', fault: 'not a requirement' }]],
    ['a group that is not in here', [result('XYZ-01, OTH-01')], []],
  ])('%s', (_name, results, expected) => {
    expect(findingsOf(GROUPS, results)).toEqual(expected.map((one) => expect.objectContaining(one)))
  })
})

test('an id in a describe counts for each of its tests, and a skipped test shows nothing', () => {
  const output: JestOutput = {
    testResults: [
      {
        name: '/root/a/b.test.ts',
        assertionResults: [
          { ancestorTitles: ['XYZ-01: outer', 'inner'], title: 'first', status: 'passed' },
          { ancestorTitles: ['XYZ-01: outer'], title: 'second', status: 'pending' },
        ],
      },
    ],
  }
  const results = resultsOf(output, '/root')
  expect(testsById(results).get('XYZ-01')).toEqual([
    { name: 'XYZ-01: outer › inner › first', file: 'a/b.test.ts', passed: true },
    { name: 'XYZ-01: outer › second', file: 'a/b.test.ts', passed: false },
  ])
  expect(findingsOf(GROUPS, results)).toEqual([expect.objectContaining({ fault: 'failing' })])
})

test.each([
  ['AUTHZ-18: long', ['AUTHZ-18']],
  ['TOK-10 to TOK-13, XYZ-15: all', ['TOK-10', 'TOK-11', 'TOK-12', 'TOK-13', 'XYZ-15']],
  ['narrowed (SCP-12)', ['SCP-12']],
  ['RS384, UTF-8, SHA-256 and es-1 are none', ['SHA-256']],
  ['no id', []],
])('ids in %j', (name, ids) => expect(idsIn(name)).toEqual(ids))

test.each([
  'XYZ-1 | MUST | One | own',
  'XYZ-01 | OUGHT | One | own',
  'XYZ-01 | MUST | One',
  'XYZ-01 | MAY | a | b | c | d',
])('%j is not a requirement', (line) => expect(() => parseRequirements(line)).toThrow('not a requirement'))

test('the page names tests by file, and says why something is not taken; nothing breaks out of a cell', () => {
  const older = [{ title: 'Older', requirements: parseRequirements('OLD-01 | MUST | Was there | another system') }]
  const page = conformancePage({ standard: GROUPS, older }, [result('XYZ-01: a | b <i>'), result('OLD-01: is here')])
  expect(page).toContain('| XYZ-01 | One (RFC 1) | MUST | [a/b.test.ts](../a/b.test.ts): XYZ-01: a \\| b \\<i\\> |')
  expect(page).toContain('| XYZ-02 | Two (own) | MAY | Not taken: Nobody needs it. |')
  expect(page).toContain('1 of 2 requirements are taken')
  expect(page.slice(page.indexOf('## Part two'))).toMatch(/1 of 1 requirements are taken[\s\S]*OLD-01: is here/)
})

describe('SEED-79: the command', () => {
  const run = (results: string | undefined) => {
    const folder = mkdtempSync(join(tmpdir(), 'report-test-'))
    try {
      const [from, page] = [join(folder, 'tests.json'), join(folder, 'page.md')]
      if (results !== undefined) writeFileSync(from, results)
      const script = resolve(import.meta.dirname, '../../scripts/conformance.ts')
      const { status, stdout } = spawnSync(process.execPath, [script, '--from', from, '--page', page], {
        encoding: 'utf8',
      })
      return { status, stdout, page: existsSync(page) ? readFileSync(page, 'utf8') : undefined }
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  }
  test('fails and names each requirement that no test shows, and says so on the page', () => {
    const { status, stdout, page } = run('{"testResults":[]}')
    expect(status).toBe(1)
    expect(stdout).toContain('SEC-05: no test')
    expect(stdout).not.toContain('TOK-19: no test')
    expect(page).toMatch(/^\| SEC-05 \|.*\| No test \|$/m)
  })
  test.each([undefined, 'no JSON'])('fails without results, and writes nothing: %s', (results) => {
    expect(run(results)).toMatchObject({ status: 2, page: undefined })
  })
})
