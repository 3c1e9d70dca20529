// Joins requirements with the results of a test run: which named tests show each, what is missing, and the page that says so.
import { idsIn, type Requirement, type RequirementGroup } from './requirement.ts'

/** One test of a run. */
export type TestResult = { name: string; file: string; passed: boolean }

/** What `jest --json` writes, as far as it is read here. */
export type JestOutput = {
  testResults: {
    name: string
    assertionResults: { ancestorTitles: string[]; title: string; status: string }[]
  }[]
}

/** @param root folder that file names are told from */
export function resultsOf(output: JestOutput, root: string): TestResult[] {
  return output.testResults.flatMap(({ name: path, assertionResults }) =>
    assertionResults.map(({ ancestorTitles, title, status }) => ({
      name: [...ancestorTitles, title].join(' › '),
      file: path.startsWith(`${root}/`) ? path.slice(root.length + 1) : path,
      passed: status === 'passed',
    })),
  )
}

export type Finding = { id: string; fault: 'no test' | 'failing' | 'not a requirement'; tests: string[] }

/** The tests that name each id; an id in the name of a `describe` counts for all of its tests. */
export function testsById(results: readonly TestResult[]): Map<string, TestResult[]> {
  const byId = new Map<string, TestResult[]>()
  for (const result of results) {
    for (const id of idsIn(result.name)) byId.set(id, [...(byId.get(id) ?? []), result])
  }
  return byId
}

/**
 * Why the run does not show conformance; empty when it does.
 * Ids that tests name count only within groups that are listed, so that a misspelled number is seen.
 */
export function findingsOf(groups: readonly RequirementGroup[], results: readonly TestResult[]): Finding[] {
  const byId = testsById(results)
  const all = groups.flatMap(({ requirements }) => requirements)
  const faults = all.flatMap(({ id, notTaken }): Finding[] => {
    const tests = byId.get(id) ?? []
    const failing = tests.filter(({ passed }) => !passed)
    if (failing.length > 0) return [{ id, fault: 'failing', tests: failing.map(({ name }) => name) }]
    return tests.length === 0 && notTaken === undefined ? [{ id, fault: 'no test', tests: [] }] : []
  })
  const known = new Set(all.map(({ id }) => id))
  const prefixes = new Set(all.map(({ id }) => prefixOf(id)))
  const strange = [...byId].filter(([id]) => prefixes.has(prefixOf(id)) && !known.has(id))
  return [
    ...faults,
    ...strange.map(([id, tests]): Finding => ({ id, fault: 'not a requirement', tests: tests.map((one) => one.name) })),
  ]
}

const prefixOf = (id: string): string => id.slice(0, id.indexOf('-'))
const escaped = (text: string): string => text.replaceAll(/[\\|<>*_`[\]]/g, (character) => `\\${character}`)

/** Names of generated cases can be endless. */
const shortened = (name: string): string => (name.length > 160 ? `${name.slice(0, 160)}…` : name)

/** How many tests of one file a row names before it only counts them. */
const NAMED_TESTS = 4

/** The table of one group. */
export function tableOf({ title, requirements }: RequirementGroup, byId: Map<string, TestResult[]>): string {
  const rows = requirements.map((requirement) => `${rowStart(requirement)} ${shownBy(requirement, byId)} |`)
  return [`### ${title}`, '', '| Id | Requirement | Level | Shown by |', '|---|---|---|---|', ...rows, ''].join('\n')
}

/** What a row says without a test run: a committed page that lacks one is stale. */
export function rowStart({ id, text, level, source }: Requirement): string {
  return `| ${id} | ${escaped(text)} (${escaped(source)}) | ${level} |`
}

function shownBy({ id, notTaken }: Requirement, byId: Map<string, TestResult[]>): string {
  const tests = byId.get(id) ?? []
  const files = [...new Set(tests.map(({ file }) => file))].sort()
  const told = files.map((file) => {
    const names = [...new Set(tests.filter((one) => one.file === file).map(({ name }) => name))].sort()
    const more = names.length > NAMED_TESTS ? `, and ${names.length - NAMED_TESTS} more` : ''
    return `[${file}](../${file}): ${names.slice(0, NAMED_TESTS).map(shortened).map(escaped).join('; ')}${more}`
  })
  return [...(notTaken === undefined ? [] : [`Not taken: ${escaped(notTaken)}`]), ...told].join('<br>') || 'No test'
}
