// `npm run doctor`: looks at an installation from where it runs, and says what to do about what is not well. Exit code 1: there
// is something.

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs, parseEnv } from 'node:util'
import { examine, report } from './examine.ts'
import type { Environments } from './settings.ts'

const USAGE = `npm run doctor -- [--auth-server FILE] [--proxy FILE] [--sandbox]

Settings come from the environment; of one service from FILE (lines of NAME=value) where it is given.
  --sandbox    those of the sandbox that runs here (SANDBOX_PORT, SANDBOX_HOST, SANDBOX_DATA)`

async function environments(): Promise<Environments> {
  const { values } = parseArgs({
    options: {
      'auth-server': { type: 'string' },
      proxy: { type: 'string' },
      sandbox: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) {
    console.log(USAGE)
    process.exit(0)
  }
  if (values.sandbox) return ofSandbox()
  const read = (file: string | undefined) => (file === undefined ? process.env : parseEnv(readFileSync(file, 'utf8')))
  return { authServer: read(values['auth-server']), proxy: read(values.proxy) }
}

async function ofSandbox(): Promise<Environments> {
  // Not there where packages of development are not.
  const { sandboxEnvironments } = await import('../../sandbox/settings.ts')
  if (existsSync('.env')) process.loadEnvFile('.env')
  const { SANDBOX_PORT = '4000', SANDBOX_HOST = '127.0.0.2', SANDBOX_DATA = '.data' } = process.env
  const secrets = JSON.parse(readFileSync(join(SANDBOX_DATA, 'secrets.json'), 'utf8'))
  return sandboxEnvironments({
    portBase: Number(SANDBOX_PORT),
    host: SANDBOX_HOST,
    dataFolder: SANDBOX_DATA,
    secrets,
    environment: process.env,
  })
}

try {
  const findings = await examine(await environments(), Date.now)
  process.stdout.write(report(findings))
  process.exitCode = findings.every(({ isWell }) => isWell) ? 0 : 1
} catch (error) {
  console.error(`doctor: ${(error as Error).message}`)
  process.exitCode = 2
}
