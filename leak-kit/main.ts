// npm run leak-kit: asks two worlds the same and prints what differs. Exit code 0: nothing; 1: findings; 2: it could not run.

import { parseCommandLine, USAGE } from './command-line.ts'
import { findOwnRecords } from './discover.ts'
import { generateRequests } from './generate.ts'
import { knownFrom, recordsIn } from './known.ts'
import { compareWorlds, type Outcome } from './run.ts'

async function run(args: readonly string[]): Promise<Outcome> {
  const { one, other, hidden, patient, opaque, ...settings } = parseCommandLine(args)
  const own = await findOwnRecords(one)
  if (own.length === 0) throw new Error('The first world shows nothing to this token: nothing can be compared.')
  const hiddenRecords = recordsIn(hidden)
  if (hiddenRecords.length === 0) throw new Error('The file of hidden records holds none.')
  const known = knownFrom(`Patient/${patient ?? firstPatient(own)}`, own, hiddenRecords)
  return compareWorlds(one, other, generateRequests(known, settings), opaque === undefined ? {} : { opaque })
}

function firstPatient(records: readonly unknown[]): string {
  const found = (records as { resourceType?: string; id?: string }[]).find((one) => one.resourceType === 'Patient')
  return found?.id ?? 'nobody'
}

try {
  const { requests, pages, statuses, findings } = await run(process.argv.slice(2))
  for (const { request, where, one, other } of findings)
    console.log(`${request}\n  ${where}\n  one world:   ${one}\n  the other:   ${other}\n`)
  const answered = [...statuses].sort(([a], [b]) => a - b).map(([status, times]) => `${status}: ${times}`)
  console.log(`${requests} requests and ${pages} further pages in both worlds (${answered.join(', ')}).`)
  console.log(findings.length === 0 ? 'No difference.' : `${findings.length} findings.`)
  process.exitCode = findings.length === 0 ? 0 : 1
} catch (error) {
  console.error(`${(error as Error).message}\n\n${USAGE}`)
  process.exitCode = 2
}
