// The EHR's part of a scenario: it opens a chart for the app, with the faults that an EHR can make.

import { randomBytes } from 'node:crypto'
import type { IssuerApi } from '../launcher/issuer-api.ts'
import { LaunchClient } from '../launcher/launch-client.ts'
import type { RegisteredApp } from '../launcher/registered-apps.ts'
import { DEMO_PEOPLE, SANDBOX_TENANT_ID } from '../people/demo-people.ts'
import type { EhrScenario } from './scenario.ts'
import { ScenarioApp } from './scenario-app.ts'

export type EhrParts = {
  ehr: IssuerApi
  fhirBase: string
  /** Style document of the EHR. */
  styleUrl: string
}

/** @returns what the app is opened with, and the chart's id, which the EHR keeps. @throws IssuerRefused */
export async function openScenarioLaunch(
  { ehr, fhirBase, styleUrl }: EhrParts,
  scenario: EhrScenario,
  app: RegisteredApp,
  run: string,
): Promise<{ launch: string; id: string }> {
  const launches = new LaunchClient(ehr.forRun(run))
  const { patient, encounter, intent, fhirContext, tenant, need_patient_banner = true } = scenario
  const user = scenario.anybody ? undefined : accountOf(scenario.signIn)
  const opened = await launches.open({
    client_id: scenario.app,
    need_patient_banner,
    ...(patient === undefined ? {} : { patient }),
    ...(encounter === undefined ? {} : { encounter }),
    ...(intent === undefined ? {} : { intent }),
    ...(fhirContext === undefined ? {} : { fhirContext }),
    ...(tenant === undefined ? {} : { tenant }),
    ...(scenario.style ? { smart_style_url: styleUrl } : {}),
    ...(user === undefined ? {} : { user }),
  })
  switch (scenario.fault) {
    case 'launch-closed':
      await launches.close(opened.id)
      return opened
    case 'launch-used': {
      const settings = { clientId: app.client_id, redirectUri: app.redirect_uris[0] ?? '', fhirBase, run }
      const first = await new ScenarioApp(settings).authorizationUrl(scenario.scope, opened.launch)
      await fetch(first, { redirect: 'manual' })
      return opened
    }
    case 'launch-expired':
      return { ...opened, launch: randomBytes(32).toString('base64url') }
    default:
      return opened
  }
}

/** How the EHR says who sits there. @throws Error when nobody of that name can sign in to the sandbox */
export function accountOf(signIn: string): { tid: string; oid: string } {
  const person = DEMO_PEOPLE.find(({ username }) => username.startsWith(`${signIn}@`))
  if (person === undefined) throw new Error(`nobody of the sandbox signs in as ${signIn}`)
  return { tid: SANDBOX_TENANT_ID, oid: person.objectId }
}
