// Runs a scenario without a browser, over real HTTP: the EHR opens the app, the app asks, the person answers every page, the app reads.
// For tests as for `npm run scenario`.

import { signedAssertion } from '../launcher/issuer-api.ts'
import { findApp } from '../launcher/registered-apps.ts'
import type { Exchange } from '../timeline/exchange.ts'
import { openScenarioLaunch } from './ehr-launch.ts'
import { goOn } from './going-on.ts'
import { endAccess } from './mid-session.ts'
import { authorizeAs, StoppedAt } from './person.ts'
import { readAll } from './reading.ts'
import type { RunningSandbox } from './running-sandbox.ts'
import type { BackendScenario, PersonScenario, Scenario } from './scenario.ts'
import { type DataAnswer, isRefused, type Refused, ScenarioApp, type TokenAnswer } from './scenario-app.ts'

export type Outcome =
  | {
      kind: 'connected'
      token: TokenAnswer
      answers: DataAnswer[]
      /** What the app met after something happened to it in the middle. */
      afterwards?: { refreshed: TokenAnswer | Refused | undefined; answers: DataAnswer[] }
    }
  | ({ kind: 'refused' } & Refused)
  /** The person was left on a page, and the app was told nothing. */
  | { kind: 'stopped'; status: number; heading: string }

export type ScenarioRun = { id: string; outcome: Outcome; exchanges: Exchange[] }

const CLOCKS = { 'assertion-clock-ahead': 3_600, 'assertion-clock-behind': -3_600 } as const

/** @throws IssuerRefused or Error when the scenario cannot be carried out at all, such as for an app that is not registered */
export async function runScenario(sandbox: RunningSandbox, scenario: Scenario): Promise<ScenarioRun> {
  const { id, outcome } = await (scenario.launch === 'backend'
    ? runBackend(sandbox, scenario)
    : runWithPerson(sandbox, scenario))
  return { id, outcome, exchanges: (await sandbox.runs.find(id))?.exchanges ?? [] }
}

async function runWithPerson(
  sandbox: RunningSandbox,
  scenario: PersonScenario,
): Promise<Omit<ScenarioRun, 'exchanges'>> {
  const registered = await findApp(sandbox.operator, scenario.app)
  if (!scenario.again) await endAccess(sandbox.operator, scenario)
  const [redirectUri] = registered.redirect_uris
  if (redirectUri === undefined || registered.token_endpoint_auth_method !== 'none') {
    throw new Error(`${scenario.app}: without a browser only public clients can be run, since others keep a secret`)
  }
  const { fhirBase } = sandbox.urls
  const settings = { clientId: registered.client_id, redirectUri, fhirBase }
  const choices = { ...scenario, username: scenario.signIn, keepsAccess: scenario.keepsAccess ?? false }
  const connect = async (id: string, app: ScenarioApp, url: string): Promise<Outcome> => {
    try {
      const token = await app.finish(await authorizeAs(choices, url, redirectUri))
      if (isRefused(token)) return { kind: 'refused', ...token }
      return { kind: 'connected', token, answers: await readAll(app, scenario, token) }
    } catch (error) {
      if (error instanceof StoppedAt) return { kind: 'stopped', status: error.status, heading: error.heading }
      throw new Error(`run ${id}: ${error instanceof Error ? error.message : 'failed'}`, { cause: error })
    }
  }
  if (scenario.launch === 'ehr') {
    const id = await sandbox.runs.open(scenario)
    const styleUrl = `${sandbox.urls.launcher}/smart-style.json`
    const parts = { ehr: sandbox.ehr, fhirBase, styleUrl }
    const { launch, id: chart } = await openScenarioLaunch(parts, scenario, registered, id)
    const app = new ScenarioApp({ ...settings, run: id })
    const outcome = await connect(id, app, await app.authorizationUrl(scenario.scope, launch))
    return { id, outcome: await goOn(sandbox, scenario, app, outcome, { run: id, chart }) }
  }
  // The app makes its request before the run is known by which the browser begins it.
  const planned = new ScenarioApp({ ...settings, run: '' })
  const id = await sandbox.runs.open(scenario, await planned.authorizationUrl(scenario.scope))
  const app = planned.inRun(id)
  const outcome = await connect(id, app, sandbox.runs.beginUrl(id))
  return { id, outcome: await goOn(sandbox, scenario, app, outcome, { run: id }) }
}

async function runBackend(sandbox: RunningSandbox, scenario: BackendScenario): Promise<Omit<ScenarioRun, 'exchanges'>> {
  const id = await sandbox.runs.open(scenario)
  const app = new ScenarioApp({ clientId: scenario.app, redirectUri: '', fhirBase: sandbox.urls.fhirBase, run: id })
  const { token_endpoint } = await app.configuration()
  const { fault } = scenario
  const clockSeconds = fault !== undefined && fault in CLOCKS ? CLOCKS[fault as keyof typeof CLOCKS] : 0
  const token = await app.askForToken({
    grant_type: 'client_credentials',
    scope: scenario.scope,
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: await signedAssertion({
      clientId: scenario.app,
      audience: token_endpoint,
      jwk: sandbox.serviceKey,
      clockSeconds,
    }),
  })
  if (isRefused(token)) return { id, outcome: { kind: 'refused', ...token } }
  return { id, outcome: { kind: 'connected', token, answers: await readAll(app, scenario, token) } }
}
