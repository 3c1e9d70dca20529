// `npm start`: the whole system on this machine. Settings: SANDBOX_PORT, SANDBOX_HOST, SANDBOX_DATA, SANDBOX_SECOND_IDP, and those of the services; a .env file is read.

import { existsSync } from 'node:fs'
import { z } from 'zod'
import { isWorthShowing } from './log-line.ts'
import { DEMO_PEOPLE } from './people/demo-people.ts'
import { type Sandbox, startSandbox } from './start-sandbox.ts'

function refuse(line: string): never {
  console.error(`npm start: ${line}`)
  process.exit(1)
}

if (Number(process.versions.node.split('.')[0]) < 24) {
  refuse(`Node ${process.versions.node} is too old; install Node 24 or later`)
}
if (existsSync('.env')) {
  try {
    process.loadEnvFile('.env')
  } catch (error) {
    refuse(`.env cannot be read: ${error instanceof Error ? error.message : 'unknown fault'}`)
  }
}

const settings = z
  .object({
    SANDBOX_PORT: z.coerce
      .number()
      .refine(
        (port) => Number.isInteger(port) && port >= 1024 && port <= 65_527,
        'must be a whole number from 1024 to 65527',
      )
      .default(4000),
    SANDBOX_HOST: z
      .union([z.literal('localhost'), z.string().regex(/^127(\.\d{1,3}){3}$/, 'must be a loopback address')])
      .default('127.0.0.2'),
    SANDBOX_DATA: z.string().min(1).default('.data'),
    SANDBOX_SECOND_IDP: z.enum(['true', 'false']).default('false'),
  })
  .safeParse(process.env)
if (!settings.success) refuse(settings.error.issues.map((issue) => `${issue.path}: ${issue.message}`).join('; '))

const { SANDBOX_PORT, SANDBOX_HOST, SANDBOX_DATA } = settings.data
const began = performance.now()
let sandbox: Sandbox | undefined
let stopping = false

async function stop(): Promise<void> {
  if (stopping) return
  stopping = true
  await sandbox?.stop()
  process.exit(0)
}
process.on('SIGINT', stop)
process.on('SIGTERM', stop)

try {
  sandbox = await startSandbox({
    portBase: SANDBOX_PORT,
    host: SANDBOX_HOST,
    dataFolder: SANDBOX_DATA,
    environment: process.env,
    onLine: (name, line, stream) => {
      if (!stopping && isWorthShowing(line, stream)) console.error(`[${name}] ${line}`)
    },
  })
} catch (error) {
  if (stopping) process.exit(0)
  refuse(error instanceof Error ? error.message : 'unknown fault')
}

const seconds = ((performance.now() - began) / 1000).toFixed(1)
const { urls } = sandbox
const people = DEMO_PEOPLE.map(({ name, about }) => `    ${name.padEnd(17)} ${about}`)
console.log(`
Ready after ${seconds} s. Made-up people only; Ctrl-C ends it.

  Sample app, as a patient       ${urls.app}/
  EHR launcher, as a clinician   ${urls.launcher}/
  FHIR base                      ${urls.fhirBase}
  Authorization server           ${urls.issuer}
  What was changed               npm run events

  Sign in as (no passwords)
${people.join('\n')}
`)
