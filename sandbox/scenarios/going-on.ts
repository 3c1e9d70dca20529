// An app that goes on while something happens to it: access ends or shrinks, keys change.

import { setTimeout } from 'node:timers/promises'
import { MID_SESSION, type MidSessionFault, midSessionFault } from './mid-session.ts'
import { pathsOf, readAll } from './reading.ts'
import type { Outcome } from './run-scenario.ts'
import type { RunningSandbox } from './running-sandbox.ts'
import type { PersonScenario } from './scenario.ts'
import { isRefused, type Refused, type ScenarioApp, type TokenAnswer } from './scenario-app.ts'

/** Within which what has ended is refused, and new keys sign. */
const PATIENCE_MS = 15_000
const POLL_MS = 500

/** What the scenario wants to happen in the middle happens, and the app goes on as before. */
export async function goOn(
  sandbox: RunningSandbox,
  scenario: PersonScenario,
  app: ScenarioApp,
  outcome: Outcome,
  about: { run: string; chart?: string },
): Promise<Outcome> {
  const fault = midSessionFault(scenario)
  if (outcome.kind !== 'connected' || fault === undefined) return outcome
  const before = outcome.token
  await MID_SESSION[fault]({ ...sandbox, issuer: sandbox.urls.issuer }, { scenario, scopes: before.scope, ...about })
  const refreshed = await untilItShows(app, scenario, before, fault)
  const token = refreshed === undefined || isRefused(refreshed) ? before : refreshed
  return { ...outcome, afterwards: { refreshed, answers: await readAll(app, scenario, token) } }
}

/** By fault: whether the app can go on with a new token. */
const GOES_ON: Record<MidSessionFault, boolean> = {
  'access-ended': false,
  'access-narrowed': true,
  'chart-closed': false,
  'keys-changed': true,
}

/** @returns the last answer to a refresh; undefined where the app has nothing to refresh with */
async function untilItShows(
  app: ScenarioApp,
  scenario: PersonScenario,
  before: TokenAnswer,
  fault: MidSessionFault,
): Promise<TokenAnswer | Refused | undefined> {
  const [path = 'Patient'] = pathsOf(scenario)
  const isDead = async (token: TokenAnswer) => (await app.read(token.access_token, path)).status === 401
  const until = Date.now() + PATIENCE_MS
  let latest = before
  for (;;) {
    const answer = latest.refresh_token === undefined ? undefined : await app.refresh(latest.refresh_token)
    const renewed = answer === undefined || isRefused(answer) ? undefined : answer
    const isChanged =
      fault === 'keys-changed' ? renewed !== undefined && keyOf(renewed) !== keyOf(before) : await isDead(before)
    // A token that was made in the very second of the change may have ended with those before it.
    const isReady = renewed === undefined || !GOES_ON[fault] || !(await isDead(renewed))
    if ((isChanged && isReady) || Date.now() > until) return answer
    if (renewed !== undefined) latest = renewed
    await setTimeout(POLL_MS)
  }
}

function keyOf({ access_token }: TokenAnswer): unknown {
  return (JSON.parse(Buffer.from(access_token.split('.')[0] ?? '', 'base64url').toString()) as { kid?: unknown }).kid
}
