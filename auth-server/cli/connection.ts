// Where the server is and as whom to speak: from settings, or from the file that a sandbox leaves in its data folder.
import { join } from 'node:path'
import type { JWK } from 'jose'
import { z } from 'zod'
import type { Connection } from './admin-api.ts'
import { readJsonFile, UsageError } from './command.ts'

/** Written by the sandbox at each start. */
const SANDBOX_FILE = 'admin.json'

const sandboxFile = z.object({ issuer: z.url(), client_id: z.string(), key_file: z.string() })
const privateKey = z.looseObject({ kty: z.enum(['EC', 'RSA']), kid: z.string(), d: z.string() })

/**
 * ADMIN_ISSUER, ADMIN_CLIENT_ID (admin) and ADMIN_KEY_FILE; without them the sandbox in SANDBOX_DATA (.data).
 *
 * @throws UsageError
 */
export async function findConnection(environment: Record<string, string | undefined>): Promise<Connection> {
  const { ADMIN_ISSUER: issuer, ADMIN_CLIENT_ID: clientId = 'admin', ADMIN_KEY_FILE: keyFile } = environment
  if (issuer === undefined && keyFile === undefined) return ofSandbox(environment.SANDBOX_DATA || '.data')
  if (issuer === undefined || keyFile === undefined) throw new UsageError('ADMIN_ISSUER and ADMIN_KEY_FILE go together')
  if (!URL.canParse(issuer)) throw new UsageError('ADMIN_ISSUER: is no URL')
  return { issuer: issuer.replace(/\/+$/, ''), clientId, key: await readKey(keyFile) }
}

async function ofSandbox(folder: string): Promise<Connection> {
  const path = join(folder, SANDBOX_FILE)
  const found = sandboxFile.safeParse(await readJsonFile(path).catch(() => undefined))
  if (!found.success) {
    throw new UsageError(`set ADMIN_ISSUER, ADMIN_CLIENT_ID and ADMIN_KEY_FILE, or start a sandbox: no ${path}`)
  }
  const { issuer, client_id, key_file } = found.data
  return { issuer, clientId: client_id, key: await readKey(join(folder, key_file)) }
}

async function readKey(path: string): Promise<JWK> {
  const parsed = privateKey.safeParse(await readJsonFile(path))
  if (!parsed.success) throw new UsageError(`${path}: is no private JWK with a kid`)
  return parsed.data as JWK
}
