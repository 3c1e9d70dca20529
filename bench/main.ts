// npm run bench: what the services cost on this machine, beside the libraries that they are built on.
//   npm run bench -- proxy              the proxy alone; auth-server: the authorization server alone
//   npm run bench -- --json FILE        the same figures for programs
import { writeFile } from 'node:fs/promises'
import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { authServerRows } from './auth-server/figures.ts'
import { proxyRows } from './proxy/figures.ts'
import type { Row } from './row.ts'
import { table } from './table.ts'

const PARTS: Record<string, () => Promise<Row[]>> = { 'auth-server': authServerRows, proxy: proxyRows }

const { values, positionals } = parseArgs({ options: { json: { type: 'string' } }, allowPositionals: true })
const unknown = positionals.filter((name) => !Object.hasOwn(PARTS, name))
if (unknown.length > 0) {
  process.stderr.write(`there is no ${unknown.join(', ')}: ${Object.keys(PARTS).join(', ')}\n`)
  process.exit(2)
}

console.log(`Node ${process.version} on ${cpus().length} × ${cpus()[0]?.model ?? process.arch}\n`)
const rows: Row[] = []
for (const [name, figures] of Object.entries(PARTS)) {
  if (positionals.length > 0 && !positionals.includes(name)) continue
  const found = await figures()
  rows.push(...found)
  console.log(`\n${name}\n${tableOf(found)}`)
}
if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(rows, null, 2)}\n`)

function tableOf(found: readonly Row[]): string {
  const text = (figure: number | null) =>
    figure === null ? '' : figure.toLocaleString('en', { maximumFractionDigits: 3 })
  const lines = found.map((one) => [
    one.case,
    one.measure,
    text(one.ours),
    text(one.baseline),
    text(one.ratio),
    one.goal ?? '',
    one.met === null ? '' : one.met ? 'reached' : 'missed',
  ])
  return table([['', 'measure', 'ours', 'beside', 'ratio', 'goal', ''], ...lines])
}
