// Starts the EHR launcher. Settings: HOST, PORT, BASE_URL, ISSUER, FHIR_BASE, FHIR_SERVER_URL, KEY_FILE, ADMIN_KEY_FILE, ENTRA_METADATA_URL, ENTRA_CLIENT_ID, ENTRA_CLIENT_SECRET.

import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { JWK } from 'jose'
import { z } from 'zod'
import { listen, refuseToStart } from '../listen.ts'
import { DEMO_PEOPLE } from '../people/demo-people.ts'
import { launcherApp } from './app.ts'
import { EntraSignIn } from './entra-sign-in.ts'
import { IssuerApi } from './issuer-api.ts'
import { LaunchClient } from './launch-client.ts'
import { Records } from './records.ts'
import { registeredApps } from './registered-apps.ts'

const NAME = 'launcher'
const CLIENT_ID = 'ehr-launcher'
const ADMIN_CLIENT_ID = 'admin'

const settings = z
  .object({
    HOST: z.string().default('127.0.0.1'),
    PORT: z.coerce.number().int().min(1).max(65_535).default(4007),
    BASE_URL: z.url(),
    ISSUER: z.url(),
    FHIR_BASE: z.url(),
    FHIR_SERVER_URL: z.url(),
    KEY_FILE: z.string(),
    ADMIN_KEY_FILE: z.string(),
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
const readKey = (setting: 'KEY_FILE' | 'ADMIN_KEY_FILE'): JWK =>
  readJson(setting, env[setting], z.looseObject({ kty: z.string() }))
const ehr = new IssuerApi({ issuer: env.ISSUER, clientId: CLIENT_ID, jwk: readKey('KEY_FILE') })
const operator = new IssuerApi({ issuer: env.ISSUER, clientId: ADMIN_CLIENT_ID, jwk: readKey('ADMIN_KEY_FILE') })

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
  launches: new LaunchClient(ehr),
  apps: () => registeredApps(operator),
  practitionerOf: (oid) =>
    DEMO_PEOPLE.find((person) => person.objectId === oid)?.personas.find((one) => one.startsWith('Practitioner/')),
})
listen(createServer(app.callback()), NAME, env.HOST, env.PORT)
