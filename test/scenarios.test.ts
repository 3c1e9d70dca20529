// Every scenario that comes with the sandbox, run without a browser, and every fault.
import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, test } from '@jest/globals'
import { FAULT_NAMES, FAULTS, type FaultName } from '../sandbox/scenarios/faults.ts'
import { type Outcome, runScenario, type ScenarioRun } from '../sandbox/scenarios/run-scenario.ts'
import { findSandbox, type RunningSandbox } from '../sandbox/scenarios/running-sandbox.ts'
import { parseScenario, type Scenario, scenarioSchema } from '../sandbox/scenarios/scenario.ts'
import { SHIPPED, type ShippedName } from '../sandbox/scenarios/shipped.ts'
import { redactTimeline } from '../sandbox/timeline/redact.ts'
import { withSandbox } from './testing/sandbox.ts'

const running = withSandbox({
  portBase: 24_100,
  services: ['entra', 'tables', 'fhir-server', 'auth-server', 'proxy', 'front-door'],
})

let sandbox: RunningSandbox
beforeAll(async () => {
  sandbox = await findSandbox(running.dataFolder)
}, 90_000)

const run = (name: ShippedName): Promise<ScenarioRun> => runScenario(sandbox, SHIPPED.get(name)!)

type Connected = Extract<Outcome, { kind: 'connected' }>
function connected({ outcome }: ScenarioRun): Connected {
  if (outcome.kind !== 'connected') throw new Error(JSON.stringify(outcome))
  return outcome
}
const statuses = (answers: readonly { path: string; status: number }[]) =>
  answers.map(({ path, status }) => `${status} ${path.split('?')[0]}`)

describe('each scenario that is shipped', () => {
  const tested = new Set<string>()
  const scenario = (name: ShippedName, rule: string, check: () => Promise<void>) => {
    tested.add(name)
    test(`${name}: ${rule}`, check)
  }

  scenario('patient', 'what was turned off is refused, and another patient is not there', async () => {
    const { token, answers } = connected(await run('patient'))
    expect(token.patient).toBe('ana-ruiz')
    expect(token.refresh_token).toBeUndefined()
    expect(statuses(answers)).toEqual([
      '200 Patient/ana-ruiz',
      '200 Observation',
      '403 Immunization',
      '404 Patient/ben-okafor',
    ])
  })

  scenario('parent', 'one child is open, the other is not', async () => {
    expect(statuses(connected(await run('parent')).answers)).toEqual([
      '200 Patient/mateo-lopez',
      '404 Patient/lucia-lopez',
    ])
  })

  scenario('teen', 'signs in herself, weeks before 18', async () => {
    const { answers } = connected(await run('teen'))
    const { birthDate } = JSON.parse(answers[0]!.body) as { birthDate: string }
    const today = Date.parse('2026-11-01')
    expect(Date.parse(birthDate.replace(/^\d{4}/, (year) => String(Number(year) + 18)))).toBeGreaterThan(today)
    expect(Date.parse(birthDate.replace(/^\d{4}/, (year) => String(Number(year) + 18)))).toBeLessThan(
      today + 40 * 86_400_000,
    )
  })

  scenario('clinician-as-patient', 'lends no reach of the clinician to the patient', async () => {
    const { token, answers } = connected(await run('clinician-as-patient'))
    expect(token.patient).toBe('tomas-silva')
    expect(statuses(answers)).toEqual(['200 Patient/tomas-silva', '404 Patient/george-whitlock'])
  })

  scenario('nobody-linked', 'the app is told, and given nothing', async () => {
    expect((await run('nobody-linked')).outcome).toMatchObject({ kind: 'refused', error: 'access_denied' })
  })

  scenario('declined', 'the app is told access_denied', async () => {
    expect((await run('declined')).outcome).toMatchObject({
      kind: 'refused',
      step: 'authorize',
      error: 'access_denied',
    })
  })

  scenario('clinician-picks', 'the own panel is open, the rest is not', async () => {
    const { token, answers } = connected(await run('clinician-picks'))
    expect(token.patient).toBe('clara-winters')
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 404])
  })

  scenario('no-picker', 'nobody is picked, and the panel is listed', async () => {
    const { token, answers } = connected(await run('no-picker'))
    expect(token.patient).toBeUndefined()
    expect(answers[0]?.body).toContain('clara-winters')
    expect(answers[0]?.body).not.toContain('ben-okafor')
  })

  scenario('ehr-launch', 'the app is told every member of the launch', async () => {
    const { token, answers } = connected(await run('ehr-launch'))
    expect(token).toMatchObject({
      patient: 'ana-ruiz',
      encounter: 'ana-ruiz-encounter-4',
      intent: 'reconcile-medications',
      need_patient_banner: false,
      tenant: 'north-clinic',
      smart_style_url: `${sandbox.urls.launcher}/smart-style.json`,
      fhirContext: expect.arrayContaining([expect.objectContaining({ reference: 'Practitioner/wei-chen' })]),
    })
    expect(answers.map(({ status }) => status)).toEqual([200, 200])
  })

  scenario('granular', 'one category is there, the other is refused', async () => {
    const { token, answers } = connected(await run('granular'))
    expect(token.scope).toContain('|laboratory')
    expect(answers[0]?.status).toBe(200)
    expect(answers[1]?.body).not.toContain('vital-signs"')
  })

  scenario('v1-scopes', 'are understood, and changes stay off', async () => {
    const { token, answers } = connected(await run('v1-scopes'))
    expect(token.scope).not.toContain('Goal')
    expect(answers.map(({ status }) => status)).toEqual([200, 200])
  })

  scenario('wildcard', 'gives every type, and a refresh token', async () => {
    const { token, answers } = connected(await run('wildcard'))
    expect(token.refresh_token).toEqual(expect.any(String))
    expect(answers.map(({ status }) => status)).toEqual([200, 200])
  })

  scenario('backend', 'a service reads what its scopes name', async () => {
    expect(connected(await run('backend')).answers.map(({ status }) => status)).toEqual([200, 403])
  })

  scenario('access-ended', 'the token is refused, and so is the refresh', async () => {
    const { afterwards, answers } = connected(await run('access-ended'))
    expect(answers[0]?.status).toBe(200)
    expect(afterwards?.refreshed).toMatchObject({ error: 'invalid_grant' })
    expect(afterwards?.answers[0]?.status).toBe(401)
  })

  scenario('narrowed', 'the token ends, the next one has less, and only what was taken away is refused', async () => {
    const { afterwards, answers } = connected(await run('narrowed'))
    expect(answers.map(({ status }) => status)).toEqual([200, 200])
    expect(afterwards?.refreshed).toMatchObject({ scope: expect.not.stringContaining('Immunization') })
    expect(afterwards?.answers.map(({ status }) => status)).toEqual([200, 403])
  })

  scenario('slow-token', 'the app gets its token, late', async () => {
    const { exchanges, ...rest } = await run('slow-token')
    connected({ exchanges, ...rest })
    const token = exchanges.find(({ url }) => url.endsWith('/token'))
    expect(token).toMatchObject({ fault: 'token-slow', status: 200 })
    expect(token?.milliseconds).toBeGreaterThanOrEqual(1_000)
  })

  scenario('records-down', 'the launch works, and data is answered as of a server that is down', async () => {
    const { answers } = connected(await run('records-down'))
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([503]))
  })

  test('none is left out', () => {
    expect([...SHIPPED.keys()].filter((name) => !tested.has(name))).toEqual([])
  })
})

/** By fault: what the app meets. */
const MET: Record<FaultName, string> = {
  'launch-closed': 'refused authorize invalid_request',
  'launch-used': 'refused authorize invalid_request',
  'launch-expired': 'refused authorize invalid_request',
  'wrong-audience': 'refused authorize invalid_request',
  'authorize-denied': 'refused authorize access_denied',
  'authorize-scope-refused': 'refused authorize invalid_scope',
  'authorize-server-error': 'refused authorize server_error',
  'authorize-unavailable': 'stopped 503',
  'authorize-slow': 'connected 200',
  'sign-in-refused': 'refused authorize access_denied',
  'sign-in-unavailable': 'refused authorize server_error',
  'sign-in-slow': 'connected 200',
  'sign-in-clock-ahead': 'refused authorize server_error',
  'sign-in-clock-behind': 'refused authorize server_error',
  'token-client-refused': 'refused token invalid_client',
  'token-code-refused': 'refused token invalid_grant',
  'token-unavailable': 'refused token 503',
  'token-slow': 'connected 200',
  'data-token-ended': 'connected 401',
  'data-forbidden': 'connected 403',
  'data-too-many': 'connected 429',
  'data-unavailable': 'connected 503',
  'data-slow': 'connected 200',
  'records-unavailable': 'connected 503',
  'records-slow': 'connected 200',
  'records-nonsense': 'connected 502',
  'access-ended': 'connected 200, then 401',
  'access-narrowed': 'connected 200, then 200',
  'chart-closed': 'connected 200, then 401',
  'keys-changed': 'connected 200, then 200',
  'assertion-clock-ahead': 'refused token invalid_client',
  'assertion-clock-behind': 'refused token invalid_client',
}

const scope = 'openid launch launch/patient offline_access patient/Patient.rs patient/Immunization.rs'
const EHR = { launch: 'ehr', app: 'sample-app', scope, signIn: 'wei.chen', patient: 'ana-ruiz', keepsAccess: true }
const SERVICE = { launch: 'backend', app: 'sample-service', scope: 'system/Patient.rs' }

function withFault(fault: FaultName): Scenario {
  const rest = fault.startsWith('assertion-') ? SERVICE : EHR
  return parseScenario({ ...rest, name: fault, fault, faultSeconds: 1, requests: ['Patient?_count=1'] })
}

function met(outcome: Outcome): string {
  if (outcome.kind === 'stopped') return `stopped ${outcome.status}`
  if (outcome.kind === 'refused') return `refused ${outcome.step} ${outcome.error}`
  const afterwards = outcome.afterwards?.answers[0]
  return `connected ${outcome.answers[0]?.status}${afterwards === undefined ? '' : `, then ${afterwards.status}`}`
}

test.each(FAULT_NAMES)('the fault %s is met by the app as by one in production', async (fault) => {
  const { outcome } = await runScenario(sandbox, withFault(fault))
  expect(met(outcome)).toBe(MET[fault])
})

test('a scenario without a fault leaves the services as they are for everybody else', async () => {
  await runScenario(sandbox, withFault('data-forbidden'))
  expect(
    met((await runScenario(sandbox, parseScenario({ ...EHR, name: 'none', requests: ['Patient'] }))).outcome),
  ).toBe('connected 200')
})

test('the timeline of a launch holds each step, and its export no code, token or secret', async () => {
  const ran = await run('wildcard')
  const { token } = connected(ran)
  const paths = ran.exchanges.map(
    ({ method, url }) => `${method} ${new URL(url).pathname.replace(/[\w-]{20,}.*/, '…')}`,
  )
  expect(paths).toEqual(
    expect.arrayContaining([
      'GET /auth',
      'GET /callback',
      'POST /interaction/…',
      'POST /token',
      'GET /fhir/Patient/ana-ruiz',
    ]),
  )
  const whole = JSON.stringify(ran.exchanges)
  const code = /[?&]code=([\w-]+)/.exec(whole)?.[1] ?? ''
  const secrets = [token.access_token, String(token.refresh_token), String(token.id_token), code]
  for (const secret of secrets) expect(whole).toContain(secret)
  const shared = JSON.stringify(redactTimeline(ran.exchanges))
  for (const secret of secrets) for (const part of secret.split('.')) expect(shared).not.toContain(part)
  expect(shared).toContain('patient/*.rs')
})

test('runs are for those who know the key, and a browser page cannot read them', async () => {
  const { id } = await run('declined')
  const door = `${sandbox.urls.issuer}/front-door/runs`
  expect((await fetch(`${door}/${id}`)).status).toBe(401)
  expect((await fetch(door, { method: 'POST', body: '{}' })).status).toBe(401)
  expect((await fetch(`${door}/${id}`, { headers: { Authorization: 'Bearer wrong' } })).status).toBe(401)
})

test('docs/sandbox.md names every member and every fault, and its example runs', async () => {
  const page = readFileSync(new URL('../docs/sandbox.md', import.meta.url), 'utf8')
  const example = /```json\n([\s\S]*?)```/.exec(page)?.[1] ?? ''
  const { outcome } = await runScenario(sandbox, parseScenario(JSON.parse(example)))
  expect(met(outcome)).toBe('connected 200')
  for (const name of FAULT_NAMES)
    expect(page).toContain(`| \`${name}\` | ${FAULTS[name].step} | ${FAULTS[name].about} |`)
  const members = scenarioSchema.options.flatMap(({ shape }) => Object.keys(shape))
  for (const member of members) expect(page).toContain(`\`${member}\``)
})
