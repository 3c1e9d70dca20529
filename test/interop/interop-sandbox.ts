// A running sandbox for clients that no one here wrote: they are registered through the admin API, as an operator would.
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { exportJWK, generateKeyPair, type JWK } from 'jose'
import { type AdminApi, adminApi } from '../../auth-server/cli/admin-api.ts'
import { findConnection } from '../../auth-server/cli/connection.ts'
import type { SandboxUrls } from '../../sandbox/settings.ts'
import { startSandbox } from '../../sandbox/start-sandbox.ts'

/** Nobody listens there: what comes after `?` is handed to the library. */
export const REDIRECT_URI = 'http://localhost/callback'

export const APP_SCOPE = 'openid fhirUser launch/patient patient/Patient.rs patient/Observation.rs offline_access'

type Registration = { client_id: string; token_endpoint_auth_method: string; scope?: string; jwks?: { keys: JWK[] } }

export type InteropSandbox = {
  urls: SandboxUrls
  /** @returns the client's secret, where it has one */
  register(client: Registration & { redirect_uris?: string[] }): Promise<string>
  /** The EHR's side of the launch API. @returns the value of `launch` */
  openLaunch(launch: Record<string, unknown>): Promise<string>
  stop(): Promise<void>
}

export async function startInteropSandbox(portBase: number): Promise<InteropSandbox> {
  const dataFolder = await mkdtemp(join(tmpdir(), 'interop-test-'))
  const services = ['entra', 'tables', 'fhir-server', 'auth-server', 'proxy', 'front-door']
  const sandbox = await startSandbox({ portBase, dataFolder, services })
  const admin = adminApi(await findConnection({ SANDBOX_DATA: dataFolder }))
  return {
    urls: sandbox.urls,
    async register(client) {
      const body = { client_name: client.client_id, redirect_uris: [REDIRECT_URI], scope: APP_SCOPE, ...client }
      const made = (await admin.call('__clients', 'POST', '/clients', body)) as { client_secret?: string }
      return made.client_secret ?? ''
    },
    async openLaunch(launch) {
      const made = (await (await ehr()).call('__launch', 'POST', '/launch', launch)) as { launch: string }
      return made.launch
    },
    async stop() {
      await sandbox.stop()
      await rm(dataFolder, { recursive: true, force: true })
    },
  }

  async function ehr(): Promise<AdminApi> {
    const key = JSON.parse(await readFile(join(dataFolder, 'launcher-key.json'), 'utf8')) as JWK
    return adminApi({ issuer: sandbox.urls.issuer, clientId: 'ehr-launcher', key })
  }
}

export type ClientKey = { key: CryptoKey; kid: string; privateJwk: JWK; jwks: { keys: JWK[] } }

/** A key pair of a client: the public part is to be registered. */
export async function clientKey(alg: 'ES384' | 'RS384'): Promise<ClientKey> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true })
  const named = { kid: `a-${alg}-key`, alg, use: 'sig' }
  return {
    key: privateKey,
    kid: named.kid,
    privateJwk: { ...(await exportJWK(privateKey)), ...named },
    jwks: { keys: [{ ...(await exportJWK(publicKey)), ...named }] },
  }
}

type Bundle = { resourceType: string; entry?: { resource: { resourceType: string; id: string } }[] }

/** Types of what a searchset holds, each once. */
export function typesIn(bundle: unknown): string[] {
  return [...new Set((bundle as Bundle).entry?.map(({ resource }) => resource.resourceType))]
}

/** Asks until the answer is the wanted one: a proxy hears of a revocation within seconds. */
export async function becomes(
  ask: () => Promise<number>,
  status: number,
  deadline = Date.now() + 10_000,
): Promise<void> {
  for (;;) {
    const seen = await ask()
    if (seen === status) return
    if (Date.now() > deadline) throw new Error(`still ${seen}, not ${status}`)
  }
}
