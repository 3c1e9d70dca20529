// What leaves the developer's machine: for any exchange, nothing that would let somebody in.
import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { Exchange } from './exchange.ts'
import { redactTimeline } from './redact.ts'

const part = (fields: object) => Buffer.from(JSON.stringify(fields)).toString('base64url')
const secret = fc.stringMatching(/^[A-Za-z0-9_-]{22,43}$/).filter((text) => /\d/.test(text))
const jwt = secret.map(
  (signature) => `${part({ alg: 'ES256' })}.${part({ iss: 'http://issuer.example', jti: signature })}.${signature}`,
)

test('no code, token, secret, state or assertion is left, wherever it stood', () => {
  fc.assert(
    fc.property(secret, secret, secret, jwt, jwt, (code, state, refresh, access, assertion) => {
      const exchange: Exchange = {
        at: '2026-01-01T00:00:00.000Z',
        milliseconds: 1,
        method: 'POST',
        url: `http://127.0.0.2:4000/interaction/${state}?code=${code}&scope=patient%2F*.rs`,
        form: [
          ['code', code],
          ['client_assertion', assertion],
          ['scope', 'patient/*.rs'],
        ],
        authorization: `Bearer ${access}`,
        status: 303,
        location: `http://localhost/cb?code=${code}&state=${state}`,
        body: JSON.stringify({ access_token: access, nested: { refresh_token: refresh, note: `again ${code}` } }),
      }
      // Named in one exchange, and standing without its name in the next.
      const later: Exchange = { ...exchange, form: [], body: `"${refresh}"`, url: `http://127.0.0.2:4000/x/${code}` }
      const shared = JSON.stringify(redactTimeline([exchange, later]))
      for (const text of [code, state, refresh, ...access.split('.').slice(1), ...assertion.split('.').slice(1)])
        expect(shared).not.toContain(text)
      expect(shared).toContain('patient/*.rs')
      expect(shared).toContain('http://issuer.example')
    }),
  )
})

test.each(['short', 'a1', 'hunter2!'])('a secret of any length is taken out: %s', (text) => {
  const shared = redactTimeline([
    {
      at: '2026-01-01T00:00:00.000Z',
      milliseconds: 1,
      method: 'POST',
      url: 'http://127.0.0.2:4000/token',
      form: [['client_secret', text]],
      status: 200,
    },
  ])
  expect(JSON.stringify(shared)).not.toContain(text)
})

test('an address is left as it was where nothing in it is secret', () => {
  const url = 'http://127.0.0.2:4000/fhir/Observation?category=laboratory&_count=2'
  const exchange = { at: '2026-01-01T00:00:00.000Z', milliseconds: 1, method: 'GET', url, status: 200 }
  expect(redactTimeline([exchange]).exchanges).toEqual([exchange])
})
