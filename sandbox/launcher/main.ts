// Starts the EHR launcher. Settings: HOST, PORT, BASE_URL, ISSUER, FHIR_BASE, FHIR_SERVER_URL, CLIENTS_FILE, KEY_FILE, ENTRA_METADATA_URL, ENTRA_CLIENT_ID, ENTRA_CLIENT_SECRET.

import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { JWK } from 'jose'
import { z } from 'zod'
import { listen, refuseToStart } from '../listen.ts'
import { DEMO_PEOPLE } from '../people/demo-people.ts'
import { launcherApp } from './app.ts'
import { EntraSignIn } from './entra-sign-in.ts'
import { LaunchClient } from './launch-client.ts'
import { Records } from './records.ts'

const NAME = 'launcher'
const CLIENT_ID = 'ehr-launcher'

const settings = z
  .object({
    HOST: z.string().default('127.0.0.1'),
    PORT: z.coerce.number().int().min(1).max(65_535).default(4007),
    BASE_URL: z.url(),
    ISSUER: z.url(),
    FHIR_BASE: z.url(),
    FHIR_SERVER_URL: z.url(),
    CLIENTS_FILE: z.string(),
    KEY_FILE: z.string(),
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

function readJson<T>(setting: string, file: string, schema: z.ZodType<T>): T {
  try {
    return schema.parse(JSON.parse(readFileSync(file, 'utf8')))
  } catch (error) {
    refuseToStart(NAME, [`${setting}: ${file} cannot be used: ${error instanceof Error ? error.message : 'unknown'}`])
  }
}

const env = settings.data
const clientSchema = z.object({
  client_id: z.string(),
  client_name: z.string(),
  launch_url: z.url().optional(),
  purpose: z.string().optional(),
})
const clients = readJson('CLIENTS_FILE', env.CLIENTS_FILE, z.array(clientSchema))
const jwk: JWK = readJson('KEY_FILE', env.KEY_FILE, z.looseObject({ kty: z.string() }))

const app = launcherApp({
  baseUrl: env.BASE_URL,
  fhirBase: env.FHIR_BASE,
  signIn: new EntraSignIn({
    metadataUrl: env.ENTRA_METADATA_URL,
    clientId: env.ENTRA_CLIENT_ID,
    clientSecret: env.ENTRA_CLIENT_SECRET,
    redirectUri: `${env.BASE_URL}/callback`,
  }),
  records: new Records(env.FHIR_SERVER_URL),
  launches: new LaunchClient({ issuer: env.ISSUER, clientId: CLIENT_ID, jwk }),
  apps: clients.flatMap(({ launch_url, ...client }) => (launch_url === undefined ? [] : [{ ...client, launch_url }])),
  practitionerOf: (oid) =>
    DEMO_PEOPLE.find((person) => person.objectId === oid)?.personas.find((one) => one.startsWith('Practitioner/')),
})
listen(createServer(app.callback()), NAME, env.HOST, env.PORT)
