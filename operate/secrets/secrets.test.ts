// What is put into the vault is what the services take; what is there stays.
import { expect, test } from '@jest/globals'
import { parseClients } from '../../auth-server/clients/seed.ts'
import { parseConfig } from '../../auth-server/config.ts'
import { parseKeyPlan, signingOrder } from '../../auth-server/keys/key-plan.ts'
import { makeSecrets } from './secrets.ts'

const entraSecret = async () => 'of-entra'
const vaultWith = (held: Map<string, string>) => ({
  names: async () => new Set(held.keys()),
  put: async (name: string, value: string) => void held.set(name, value),
})

test('SEED-73: an empty vault gets all that the services read, and they take it', async () => {
  const held = new Map<string, string>()
  expect((await makeSecrets(vaultWith(held), { entraSecret })).sort()).toEqual([...held.keys()].sort())
  signingOrder(parseKeyPlan(JSON.parse(held.get('signing-keys') ?? '')), Date.now())
  const [client] = parseClients(JSON.parse(held.get('clients') ?? ''))
  expect(JSON.stringify(client)).not.toContain('"d"')
  const key = JSON.parse(held.get('admin-key') ?? '')
  expect([key.kid, key.d]).toEqual([JSON.parse(held.get('clients') ?? '')[0].jwks.keys[0].kid, expect.any(String)])
  expect(held.get('entra-client-secret')).toBe('of-entra')
  expect(held.get('paging-secret')?.length).toBeGreaterThanOrEqual(32)
  expect(() =>
    parseConfig({
      ISSUER: 'https://a.example',
      FHIR_BASE: 'https://a.example/fhir',
      TABLES_URL: 'https://t.example',
      KEYS_SECRET_URL: 'https://v.example/secrets/signing-keys',
      COOKIE_SECRETS: held.get('cookie-secrets'),
      ENTRA_TENANT_ID: '7c0de5b1-3d1f-4c56-9d0e-0a5b6f2c1e10',
      ENTRA_CLIENT_ID: 'c',
      ENTRA_CLIENT_SECRET: held.get('entra-client-secret'),
      OPERATOR_NAME: 'Contoso',
    }),
  ).not.toThrow()
})

test('made again, nothing changes, and Entra is not asked for another secret', async () => {
  const held = new Map<string, string>()
  await makeSecrets(vaultWith(held), { entraSecret })
  const before = new Map(held)
  const refuse = async (): Promise<string> => {
    throw new Error('asked')
  }
  expect(await makeSecrets(vaultWith(held), { entraSecret: refuse })).toEqual([])
  expect(held).toEqual(before)
})

test('a key of the admin tool without its client: both are made anew, nothing else', async () => {
  const held = new Map<string, string>()
  await makeSecrets(vaultWith(held), { entraSecret })
  held.delete('clients')
  expect(await makeSecrets(vaultWith(held), { entraSecret })).toEqual(['admin-key', 'clients'])
})
