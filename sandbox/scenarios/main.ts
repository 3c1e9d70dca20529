// `npm run scenario -- NAME|FILE|LINK [--json]`: runs a scenario on the sandbox that runs, and prints its timeline. Settings: SANDBOX_DATA.

import { parseArgs } from 'node:util'
import { sandboxFiles } from '../settings.ts'
import { printTimeline } from '../timeline/print.ts'
import { redactTimeline } from '../timeline/redact.ts'
import { findScenario } from './find-scenario.ts'
import { describeOutcome } from './outcome.ts'
import { runScenario } from './run-scenario.ts'
import { findSandbox } from './running-sandbox.ts'
import { SHIPPED } from './shipped.ts'

const USAGE = 'npm run scenario -- NAME|FILE.json|LINK [--json]'

function refuse(line: string): never {
  console.error(line)
  process.exit(1)
}

const { positionals, values } = parseArgs({ allowPositionals: true, options: { json: { type: 'boolean' } } })
const [given] = positionals
if (given === undefined) {
  const names = [...SHIPPED].map(([id, { name }]) => `  ${id.padEnd(22)}${name}`)
  console.log([USAGE, '', ...names].join('\n'))
} else {
  const dataFolder = process.env.SANDBOX_DATA || '.data'
  try {
    const scenario = await findScenario(given, sandboxFiles(dataFolder).scenarios)
    const { id, outcome, exchanges } = await runScenario(await findSandbox(dataFolder), scenario)
    if (values.json) console.log(JSON.stringify({ scenario, run: id, ...redactTimeline(exchanges) }, null, 2))
    else console.log([scenario.name, '', ...printTimeline(exchanges), '', ...describeOutcome(outcome)].join('\n'))
  } catch (error) {
    refuse(error instanceof Error ? error.message : 'failed')
  }
}
