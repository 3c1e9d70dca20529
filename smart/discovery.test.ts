import { describe, expect, test } from '@jest/globals'
import { smartConfiguration, smartSecurity } from './discovery.ts'

const settings = { issuer: 'https://smart.example', fhirBase: 'https://smart.example/fhir' }
const document = smartConfiguration(settings)

describe('smartConfiguration', () => {
  test('every endpoint is an absolute URL under the issuer (DISC-03)', () => {
    const endpoints = Object.entries(document).filter(([name]) => /_(endpoint|uri)$/.test(name))
    expect(endpoints.length).toBe(3)
    for (const [, url] of endpoints) expect(String(url).startsWith('https://smart.example/')).toBe(true)
  })

  test('issuer and jwks_uri come with sso-openid-connect (DISC-04)', () => {
    expect(document.capabilities).toContain('sso-openid-connect')
    expect(document).toMatchObject({ issuer: 'https://smart.example', jwks_uri: 'https://smart.example/jwks' })
  })

  test('S256 and never plain (DISC-09)', () => {
    expect(document.code_challenge_methods_supported).toEqual(['S256'])
  })

  test('both asymmetric algorithms (DISC-11)', () => {
    expect(document.token_endpoint_auth_signing_alg_values_supported).toEqual(['RS384', 'ES384'])
  })

  test.each([
    'introspection_endpoint',
    'revocation_endpoint',
    'registration_endpoint',
    'management_endpoint',
    'smart_app_state_endpoint',
  ])('no %s: there is none', (name) => {
    expect(document).not.toHaveProperty(name)
  })
})

test('the security block names the same URLs as the configuration (DISC-22)', () => {
  const [extension] = smartSecurity(settings).extension as { extension: { url: string; valueUri: string }[] }[]
  expect(Object.fromEntries(extension?.extension.map(({ url, valueUri }) => [url, valueUri]) ?? [])).toEqual({
    authorize: document.authorization_endpoint,
    token: document.token_endpoint,
  })
})
