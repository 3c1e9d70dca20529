// What happens to an app while it runs: its access ends, or the server's keys change. Done as an operator or an EHR would do it.

import { readFile, rename, writeFile } from 'node:fs/promises'
import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK } from 'jose'
import { z } from 'zod'
import type { IssuerApi } from '../launcher/issuer-api.ts'
import { LaunchClient } from '../launcher/launch-client.ts'
import { accountOf } from './ehr-launch.ts'
import { removeLastKind } from './own-apps.ts'
import type { RunningSandbox } from './running-sandbox.ts'
import type { PersonScenario } from './scenario.ts'

const granted = z.object({ grants: z.array(z.object({ id: z.string(), sub: z.string(), client_id: z.string() })) })

type Parts = Pick<RunningSandbox, 'operator' | 'ehr' | 'signingKeysFile'> & { issuer: string }

/** By fault. `chart`: id of the chart, of launches by an EHR; `scopes`: what the app was granted. */
export const MID_SESSION = {
  'access-ended': ({ operator }: Parts, { scenario, run }: { scenario: PersonScenario; run: string }) =>
    endAccess(operator.forRun(run), scenario),
  'access-narrowed': (
    { issuer }: Parts,
    { scenario: { signIn }, scopes }: { scenario: PersonScenario; scopes: string },
  ) => removeLastKind({ issuer, signIn, scopes }),
  'chart-closed': ({ ehr }: Parts, { run, chart }: { run: string; chart?: string | undefined }) =>
    new LaunchClient(ehr.forRun(run)).close(chart ?? ''),
  'keys-changed': ({ signingKeysFile }: Parts) => addSigningKeys(signingKeysFile),
}

export type MidSessionFault = keyof typeof MID_SESSION

export function midSessionFault(scenario: PersonScenario): MidSessionFault | undefined {
  const { fault } = scenario
  return fault !== undefined && Object.hasOwn(MID_SESSION, fault) ? (fault as MidSessionFault) : undefined
}

/** Ends what the person of a scenario has granted to its app; with that it forgets how they decided. */
export async function endAccess(operator: IssuerApi, { signIn, app }: PersonScenario): Promise<void> {
  const { grants } = await operator.call(
    '__grants',
    'GET',
    `/grants?${new URLSearchParams(accountOf(signIn))}`,
    granted,
  )
  const ofApp = grants.filter(({ client_id }) => client_id === app)
  for (const { sub, id } of ofApp) await operator.call('__grants', 'DELETE', `/grants/${sub}/${id}`, z.undefined())
}

/** New keys that sign at once. The servers read the file within seconds. */
async function addSigningKeys(file: string): Promise<void> {
  const { keys } = z.object({ keys: z.array(z.looseObject({})) }).parse(JSON.parse(await readFile(file, 'utf8')))
  const use_from = new Date().toISOString()
  const made = await Promise.all(
    (['ES256', 'RS256'] as const).map(async (alg) => ({ ...(await newKey(alg)), use_from })),
  )
  // Whole or not at all: the servers read this file while we write.
  await writeFile(`${file}.new`, `${JSON.stringify({ keys: [...keys, ...made] }, null, 2)}\n`, { mode: 0o600 })
  await rename(`${file}.new`, file)
}

async function newKey(alg: 'ES256' | 'RS256'): Promise<JWK> {
  const { privateKey } = await generateKeyPair(alg, { extractable: true })
  const jwk = await exportJWK(privateKey)
  return { ...jwk, kid: await calculateJwkThumbprint(jwk), alg, use: 'sig' }
}
