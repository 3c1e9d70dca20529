// Starts the Entra stand-in. Settings: HOST, PORT, BASE_URL, APPS_FILE (registered applications), KEY_FILE (private JWK; absent: a new key each start).

import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { z } from 'zod'
import { listen, refuseToStart } from '../listen.ts'
import { DEMO_PEOPLE, SANDBOX_TENANT_ID } from '../people/demo-people.ts'
import { entraApp } from './app.ts'
import { registrationSchema } from './directory.ts'
import { createSigningJwk, readSigningKey } from './signing-key.ts'

const NAME = 'entra'

const settings = z
  .object({
    HOST: z.string().default('127.0.0.1'),
    PORT: z.coerce.number().int().min(1).max(65_535).default(4004),
    BASE_URL: z.url().optional(),
    APPS_FILE: z.string(),
    KEY_FILE: z.string().optional(),
  })
  .safeParse(process.env)
if (!settings.success) {
  refuseToStart(
    NAME,
    settings.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`),
  )
}

function readJson(setting: string, file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    refuseToStart(NAME, [`${setting}: ${file} cannot be read: ${error instanceof Error ? error.message : 'unknown'}`])
  }
}

const { HOST, PORT, APPS_FILE, KEY_FILE, BASE_URL = `http://localhost:${PORT}` } = settings.data
const registrations = z.array(registrationSchema).safeParse(readJson('APPS_FILE', APPS_FILE))
if (!registrations.success) refuseToStart(NAME, [`APPS_FILE: ${z.prettifyError(registrations.error)}`])
const jwk =
  KEY_FILE === undefined
    ? await createSigningJwk()
    : z.looseObject({ kty: z.literal('RSA') }).parse(readJson('KEY_FILE', KEY_FILE))

const directory = { tenantId: SANDBOX_TENANT_ID, people: DEMO_PEOPLE, registrations: registrations.data }
const app = entraApp({ baseUrl: BASE_URL, directory, key: await readSigningKey(jwk) })
listen(createServer(app.callback()), NAME, HOST, PORT)
