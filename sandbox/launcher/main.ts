// Starts the EHR launcher. Settings: HOST, PORT, DATA_FOLDER, ENTRA_METADATA_URL, ENTRA_CLIENT_ID, ENTRA_CLIENT_SECRET.

import { createServer } from 'node:http'
import { z } from 'zod'
import { listen, refuseToStart } from '../listen.ts'
import { DEMO_PEOPLE } from '../people/demo-people.ts'
import { findSandbox } from '../scenarios/running-sandbox.ts'
import { launcherApp } from './app.ts'
import { EntraSignIn } from './entra-sign-in.ts'
import { LaunchClient } from './launch-client.ts'
import { Records } from './records.ts'
import { registeredApps } from './registered-apps.ts'

const NAME = 'launcher'

const settings = z
  .object({
    HOST: z.string().default('127.0.0.1'),
    PORT: z.coerce.number().int().min(1).max(65_535).default(4007),
    DATA_FOLDER: z.string(),
    ENTRA_METADATA_URL: z.url(),
    ENTRA_CLIENT_ID: z.string(),
    ENTRA_CLIENT_SECRET: z.string(),
  })
  .safeParse(process.env)
if (!settings.success) {
  refuseToStart(
    NAME,
    settings.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`),
  )
}

const env = settings.data
const sandbox = await findSandbox(env.DATA_FOLDER).catch((error: Error) => refuseToStart(NAME, [error.message]))
const { urls } = sandbox
const app = launcherApp({
  baseUrl: urls.launcher,
  fhirBase: urls.fhirBase,
  signIn: new EntraSignIn({
    metadataUrl: env.ENTRA_METADATA_URL,
    clientId: env.ENTRA_CLIENT_ID,
    clientSecret: env.ENTRA_CLIENT_SECRET,
    redirectUri: `${urls.launcher}/callback`,
  }),
  records: new Records(urls.fhirServer),
  launches: new LaunchClient(sandbox.ehr),
  apps: () => registeredApps(sandbox.operator),
  practitionerOf: (oid) =>
    DEMO_PEOPLE.find((person) => person.objectId === oid)?.personas.find((one) => one.startsWith('Practitioner/')),
  sandbox,
  services: [
    { name: 'Front door', address: `${urls.issuer}/front-door/health` },
    { name: 'Authorization server', address: `${urls.authServer}/health` },
    { name: 'FHIR proxy', address: `${urls.proxy}/health` },
    { name: 'FHIR server', address: `${urls.fhirServer}/metadata` },
    { name: 'Entra stand-in', address: `${urls.entra}/health` },
    { name: 'Tables', address: urls.tables },
    { name: 'Sample app', address: `${urls.app}/health` },
  ],
})
listen(createServer(app.callback()), NAME, env.HOST, env.PORT)
