// The proxy's log of decisions, and what other rules would have made of them.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { pino } from 'pino'
import { run } from '../auth-server/cli/run.ts'
import { policySettings } from '../proxy/audit/decision-log.ts'
import { parseConfig } from '../proxy/config.ts'
import { ALICE, type Caller, FHIR_BASE, startWorld, type World, withForeign } from './two-worlds.ts'

const WEI: Caller = { scope: 'user/*.rs', person: 'Practitioner/wei' }
const folder = mkdtempSync(join(tmpdir(), 'decision-log-'))
const lines: string[] = []
let world: World

const REQUESTS: [Caller, string][] = [
  [ALICE, 'Observation/sugar'],
  [ALICE, 'Observation/of-bob'],
  [ALICE, 'Observation?code=sugar&_sort=-date'],
  [ALICE, 'Observation?code=salt&_sort=-date'],
  [ALICE, 'Observation?encounter.status=finished'],
  [ALICE, 'Patient?name=Alicia&birthdate=1970-01-01'],
  [ALICE, 'Practitioner/wei'],
  [ALICE, 'Condition?alicia=1970'],
  [ALICE, 'Patient/alice/$everything'],
  [{ ...ALICE, scope: 'patient/Observation.rs?category=http://c|lab' }, 'Encounter'],
  [WEI, 'Observation'],
]

beforeAll(async () => {
  const log = pino({ level: 'info' }, { write: (line: string) => void lines.push(line) })
  world = await startWorld(withForeign(), false, { settings: { DECISION_LOG: 'true' }, deps: { log } })
  for (const [caller, path] of REQUESTS) await world.get(path, caller)
})
afterAll(async () => {
  await world.close()
  rmSync(folder, { recursive: true, force: true })
})

const decisions = () => lines.map((line) => JSON.parse(line)).filter(({ msg }) => msg === 'decision')

test('one line for each request, without a word of anybody', () => {
  expect(decisions().map(({ request }) => request)).toEqual([
    'GET Observation/x',
    'GET Observation/x',
    'GET Observation?code=*&_sort=-date',
    'GET Observation?code=*&_sort=-date',
    'GET Observation?encounter.status=*',
    'GET Patient?name=*&birthdate=*',
    'GET Practitioner/x',
    'GET Condition?unknown-parameter=*',
    'GET Patient/x/$everything',
    'GET Encounter',
    'GET Observation',
  ])
  expect(lines.join()).not.toMatch(/alic|sugar|salt|finished|1970|of-bob|wei/i)
  // A foreign record and an own one are decided alike: what was found is not told.
  const [own, foreign] = decisions()
  const strip = ({ requestId: _id, time: _time, ...rest }: Record<string, unknown>) => rest
  expect(strip(foreign)).toEqual(strip(own))
  expect(decisions().every(({ isExact }) => isExact)).toBe(true)
})

test('none unless it is asked for', async () => {
  const quiet: string[] = []
  const log = pino({ level: 'info' }, { write: (line: string) => void quiet.push(line) })
  const other = await startWorld(withForeign(), false, { deps: { log } })
  await other.get('Observation/sugar')
  await other.close()
  expect(quiet.some((line) => line.includes('"request"'))).toBe(true)
  expect(quiet.some((line) => line.includes('"decision"'))).toBe(false)
})

describe('explain replay', () => {
  const file = (name: string, text: string) => {
    writeFileSync(join(folder, name), text)
    return join(folder, name)
  }
  /** The log as it is at a proxy that was started with these settings. */
  function logFile(): string {
    const parsed = parseConfig({
      ...{ ISSUER: 'http://127.0.0.2:4000', FHIR_BASE, TABLES_URL: 'http://127.0.0.1:9/account' },
      ...{ UPSTREAM_URL: 'http://127.0.0.1:9/r4', PRACTITIONER_REACH: 'panel' },
    })
    if (!parsed.ok) throw new Error(parsed.faults.join())
    return file('log', [JSON.stringify({ policy: policySettings(parsed.config) }), 'no JSON', ...lines].join('\n'))
  }
  const replayed = async (...given: string[]) => {
    const { code, out, err } = await run(['explain', 'replay', logFile(), ...given, '--json'], () => Promise.reject())
    return code === 0 ? JSON.parse(out) : err
  }

  test('the same rules: nothing would be otherwise', async () => {
    expect(await replayed('--settings', file('same', ''))).toEqual({ decisions: 11, notAskedAgain: 0, changes: [] })
  })

  test('other scopes: what would be refused, and how often', async () => {
    const { changes } = await replayed('--scope', 'patient/Observation.r patient/Condition.rs patient/Encounter.rs')
    const found = changes.map(({ count, request, to }: Record<string, unknown>) => [count, request, to])
    expect(found[0]).toEqual([
      2,
      'GET Observation?code=*&_sort=-date',
      'denied: insufficient-scope, needs patient/Observation.s',
    ])
    expect(found.map(([, request]: string[]) => request)).not.toContain('GET Observation/x')
    expect(await replayed('--scope', 'patient/Observation.r', '--client', 'other')).toMatchObject({ decisions: 0 })
  })

  test('other settings', async () => {
    const settings = file('settings', 'SHARED_TYPES=none\nPRACTITIONER_REACH=none\nUPSTREAM_URL=http://elsewhere\n')
    const { changes } = await replayed('--settings', settings)
    expect(changes).toEqual([
      {
        ...{ client: 'app', request: 'GET Practitioner/x', scope: 'patient/*.rs', count: 1 },
        ...{ from: 'allowed: Practitioner of anyone', to: 'denied: not-confinable' },
      },
      {
        ...{ client: 'app', request: 'GET Observation', scope: 'user/*.rs', count: 1 },
        ...{ from: 'allowed: Observation?patient of some', to: 'denied: outside-reach' },
      },
    ])
  })

  test.each([
    [[], /^--scope or --settings is needed/],
    [['--settings', 'nowhere'], /nowhere: cannot be read/],
    [['--settings', 'SHARED_TYPES=Patient'], /SHARED_TYPES: Patient cannot be shared/],
    [['--settings', 'COMPARTMENT=half\nPANEL_LIMIT=0'], /COMPARTMENT.*\nPANEL_LIMIT|PANEL_LIMIT.*\nCOMPARTMENT/],
  ])('%j: said what is wrong', async (given: string[], expected) => {
    const options = given.map((one) => (one.includes('=') ? file('wrong', one) : one))
    expect(await replayed(...options)).toMatch(expected)
  })
})
