// `npm run admin`: the operator's tool. Reads the environment and the command line; the only file here that does.
import { existsSync } from 'node:fs'
import { adminApi } from './admin-api.ts'
import { findConnection } from './connection.ts'
import { run } from './run.ts'

if (existsSync('.env')) process.loadEnvFile('.env')
const { code, out, err } = await run(process.argv.slice(2), async () => adminApi(await findConnection(process.env)))
process.stdout.write(out)
process.stderr.write(err)
process.exitCode = code
