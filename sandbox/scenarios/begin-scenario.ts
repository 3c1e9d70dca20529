// A scenario in somebody's own browser: the run is opened, and the browser is told where to go. What the person presses is theirs.

import { launchAddress } from '../launcher/clinician-routes.ts'
import { findApp, type RegisteredApp } from '../launcher/registered-apps.ts'
import { openScenarioLaunch } from './ehr-launch.ts'
import { endAccess } from './mid-session.ts'
import { runScenario } from './run-scenario.ts'
import type { RunningSandbox } from './running-sandbox.ts'
import type { Scenario } from './scenario.ts'

/** @returns the id of the run. A service has no browser: it has run already. @throws IssuerRefused */
export async function beginScenario(sandbox: RunningSandbox, scenario: Scenario): Promise<string> {
  if (scenario.launch === 'backend') return (await runScenario(sandbox, scenario)).id
  if (!scenario.again) await endAccess(sandbox.operator, scenario)
  const app = await findApp(sandbox.operator, scenario.app)
  return sandbox.runs.open(
    scenario,
    scenario.launch === 'standalone' ? startAddress(sandbox, scenario, app) : undefined,
  )
}

/** Where the browser opens the app of a run that was begun. For launches by an EHR each call is another launch. @throws IssuerRefused */
export async function openApp(sandbox: RunningSandbox, run: string, scenario: Scenario): Promise<string> {
  if (scenario.launch !== 'ehr') return sandbox.runs.beginUrl(run)
  const app = await findApp(sandbox.operator, scenario.app)
  const { fhirBase, launcher } = sandbox.urls
  const parts = { ehr: sandbox.ehr, fhirBase, styleUrl: `${launcher}/smart-style.json` }
  const { launch } = await openScenarioLaunch(parts, scenario, app, run)
  return launchAddress(app.launch_url ?? app.redirect_uris[0] ?? '', fhirBase, launch)
}

/** The sample app takes its scopes from the address; another app is opened at its origin, and asks for what it asks for. */
function startAddress({ urls }: RunningSandbox, { scope }: Scenario, app: RegisteredApp): string {
  const { origin } = new URL(app.redirect_uris[0] ?? urls.app)
  return origin === urls.app ? `${origin}/?${new URLSearchParams({ scope })}` : `${origin}/`
}
