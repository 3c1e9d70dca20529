// Runs the tests, joins their names with the requirements and writes docs/conformance.md: `npm run conformance`.
// With `--from <file>` an earlier `jest --json --outputFile=<file>` is read instead, with `--page <file>` the page goes
// elsewhere. Exit code 1 when something is not shown, 2 when there is nothing to read.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { conformancePage } from '../test/conformance/page.ts'
import { findingsOf, type JestOutput, resultsOf } from '../test/conformance/report.ts'
import { GROUPS } from '../test/conformance/requirements.ts'
import { THREE_SYSTEMS_GROUPS } from '../test/conformance/three-systems.ts'

const ROOT = resolve(import.meta.dirname, '..')

const { values } = parseArgs({
  options: { from: { type: 'string' }, page: { type: 'string', default: 'docs/conformance.md' } },
})
const output = values.from === undefined ? runTests() : readOutput(values.from)
const results = resultsOf(output, ROOT)
writeFileSync(resolve(ROOT, values.page), conformancePage({ standard: GROUPS, older: THREE_SYSTEMS_GROUPS }, results))

const groups = [...GROUPS, ...THREE_SYSTEMS_GROUPS]
const findings = findingsOf(groups, results)
for (const { id, fault, tests } of findings) process.stdout.write(`${id}: ${[fault, ...tests].join('\n    ')}\n`)
const all = groups.flatMap(({ requirements }) => requirements)
const notTaken = all.filter((one) => one.notTaken !== undefined).length
process.stdout.write(
  `${all.length} requirements, ${notTaken} not taken, ${findings.length} not shown: ${values.page}\n`,
)
process.exitCode = findings.length === 0 ? 0 : 1

function runTests(): JestOutput {
  const folder = mkdtempSync(join(tmpdir(), 'conformance-'))
  try {
    const file = join(folder, 'tests.json')
    const jest = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', 'node_modules/jest/bin/jest.js']
    spawnSync(process.execPath, [...jest, '--json', `--outputFile=${file}`], { cwd: ROOT, stdio: 'inherit' })
    return readOutput(file)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function readOutput(file: string): JestOutput {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as JestOutput
  } catch {
    process.stderr.write(`${file}: no results of a test run\n`)
    return process.exit(2)
  }
}
