// Where keys come from: a file, and Key Vault's own protocol against a stand-in of it over TLS.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { CERTIFICATE, CERTIFICATE_KEY } from '../testing/localhost-certificate.ts'
import { fileSource, vaultSource } from './key-sources.ts'

const PLAN = { keys: [{ kty: 'EC', kid: 'one', alg: 'ES256', d: 'private' }] }
const TOKEN = 'a-token-of-the-managed-identity'

let vault: Server
let value = ''
let asked: string[] = []
const origin = () => `https://localhost:${(vault.address() as AddressInfo).port}`

beforeAll(async () => {
  vault = createServer({ cert: CERTIFICATE, key: CERTIFICATE_KEY }, (request, response) => {
    response.setHeader('content-type', 'application/json')
    if (request.headers.authorization !== `Bearer ${TOKEN}`) {
      const challenge = `Bearer authorization="https://login.microsoftonline.com/tenant", resource="${origin()}"`
      response.writeHead(401, { 'www-authenticate': challenge }).end('{}')
      return
    }
    const path = String(request.url).split('?')[0] ?? ''
    asked.push(path)
    if (!/^\/secrets\/signing-keys\/?$/.test(path)) {
      response.writeHead(404).end(JSON.stringify({ error: { code: 'SecretNotFound', message: 'no such secret' } }))
      return
    }
    response.end(JSON.stringify({ value, id: `${origin()}/secrets/signing-keys/1`, attributes: { enabled: true } }))
  })
  await new Promise<void>((resolve) => vault.listen(0, '127.0.0.1', resolve))
})
afterAll(() => {
  vault.closeAllConnections()
  vault.close()
})
beforeEach(() => {
  asked = []
  value = JSON.stringify(PLAN)
})

const credential = { getToken: async () => ({ token: TOKEN, expiresOnTimestamp: Date.now() + 3_600_000 }) }
const trusting = {
  credential,
  options: {
    tlsOptions: { ca: CERTIFICATE },
    disableChallengeResourceVerification: true,
    retryOptions: { maxRetries: 0 },
  },
}
const source = (name = 'signing-keys') => vaultSource(`${origin()}/secrets/${name}`, trusting)

test('SEED-73: Key Vault: the newest version of the secret, read anew each time', async () => {
  const keys = source()
  expect(await keys.read()).toEqual(PLAN)
  value = JSON.stringify({ keys: [{ ...PLAN.keys[0], kid: 'two' }] })
  expect((await keys.read()).keys[0]?.kid).toBe('two')
  expect(asked).toHaveLength(2)
})

test.each<[string, string, string, RegExp]>([
  ['a secret that is not there', '', 'none', /secrets\/none/],
  ['what is no JSON', 'private', 'signing-keys', /not JSON/],
  ['what is no key set', '{"keys":[{"d":"private"}]}', 'signing-keys', /keys\.0\.kty/],
])('Key Vault: %s is told, naming the place and no key', async (_name, stored, name, expected) => {
  value = stored
  const reading = source(name).read()
  await expect(reading).rejects.toThrow(expected)
  await expect(reading).rejects.not.toThrow('private')
})

test('Key Vault: a certificate that is not trusted is refused', async () => {
  const { tlsOptions: _trusted, ...options } = trusting.options
  await expect(vaultSource(`${origin()}/secrets/signing-keys`, { credential, options }).read()).rejects.toThrow('self')
  expect(asked).toEqual([])
})

test('a file: its keys, or what is wrong with it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'keys-'))
  const path = join(folder, 'keys.json')
  await writeFile(path, JSON.stringify(PLAN))
  expect(await fileSource(path).read()).toEqual(PLAN)
  await writeFile(path, '{"keys":[{}]}')
  await expect(fileSource(path).read()).rejects.toThrow(path)
  await rm(folder, { recursive: true })
  await expect(fileSource(path).read()).rejects.toThrow('cannot be read')
})
