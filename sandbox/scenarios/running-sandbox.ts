// A sandbox that runs, as scenarios use it: found by the files that it leaves in its data folder.

import { readFile } from 'node:fs/promises'
import type { JWK } from 'jose'
import { z } from 'zod'
import { IssuerApi } from '../launcher/issuer-api.ts'
import { type SandboxSecrets, type SandboxUrls, sandboxFiles } from '../settings.ts'
import { RunsClient } from './runs-client.ts'

export type RunningSandbox = {
  urls: SandboxUrls
  runs: RunsClient
  /** Who may open and close charts. */
  ehr: IssuerApi
  /** Who may end grants, and see clients. */
  operator: IssuerApi
  /** Of the backend service that comes with the sandbox. */
  serviceKey: JWK
  signingKeysFile: string
  /** Where scenarios are kept. */
  scenariosFolder: string
}

const jwk = z.looseObject({ kty: z.string() })

/** @throws Error with one line when no sandbox was ever started with this folder */
export async function findSandbox(dataFolder: string): Promise<RunningSandbox> {
  const files = sandboxFiles(dataFolder)
  const read = async (file: string): Promise<unknown> => JSON.parse(await readFile(file, 'utf8'))
  try {
    const urls = (await read(files.sandbox)) as SandboxUrls
    const secrets = (await read(files.secrets)) as SandboxSecrets
    const [launcher, admin, service] = await Promise.all(
      [files.launcherKey, files.adminKey, files.serviceKey].map(
        async (file): Promise<JWK> => jwk.parse(await read(file)),
      ),
    )
    const { issuer } = urls
    return {
      urls,
      runs: new RunsClient(issuer, secrets.runs),
      ehr: new IssuerApi({ issuer, clientId: 'ehr-launcher', jwk: launcher ?? {} }),
      operator: new IssuerApi({ issuer, clientId: 'admin', jwk: admin ?? {} }),
      serviceKey: service ?? {},
      signingKeysFile: files.signingKeys,
      scenariosFolder: files.scenarios,
    }
  } catch (cause) {
    throw new Error(`no sandbox was started with the folder ${dataFolder}: run npm start first`, { cause })
  }
}
