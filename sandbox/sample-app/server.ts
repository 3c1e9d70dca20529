// Serves the sample app: fixed files, read once. Browser code is TypeScript too; its types are erased here.

import { readdirSync, readFileSync } from 'node:fs'
import { Server } from 'node:http'
import { createRequire, stripTypeScriptTypes } from 'node:module'
import { extname } from 'node:path'

const PUBLIC = new URL('./public/', import.meta.url)

const CONTENT_TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.ts': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
}

type Asset = { contentType: string; body: string }

function readAssets(fhirBase: string): ReadonlyMap<string, Asset> {
  const assets = new Map<string, Asset>()
  for (const name of readdirSync(PUBLIC)) {
    const contentType = CONTENT_TYPES[extname(name)]
    if (contentType === undefined) continue
    const source = readFileSync(new URL(name, PUBLIC), 'utf8')
    assets.set(`/${name}`, { contentType, body: name.endsWith('.ts') ? stripTypeScriptTypes(source) : source })
  }
  const home = assets.get('/index.html')
  if (home) assets.set('/', home)
  const library = createRequire(import.meta.url).resolve('fhirclient/build/fhir-client.min.js')
  assets.set('/fhir-client.js', { contentType: 'text/javascript; charset=utf-8', body: readFileSync(library, 'utf8') })
  assets.set('/config.json', { contentType: 'application/json', body: JSON.stringify({ fhirBase }) })
  assets.set('/health', { contentType: 'application/json', body: '{"status":"ok"}' })
  return assets
}

/** A server, not yet listening. @param p.fhirBase where the start page connects to */
export function sampleApp(p: { fhirBase: string }): Server {
  const assets = readAssets(p.fhirBase)
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    `connect-src 'self' ${new URL(p.fhirBase).origin}`,
    "base-uri 'none'",
    "form-action 'self'",
  ].join('; ')
  return new Server((req, res) => {
    res.setHeader('Content-Security-Policy', policy)
    res.setHeader('X-Content-Type-Options', 'nosniff')
    // The address carries the code on the way back.
    res.setHeader('Referrer-Policy', 'no-referrer')
    res.setHeader('Cache-Control', 'no-store')
    const asset = assets.get((req.url ?? '').split('?')[0] ?? '')
    if (!asset || (req.method !== 'GET' && req.method !== 'HEAD')) {
      res.writeHead(asset ? 405 : 404, { 'Content-Type': 'text/plain' }).end('Not found\n')
      return
    }
    res.writeHead(200, { 'Content-Type': asset.contentType }).end(asset.body)
  })
}
