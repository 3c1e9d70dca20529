import { describe, expect, test } from '@jest/globals'
import { smartConfiguration, smartSecurity } from './discovery.ts'

const settings = { issuer: 'https://smart.example', fhirBase: 'https://smart.example/fhir' }
const document = smartConfiguration(settings)

describe('smartConfiguration', () => {
  test('DISC-03: every endpoint is an absolute URL under the issuer', () => {
    const endpoints = Object.entries(document).filter(([name]) => /_(endpoint|uri)$/.test(name))
    expect(endpoints.map(([name]) => name).sort()).toEqual([
      'authorization_endpoint',
      'introspection_endpoint',
      'jwks_uri',
      'management_endpoint',
      'revocation_endpoint',
      'token_endpoint',
    ])
    for (const [, url] of endpoints) expect(String(url).startsWith('https://smart.example/')).toBe(true)
  })

  test('DISC-04: issuer and jwks_uri come with sso-openid-connect', () => {
    expect(document.capabilities).toContain('sso-openid-connect')
    expect(document).toMatchObject({ issuer: 'https://smart.example', jwks_uri: 'https://smart.example/jwks' })
  })

  test('DISC-05, DISC-06, DISC-07, DISC-13: what an app needs to begin is there', () => {
    expect(document.capabilities).toEqual(expect.arrayContaining(['launch-ehr', 'launch-standalone']))
    expect(document).toMatchObject({
      authorization_endpoint: 'https://smart.example/auth',
      token_endpoint: 'https://smart.example/token',
      grant_types_supported: ['authorization_code', 'refresh_token', 'client_credentials'],
      response_types_supported: ['code'],
    })
  })

  test('DISC-08: capabilities are the codes of the guide, each once, and the sets that certification names are whole', () => {
    const { capabilities } = document as { capabilities: string[] }
    expect(new Set(capabilities).size).toBe(capabilities.length)
    const certified = `launch-ehr launch-standalone authorize-post client-public client-confidential-symmetric
      client-confidential-asymmetric sso-openid-connect context-banner context-style context-ehr-patient
      context-ehr-encounter context-standalone-patient permission-offline permission-patient permission-user
      permission-v1 permission-v2`
    expect(capabilities).toEqual(expect.arrayContaining(certified.split(/\s+/)))
    expect(capabilities).not.toContain('smart-app-state')
  })

  test('DISC-09: S256 and never plain', () => {
    expect(document.code_challenge_methods_supported).toEqual(['S256'])
  })

  test('DISC-10: the client authentication methods that work', () => {
    expect(document.token_endpoint_auth_methods_supported).toEqual([
      'client_secret_basic',
      'client_secret_post',
      'private_key_jwt',
    ])
  })

  test('DISC-11: both asymmetric algorithms', () => {
    expect(document.token_endpoint_auth_signing_alg_values_supported).toEqual(['RS384', 'ES384'])
  })

  test('DISC-15, DISC-16: no registration unless it is on, and no app state', () => {
    expect(document).not.toHaveProperty('registration_endpoint')
    expect(document).not.toHaveProperty('smart_app_state_endpoint')
    expect(smartConfiguration({ ...settings, registration: true })).toMatchObject({
      registration_endpoint: 'https://smart.example/register',
    })
  })

  test('DISC-17: brands, where they are set', () => {
    expect(document).not.toHaveProperty('user_access_brand_bundle')
    const brands = { bundle: 'https://smart.example/brands.json', identifier: { system: 'urn:a', value: 'b' } }
    expect(smartConfiguration({ ...settings, brands })).toMatchObject({
      user_access_brand_bundle: brands.bundle,
      user_access_brand_identifier: brands.identifier,
    })
  })
})

test.each([false, true])('DISC-22, SEED-02: the security block names the same (registration %s)', (registration) => {
  const configuration = smartConfiguration({ ...settings, registration })
  const security = smartSecurity({ ...settings, registration })
  const [extension] = security.extension as { extension: { url: string; valueUri: string }[] }[]
  const uris = Object.fromEntries(extension?.extension.map(({ url, valueUri }) => [url, valueUri]) ?? [])
  expect(uris).toEqual({
    authorize: configuration.authorization_endpoint,
    token: configuration.token_endpoint,
    introspect: configuration.introspection_endpoint,
    revoke: configuration.revocation_endpoint,
    manage: configuration.management_endpoint,
    ...(registration ? { register: configuration.registration_endpoint } : {}),
  })
})
