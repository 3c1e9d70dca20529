// The leak kit against the proxy before the sandbox's FHIR server: it finds nothing, and it finds leaks that were planted.
import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import type { Resource } from '@medplum/fhirtypes'
import { findOwnRecords } from '../leak-kit/discover.ts'
import type { Endpoint } from '../leak-kit/endpoint.ts'
import { generateRequests } from '../leak-kit/generate.ts'
import { knownFrom } from '../leak-kit/known.ts'
import { compareWorlds, type Outcome } from '../leak-kit/run.ts'
import { createUpstream, type Upstream } from '../proxy/upstream/upstream.ts'
import { type LeakWorlds, startLeakWorlds } from './testing/leak-worlds.ts'
import { withoutGuard, withoutRewriting } from './testing/leaky-upstream.ts'
import { type Caller, FHIR_BASE, startProxy, tokenOf, type World } from './two-worlds.ts'

/** Of each caller before each server: over 12,000 in all. */
const REQUESTS = 1_500
const CATEGORY = 'http://terminology.hl7.org/CodeSystem/observation-category'
const PATIENT: Caller = { scope: 'patient/*.cruds', patient: 'ana-ruiz', person: 'Patient/ana-ruiz' }
/** Without `c`: what a new record refers to is held to the patient, not to the scopes (docs/security-model.md, not yet). */
const LABORATORY: Caller = {
  ...PATIENT,
  scope: `patient/Observation.ruds?category=${CATEGORY}|laboratory patient/Observation.s?date=lt2020 patient/Provenance.rs patient/Patient.rs patient/Encounter.rs`,
}
/** The patient's own, which laboratory scopes do not reach. */
const VITAL_SIGNS = Array.from(
  { length: 6 },
  (_, at) =>
    ({
      resourceType: 'Observation',
      id: `ana-ruiz-more-vitals-${at}`,
      meta: { lastUpdated: '2026-11-01T06:00:00.000Z' },
      status: 'final',
      code: { coding: [{ system: 'http://loinc.org', code: '8867-4' }] },
      category: [{ coding: [{ system: CATEGORY, code: 'vital-signs' }] }],
      subject: { reference: 'Patient/ana-ruiz' },
      hasMember: [{ reference: 'Observation/ana-ruiz-glucose-1' }],
    }) as Resource,
)
const CALLERS: readonly [string, Caller, readonly Resource[]][] = [
  ['a patient', PATIENT, []],
  [
    'a parent',
    { scope: 'user/*.cruds patient/*.rs', patient: 'mateo-lopez', person: 'RelatedPerson/maria-for-mateo' },
    [],
  ],
  ['a clinician with a panel', { scope: 'user/*.cruds', person: 'Practitioner/wei-chen' }, []],
  ['a patient who shares laboratory results alone', LABORATORY, VITAL_SIGNS],
]
const STRANGER: Caller = { scope: 'user/*.cruds', person: 'Practitioner/nobody' }

async function endpointOf({ proxy }: World, caller: Caller): Promise<Endpoint> {
  const { port } = proxy.address() as AddressInfo
  return { base: `http://127.0.0.1:${port}/fhir`, publicBase: FHIR_BASE, token: await tokenOf(caller) }
}

type Compared = Outcome & { answered: number }

async function compare(worlds: LeakWorlds, caller: Caller, seed: number): Promise<Compared> {
  const [one, other] = [await endpointOf(worlds.one, caller), await endpointOf(worlds.other, caller)]
  const own = await findOwnRecords(one)
  const known = knownFrom(`Patient/${caller.patient ?? 'clara-winters'}`, own, worlds.hidden)
  const requests = generateRequests(known, { seed, count: REQUESTS, hasWrites: true })
  const outcome = await compareWorlds(one, other, requests)
  return { ...outcome, answered: (outcome.statuses.get(200) ?? 0) + (outcome.statuses.get(201) ?? 0) }
}

describe.each([
  ['strict', false, 1],
  ['lenient', true, 2],
])('ENF-08, ENF-09, SEED-42: before a %s server', (_name, lenient, seed) => {
  test.each(CALLERS)(
    '%s learns nothing of what is hidden',
    async (_who, caller, alsoHidden) => {
      const worlds = await startLeakWorlds(lenient, alsoHidden)
      const { findings, requests, answered } = await compare(worlds, caller, seed).finally(worlds.close)
      expect(findings).toEqual([])
      expect(requests).toBe(REQUESTS)
      // Where all were refused, nothing could have leaked.
      expect(answered).toBeGreaterThan(REQUESTS / 10)
      expect([...worlds.one.alarms, ...worlds.other.alarms]).toEqual([])
    },
    120_000,
  )
})

test('ENF-09: a clinician whom nobody sees learns nothing at all', async () => {
  const worlds = await startLeakWorlds(true)
  const { findings, requests } = await compare(worlds, STRANGER, 3).finally(worlds.close)
  expect([requests, findings]).toEqual([REQUESTS, []])
}, 120_000)

describe('leaks that were planted are found', () => {
  const planted: readonly [string, (upstream: Upstream) => Upstream][] = [
    ['searches are not rewritten', withoutRewriting],
    ['answers are not judged', (upstream) => withoutGuard(upstream, 'ana-ruiz')],
    ['neither is done', (upstream) => withoutGuard(withoutRewriting(upstream), 'ana-ruiz')],
  ]
  test.each(planted)('%s', async (_name, plant) => {
    const worlds = await startLeakWorlds(true)
    const leaky = async ({ upstreamUrl }: World) =>
      startProxy(
        upstreamUrl,
        plant(createUpstream({ url: upstreamUrl, timeoutMs: 5_000, maxBodyBytes: 1e8, alarm: () => undefined })),
      )
    const [one, other] = [await leaky(worlds.one), await leaky(worlds.other)]
    const { findings } = await compare({ ...worlds, one, other }, PATIENT, 1)
    for (const { close } of [one, other, worlds]) await close()
    expect(findings.length).toBeGreaterThan(10)
  })
})

describe('npm run leak-kit', () => {
  async function run(...args: string[]): Promise<{ code: number | null; text: string }> {
    const child = spawn(process.execPath, ['leak-kit/main.ts', ...args], { cwd: join(import.meta.dirname, '..') })
    let text = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (text += String(chunk)))
    const code = await new Promise<number | null>((resolve) => child.on('close', resolve))
    return { code, text }
  }

  test('exit code 0 without a finding, 1 with findings, 2 when it cannot run', async () => {
    const worlds = await startLeakWorlds(false)
    const folder = await mkdtemp(join(tmpdir(), 'leak-kit-'))
    const [one, other] = [await endpointOf(worlds.one, PATIENT), await endpointOf(worlds.other, PATIENT)]
    const [hidden, token] = [join(folder, 'hidden.json'), join(folder, 'token')]
    await writeFile(hidden, JSON.stringify(worlds.hidden))
    await writeFile(token, one.token)
    const settings = ['--token-a', `@${token}`, '--hidden', hidden, '--count', '200']
    const proxied = await run('--base', one.base, '--base-b', other.base, ...settings)
    const { upstreamUrl } = worlds.one
    const open = await run('--base', upstreamUrl, '--base-b', worlds.other.upstreamUrl, ...settings)
    const incomplete = await run('--base', one.base, ...settings)
    await worlds.close()
    await rm(folder, { recursive: true })

    expect(proxied.text).toMatch(/^200 requests and \d+ further pages in both worlds \(.+\)\.\nNo difference\.\n$/)
    expect(open.text).toMatch(/^(GET|POST|HEAD) \{base\}/)
    expect(incomplete.text).toContain('--base-b is missing\n\nnpm run leak-kit -- --base <FHIR base>')
    expect([proxied.code, open.code, incomplete.code]).toEqual([0, 1, 2])
  })
})
