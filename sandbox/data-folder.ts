// The data folder of a sandbox: keys and secrets made at the first start and kept, client and link files written anew at each.

import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename } from 'node:path'
import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK } from 'jose'
import { CITIZENS, CITIZENS_PATH } from './entra/citizens.ts'
import { createSigningJwk } from './entra/signing-key.ts'
import { DEMO_PEOPLE, SANDBOX_TENANT_ID } from './people/demo-people.ts'
import {
  AUTH_SERVER_ENTRA_CLIENT,
  LAUNCHER_ENTRA_CLIENT,
  type SandboxSecrets,
  type SandboxUrls,
  sandboxFiles,
} from './settings.ts'

/** What the sample app may ask for at most; people decide about the rest. */
const SAMPLE_APP_SCOPE =
  'openid fhirUser profile launch launch/patient launch/encounter offline_access online_access patient/*.cruds user/*.cruds'

const ADMIN_CLIENT = 'admin'

/** Fills the folder and returns the secrets in it. @throws Error when the folder cannot be written or a file in it is broken */
export async function prepareDataFolder(dataFolder: string, urls: SandboxUrls): Promise<SandboxSecrets> {
  const files = sandboxFiles(dataFolder)
  // Not recursive: Node never returns from that where the parent cannot hold a folder.
  for (const folder of [dataFolder, files.tables, files.scenarios]) if (!existsSync(folder)) mkdirSync(folder)
  const fresh = {
    cookie: randomSecret(),
    paging: randomSecret(),
    entraClient: randomSecret(),
    launcherEntraClient: randomSecret(),
    runs: randomSecret(),
  }
  // A folder of an earlier version may lack some.
  const secrets = { ...fresh, ...(await keptJson<Partial<SandboxSecrets>>(files.secrets, async () => fresh)) }
  writeJson(files.secrets, secrets)
  writeJson(files.sandbox, urls)
  await keptJson(files.signingKeys, async () => ({ keys: [await createJwk('ES256'), await createJwk('RS256')] }))
  await keptJson(files.entraKey, createSigningJwk)
  const launcherKey = await keptJson<JWK>(files.launcherKey, () => createJwk('ES384'))
  const adminKey = await keptJson<JWK>(files.adminKey, () => createJwk('ES384'))
  const serviceKey = await keptJson<JWK>(files.serviceKey, () => createJwk('ES384'))
  // Where `npm run admin` finds this sandbox.
  writeJson(files.admin, { issuer: urls.issuer, client_id: ADMIN_CLIENT, key_file: basename(files.adminKey) })

  writeJson(files.entraApps, [
    {
      client_id: AUTH_SERVER_ENTRA_CLIENT,
      client_secret: secrets.entraClient,
      redirect_uris: [`${urls.issuer}/callback`, `${urls.issuer}/callback/citizens`],
    },
    {
      client_id: LAUNCHER_ENTRA_CLIENT,
      client_secret: secrets.launcherEntraClient,
      redirect_uris: [`${urls.launcher}/callback`],
    },
  ])
  writeJson(files.clients, clientEntries(urls, { launcher: launcherKey, admin: adminKey, service: serviceKey }))
  const citizensIssuer = urls.entra + CITIZENS_PATH
  writeJson(files.links, [
    ...DEMO_PEOPLE.map(({ objectId, personas }) => ({ tid: SANDBOX_TENANT_ID, oid: objectId, personas })),
    ...CITIZENS.map(({ objectId, personas }) => ({ iss: citizensIssuer, sub: objectId, personas })),
  ])
  writeJson(files.identityProviders, [
    {
      id: 'citizens',
      label: 'Contoso citizens',
      kind: 'oidc',
      issuer: citizensIssuer,
      client_id: AUTH_SERVER_ENTRA_CLIENT,
      client_secret: secrets.entraClient,
      allow_http: true,
      domains: ['citizens.example'],
    },
  ])
  return secrets
}

function clientEntries(urls: SandboxUrls, keys: { launcher: JWK; admin: JWK; service: JWK }) {
  return [
    {
      client_id: 'sample-app',
      client_name: 'Heart Chart',
      token_endpoint_auth_method: 'none',
      redirect_uris: [`${urls.app}/`],
      launch_url: `${urls.app}/launch.html`,
      scope: SAMPLE_APP_SCOPE,
      sandbox: true,
      purpose: 'Shows your health record on one page, so that you can prepare for a visit.',
      maker: 'Heart Chart Makers',
      data_use: { sells: false, shares: false, deletes_on_request: true, ends_when_stopped: true },
      required_scope: 'patient/Patient.rs',
      required_reasons: { 'patient/Patient.rs': 'I cannot say whose chart it is.' },
    },
    {
      client_id: 'sample-service',
      client_name: 'Nightly Report',
      token_endpoint_auth_method: 'private_key_jwt',
      redirect_uris: [],
      scope: 'system/*.rs',
      jwks: { keys: [publicPart(keys.service)] },
      purpose: 'Counts the visits of each day, at night.',
      maker: 'Contoso Health',
    },
    {
      client_id: 'ehr-launcher',
      client_name: 'Contoso EHR',
      token_endpoint_auth_method: 'private_key_jwt',
      redirect_uris: [],
      scope: '__launch',
      jwks: { keys: [publicPart(keys.launcher)] },
    },
    {
      client_id: ADMIN_CLIENT,
      client_name: 'Operator',
      token_endpoint_auth_method: 'private_key_jwt',
      redirect_uris: [],
      scope: '__clients __links __grants __introspect __explain __reports',
      jwks: { keys: [publicPart(keys.admin)] },
    },
  ]
}

async function createJwk(alg: 'ES256' | 'ES384' | 'RS256'): Promise<JWK> {
  const { privateKey } = await generateKeyPair(alg, { extractable: true })
  const jwk = await exportJWK(privateKey)
  return { ...jwk, kid: await calculateJwkThumbprint(jwk), alg, use: 'sig' }
}

function publicPart(jwk: JWK): JWK {
  const { d: _d, p: _p, q: _q, dp: _dp, dq: _dq, qi: _qi, ...shown } = jwk
  return shown
}

function randomSecret(): string {
  return randomBytes(32).toString('base64url')
}

async function keptJson<T>(file: string, create: () => Promise<T>): Promise<T> {
  if (!existsSync(file)) writeJson(file, await create())
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as T
  } catch {
    throw new Error(`${file} is not readable JSON; delete it to have a new one made`)
  }
}

function writeJson(file: string, content: unknown): void {
  // Keys and secrets: for the owner's eyes.
  writeFileSync(file, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 })
}
