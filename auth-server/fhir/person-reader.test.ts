// The tokens with which this service reads records: kept for a while, and not longer than the FHIR base takes them.
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from '@jest/globals'
import { generateKeyPair } from 'jose'
import { FHIR_BASE, ISSUER } from '../testing/auth-server-fixture.ts'
import { fhirReaders } from './person-reader.ts'

let server: Server
afterEach(() => new Promise((resolve) => server.close(resolve)))

async function started(takes: (token: string) => boolean) {
  const seen: string[] = []
  server = createServer((request, response) => {
    const token = String(request.headers.authorization)
    seen.push(token)
    response.statusCode = takes(token) ? 200 : 401
    response.end(JSON.stringify({ resourceType: 'Patient', id: 'ana' }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { privateKey } = await generateKeyPair('ES256')
  const keys = { jwks: { keys: [] }, accessToken: { key: privateKey, kid: 'k' } }
  const fhirUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return { seen, readers: fhirReaders({ issuer: ISSUER, fhirBase: FHIR_BASE, fhirUrl, keys }) }
}

test('REF-06: after everything was ended, the next read has a token of its own', async () => {
  const ended = new Set<string>()
  const { seen, readers } = await started((token) => !ended.has(token))
  await readers.of('Patient/ana').read('Patient', 'ana')
  for (const token of seen) ended.add(token)
  expect(await readers.of('Patient/ana').read('Patient', 'ana')).toMatchObject({ id: 'ana' })
  expect(new Set(seen).size).toBe(2)
})

test('what no token opens is asked for twice and no more', async () => {
  const { seen, readers } = await started(() => false)
  await expect(readers.service.read('Patient', 'ana')).rejects.toThrow()
  expect(seen).toHaveLength(2)
})
