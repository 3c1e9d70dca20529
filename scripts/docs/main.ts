// `npm run docs`: builds the documentation into site/, and fails when a link in it leads nowhere. `--write` first writes what
// is made from the code, `--serve` shows the site on this machine.

import { readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { extname, join } from 'node:path'
import { referencePage } from './reference.ts'
import { brokenLinks, buildSite } from './site.ts'

const ROOT = join(import.meta.dirname, '../..')
const SITE = join(ROOT, 'site')
const PORT = 4080
const TYPES: Readonly<Record<string, string>> = { '.html': 'text/html', '.css': 'text/css', '.png': 'image/png' }

if (process.argv.includes('--write')) await writeFile(join(ROOT, 'docs/reference.md'), referencePage())
const pages = await buildSite(SITE)
const broken = await brokenLinks(SITE)
for (const line of broken) process.stderr.write(`docs: leads nowhere: ${line}\n`)
process.stdout.write(`docs: ${pages.length} pages in site/\n`)
if (broken.length > 0) process.exitCode = 1
if (process.argv.includes('--serve')) {
  createServer(async (request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost')
    const name = pathname === '/' ? '/index.html' : pathname
    // The parser has taken dots out of the path.
    const body = await readFile(join(SITE, name)).catch(() => undefined)
    response
      .writeHead(body === undefined ? 404 : 200, { 'content-type': TYPES[extname(name)] ?? 'text/plain' })
      .end(body)
  }).listen(PORT, '127.0.0.1', () => process.stdout.write(`docs: http://localhost:${PORT}/\n`))
}
