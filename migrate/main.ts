// `npm run convert-config -- FILE [--format env|json]`: settings of an older system as settings of ours. They go to the
// standard output, and what became of each setting to the error output. Exit code 1 when the file cannot be converted.
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { convert } from './convert.ts'
import { asJson, envFile, report } from './print.ts'
import { readSettings } from './read-settings.ts'

const USAGE =
  'npm run -s convert-config -- FILE [--format env|json] > .env\nFILE: what docs/migrate.md says how to export; - reads the standard input.'

try {
  const { values, positionals } = parseArgs({
    options: { format: { type: 'string', default: 'env' } },
    allowPositionals: true,
  })
  const [file, ...more] = positionals
  if (file === undefined || more.length > 0 || !['env', 'json'].includes(values.format)) throw new Error(USAGE)
  const conversion = convert(readSettings(readFileSync(file === '-' ? 0 : file, 'utf8')))
  process.stdout.write(values.format === 'json' ? asJson(conversion) : envFile(conversion))
  if (values.format === 'env') process.stderr.write(report(conversion))
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`)
  process.exitCode = 1
}
