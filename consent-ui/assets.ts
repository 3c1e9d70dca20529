// Files that the pages link to. A name holds a hash of the content, so that browsers may keep it for ever.
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'

const stylesheet = readFileSync(new URL('./styles.css', import.meta.url), 'utf8')

export const stylesheetName = `styles.${createHash('sha256').update(stylesheet).digest('hex').slice(0, 12)}.css`

export type Asset = { contentType: string; body: string | Buffer }

/** By name, to be served at `/assets/<name>`. */
export const assets: ReadonlyMap<string, Asset & { body: string }> = new Map([
  [stylesheetName, { contentType: 'text/css; charset=utf-8', body: stylesheet }],
])
