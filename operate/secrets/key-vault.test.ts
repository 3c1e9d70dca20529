// Key Vault's own protocol, against a stand-in of it over TLS.
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { CERTIFICATE, CERTIFICATE_KEY } from '../../auth-server/testing/localhost-certificate.ts'
import { keyVault } from './key-vault.ts'

const TOKEN = 'a-token-of-the-operator'
const held = new Map([['signing-keys', 'here already']])
let server: Server
const origin = () => `https://localhost:${(server.address() as AddressInfo).port}`

beforeAll(async () => {
  server = createServer({ cert: CERTIFICATE, key: CERTIFICATE_KEY }, async (request, response) => {
    response.setHeader('content-type', 'application/json')
    if (request.headers.authorization !== `Bearer ${TOKEN}`) {
      const challenge = `Bearer authorization="https://login.microsoftonline.com/tenant", resource="${origin()}"`
      return response.writeHead(401, { 'www-authenticate': challenge }).end('{}')
    }
    const { pathname, searchParams } = new URL(request.url ?? '', origin())
    const [, name = ''] = /^\/secrets\/([^/]+)\/?$/.exec(pathname) ?? []
    if (request.method === 'PUT') {
      const chunks: Buffer[] = []
      for await (const chunk of request) chunks.push(chunk as Buffer)
      held.set(name, JSON.parse(Buffer.concat(chunks).toString()).value)
      return response.end(JSON.stringify({ id: `${origin()}/secrets/${name}/1`, attributes: {} }))
    }
    // One secret a page, the next page by its address.
    const names = [...held.keys()]
    const page = Number(searchParams.get('page') ?? 0)
    const value = names.slice(page, page + 1).map((one) => ({ id: `${origin()}/secrets/${one}`, attributes: {} }))
    const nextLink = page + 1 < names.length ? `${origin()}/secrets?api-version=7.5&page=${page + 1}` : null
    return response.end(JSON.stringify({ value, nextLink }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})

test('names of all pages, and a secret that is put', async () => {
  const credential = { getToken: async () => ({ token: TOKEN, expiresOnTimestamp: Date.now() + 3_600_000 }) }
  const vault = keyVault(origin(), credential, {
    tlsOptions: { ca: CERTIFICATE },
    disableChallengeResourceVerification: true,
  })
  await vault.put('paging-secret', 'new')
  expect(held.get('paging-secret')).toBe('new')
  expect([...(await vault.names())].sort()).toEqual(['paging-secret', 'signing-keys'])
})
