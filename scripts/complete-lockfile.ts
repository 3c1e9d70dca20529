// Completes package-lock.json with optional platform packages that a registry copy did not serve, so that `npm ci` accepts
// the lockfile on every platform. `--check` only reports. Run it after each `npm install`.
import { readFileSync, writeFileSync } from 'node:fs'

type Entry = {
  version?: string
  dev?: boolean
  optional?: boolean
  os?: string[]
  cpu?: string[]
  libc?: string[]
  optionalDependencies?: Record<string, string>
}

const OPERATING_SYSTEMS = [
  'linux',
  'darwin',
  'win32',
  'freebsd',
  'openbsd',
  'netbsd',
  'android',
  'aix',
  'sunos',
  'openharmony',
]
const PROCESSORS = ['x64', 'arm64', 'arm', 'ia32', 'ppc64', 's390x', 'riscv64', 'loong64', 'mips64el']

/** What a platform package's name says about where it runs, for example `@biomejs/cli-linux-x64-musl`. */
function platformOf(name: string): Pick<Entry, 'os' | 'cpu' | 'libc'> {
  const words = name.split(/[-/]/)
  const os = OPERATING_SYSTEMS.filter((system) => words.includes(system))
  const cpu = PROCESSORS.filter((processor) => words.includes(processor))
  const libc = words.some((word) => word.startsWith('musl')) ? ['musl'] : []
  return { ...(os.length ? { os } : {}), ...(cpu.length ? { cpu } : {}), ...(libc.length ? { libc } : {}) }
}

const path = new URL('../package-lock.json', import.meta.url)
const lockfile = JSON.parse(readFileSync(path, 'utf8')) as { packages: Record<string, Entry> }
const missing: [string, Entry][] = []
for (const [location, entry] of Object.entries(lockfile.packages)) {
  if (location === '') continue
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    const nested = `${location}/node_modules/${name}`
    const top = `node_modules/${name}`
    if (lockfile.packages[nested] || lockfile.packages[top]) continue
    missing.push([top, { version, ...(entry.dev ? { dev: true } : {}), optional: true, ...platformOf(name) }])
  }
}

if (process.argv.includes('--check')) {
  for (const [location] of missing) console.error(`package-lock.json lacks ${location}: run "npm run lockfile"`)
  process.exitCode = missing.length ? 1 : 0
} else if (missing.length) {
  const packages = { ...lockfile.packages, ...Object.fromEntries(missing) }
  const ordered = Object.fromEntries(Object.entries(packages).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
  writeFileSync(path, `${JSON.stringify({ ...lockfile, packages: ordered }, null, 2)}\n`)
  console.log(`added ${missing.length} entries`)
}
