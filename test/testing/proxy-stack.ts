// What tests of the proxy stand on: a FHIR server of the sandbox, a proxy before it, and tokens that it takes.
import type { Server } from 'node:http'
import type { Resource } from '@medplum/fhirtypes'
import { type CryptoKey, createLocalJWKSet, exportJWK, generateKeyPair, SignJWT } from 'jose'
import { pino } from 'pino'
import { parseConfig } from '../../proxy/config.ts'
import { createProxy, type ProxyDeps } from '../../proxy/server.ts'
import { createFhirServer } from '../../sandbox/fhir-server/fhir-server.ts'
import { freePort } from './free-port.ts'

export const ISSUER = 'http://127.0.0.2:4000'
export const FHIR_BASE = `${ISSUER}/fhir`
export const FHIR = 'application/fhir+json'

const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true })
const publicJwk = { ...(await exportJWK(publicKey)), alg: 'ES256' }

/** @param key by default the one whose tokens `startProxyBefore` takes */
export function signedToken(claims: object, key: CryptoKey = privateKey): Promise<string> {
  return new SignJWT({ client_id: 'app', gid: 'g', ...claims })
    .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt' })
    .setIssuer(ISSUER)
    .setAudience(FHIR_BASE)
    .setSubject('s')
    .setIssuedAt()
    .setExpirationTime('5 min')
    .sign(key)
}

/** It prints its own address in links, so it is told after a port is found. */
export async function startFhirServer(
  resources: readonly Resource[],
  lenient: boolean,
): Promise<{ url: string; server: Server }> {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}/r4`
  const server = createFhirServer({ baseUrl: url, lenient, resources: [...resources] })
  await listen(server, port)
  return { url, server }
}

/** What a test gives the proxy beyond what all have: settings by their names, and parts. */
export type More = { settings?: Record<string, string>; deps?: Partial<ProxyDeps>; port?: number }

/** @returns its alarms as they come in, one line each */
export async function startProxyBefore(
  upstreamUrl: string,
  { settings = {}, deps = {}, port = 0 }: More = {},
): Promise<{ proxy: Server; alarms: string[] }> {
  const parsed = parseConfig({
    ISSUER,
    FHIR_BASE,
    TABLES_URL: 'http://127.0.0.1:9/account',
    UPSTREAM_URL: upstreamUrl,
    PRACTITIONER_REACH: 'panel',
    RATE_LIMIT_PER_MINUTE: '0',
    ...settings,
  })
  if (!parsed.ok) throw new Error(parsed.faults.join())
  const alarms: string[] = []
  const proxy = createProxy(parsed.config, {
    log: pino({ level: 'error' }, { write: (line: string) => void alarms.push(line) }),
    keys: createLocalJWKSet({ keys: [publicJwk] }),
    revocations: { stateOf: () => 'live', isCurrent: () => true, ageSeconds: () => 0 },
    findToken: async () => undefined,
    ...deps,
  })
  await listen(proxy, port)
  return { proxy, alarms }
}

export async function closeAll(servers: readonly Server[]): Promise<void> {
  for (const server of servers) {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
}

async function listen(server: Server, port: number): Promise<void> {
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
}
