// Several proxies behind one address: what only one of them refuses has not stopped.
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from '@jest/globals'
import { decodeJwt, exportJWK, generateKeyPair } from 'jose'
import { refusalCheck } from './refusal-check.ts'

let front: Server
afterEach(() => new Promise((done) => front.close(done)))

/** Answers in turn, as a front door before so many proxies does. @param knows whether each has heard of the end */
async function checkBefore(knows: readonly boolean[]) {
  let turn = 0
  front = createServer((request, response) => {
    const isOver = decodeJwt(String(request.headers.authorization).slice('Bearer '.length)).gid === 'over'
    response.statusCode = isOver && knows[turn++ % knows.length] ? 401 : 403
    response.end()
  })
  await new Promise<void>((done) => front.listen(0, '127.0.0.1', done))
  const { privateKey } = await generateKeyPair('ES256', { extractable: true })
  const keys = { jwks: { keys: [await exportJWK(privateKey)] }, accessToken: { key: privateKey, kid: 'k' } }
  const fhirUrl = `http://127.0.0.1:${(front.address() as AddressInfo).port}`
  return refusalCheck({ issuer: 'http://smart.test', fhirBase: 'http://smart.test/fhir', fhirUrl, keys })
}

test.each([
  ['one of one', [true], true],
  ['both of two', [true, true], true],
  ['the first of two', [true, false], false],
  ['the second of two', [false, true], false],
  ['all but one of four', [true, true, true, false], false],
])(
  'REF-06: stopped is said when all proxies refuse: %s',
  async (_name, knows, expected) => {
    const isRefused = await checkBefore(knows)
    expect(await isRefused([{ gid: 'over' }])).toBe(expected)
  },
  15_000,
)
