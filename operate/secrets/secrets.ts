// The secrets that the services need in the vault, made where they are missing. One that is there is never read nor changed.

import { randomBytes } from 'node:crypto'
import type { JWK } from 'jose'
import { createKey } from '../../auth-server/keys/create-key.ts'

export type Vault = {
  names(): Promise<ReadonlySet<string>>
  put(name: string, value: string): Promise<void>
}

const random = (): string => randomBytes(32).toString('base64url')

/**
 * @param p.entraSecret a new secret of the registration that people sign in with
 * @returns the names of what was made
 */
export async function makeSecrets(vault: Vault, p: { entraSecret: () => Promise<string> }): Promise<string[]> {
  const held = await vault.names()
  const made: string[] = []
  const keep = async (name: string, make: () => Promise<string> | string) => {
    if (held.has(name)) return
    await vault.put(name, await make())
    made.push(name)
  }
  await keep('signing-keys', async () => JSON.stringify({ keys: [await createKey('ES256'), await createKey('RS256')] }))
  await keep('cookie-secrets', random)
  await keep('paging-secret', random)
  // The client of the admin tool, and its key: one without the other is of no use.
  if (!held.has('clients') || !held.has('admin-key')) {
    const key = await createKey('ES384')
    await vault.put('admin-key', JSON.stringify(key))
    await vault.put('clients', JSON.stringify([adminClient(key)]))
    made.push('admin-key', 'clients')
  }
  await keep('entra-client-secret', p.entraSecret)
  return made
}

function adminClient({ d: _private, ...shown }: JWK) {
  return {
    client_id: 'admin',
    client_name: 'Operator',
    token_endpoint_auth_method: 'private_key_jwt',
    redirect_uris: [],
    scope: '__clients __links __grants __introspect __explain __reports',
    jwks: { keys: [shown] },
  }
}
