// What is in the images of the services: a bill of materials in CycloneDX 1.5, from the lockfile alone, the same each time.
// (`npm sbom --omit=dev` left out half of the packages that `npm ci --omit=dev` installs.)
import { readFileSync } from 'node:fs'

type Entry = {
  version?: string
  integrity?: string
  license?: string
  dev?: boolean
  optional?: boolean
}

const ROOT = new URL('..', import.meta.url)
const read = (file: string) => JSON.parse(readFileSync(new URL(file, ROOT), 'utf8'))
const { name, version, license } = read('package.json') as { name: string; version: string; license: string }
const { packages } = read('package-lock.json') as { packages: Record<string, Entry> }

const components = Object.entries(packages)
  .filter(([place, entry]) => place !== '' && !entry.dev && !entry.optional)
  .map(([place, entry]) => componentOf(place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length), entry))
// A package may lie in several places.
const byRef = new Map(components.map((one) => [one['bom-ref'], one]))

const bom = {
  $schema: 'http://cyclonedx.org/schema/bom-1.5.schema.json',
  bomFormat: 'CycloneDX',
  specVersion: '1.5',
  version: 1,
  metadata: {
    component: { 'bom-ref': `${name}@${version}`, type: 'application', name, version, licenses: licensesOf(license) },
  },
  components: [...byRef.values()],
}
process.stdout.write(`${JSON.stringify(bom, null, 2)}\n`)

function componentOf(full: string, { version: of = '', integrity, license: said }: Entry) {
  const [scope, short] = full.startsWith('@') ? full.split('/') : [undefined, full]
  const purl = `pkg:npm/${full.replace('@', '%40')}@${of}`
  const [algorithm, digest] = integrity?.split('-') ?? []
  return {
    'bom-ref': purl,
    type: 'library',
    ...(scope === undefined ? {} : { group: scope }),
    name: short ?? full,
    version: of,
    ...(said === undefined ? {} : { licenses: licensesOf(said) }),
    purl,
    ...(algorithm === 'sha512' && digest !== undefined
      ? { hashes: [{ alg: 'SHA-512', content: Buffer.from(digest, 'base64').toString('hex') }] }
      : {}),
  }
}

function licensesOf(said: string) {
  return [/[ ()]/.test(said) ? { expression: said } : { license: { id: said } }]
}
