// Who a person is, in the whole system: two identity providers in a real browser, and look-ups through the real proxy.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from '@jest/globals'
import { importJWK, type JWK } from 'jose'
import { fhirReaders } from '../auth-server/fhir/person-reader.ts'
import { Journey } from './browser/journey.ts'
import { withSandboxInBrowser } from './testing/sandbox.ts'

const running = withSandboxInBrowser({ portBase: 23_740, environment: { SANDBOX_SECOND_IDP: 'true' } })

describe('SEED-08: two identity providers', () => {
  let journey: Journey
  beforeEach(async () => {
    journey = await Journey.begin(running.browser, running.sandbox.urls)
    await journey.page.goto(running.sandbox.urls.app)
    await journey.page.click('#connect')
    await journey.page.waitForSelector('button[name="provider"]')
  })

  test.each([
    ['citizens', 'ines.carvalho', 'ines-carvalho'],
    ['entra', 'ana.ruiz', 'ana-ruiz'],
  ])(
    'who chooses %s signs in there and reads the own record alone',
    async (provider, person, patient) => {
      try {
        await journey.page.click(`button[name="provider"][value="${provider}"]`)
        await journey.signIn(person)
        expect((await journey.share()).patient).toBe(patient)
        expect((await journey.send('GET', `Patient/${patient}`)).status).toBe(200)
        expect((await journey.send('GET', 'Patient/ben-okafor')).status).toBe(404)
      } finally {
        await journey.end()
      }
    },
    60_000,
  )

  test('who cancels is back in the app', async () => {
    try {
      await journey.page.click('button[name="decision"][value="deny"]')
      await journey.page.waitForURL(`${running.sandbox.urls.app}/**`)
    } finally {
      await journey.end()
    }
  }, 60_000)
})

describe('the authorization server looks up people as itself', () => {
  const reader = async () => {
    const { keys } = JSON.parse(await readFile(join(running.dataFolder, 'signing-keys.json'), 'utf8')) as {
      keys: JWK[]
    }
    const jwk = keys.find(({ alg }) => alg === 'ES256') as JWK & { kid: string }
    const accessToken = { key: (await importJWK(jwk)) as CryptoKey, kid: jwk.kid }
    const { issuer, fhirBase } = running.sandbox.urls
    return fhirReaders({ issuer, fhirBase, fhirUrl: fhirBase, keys: { jwks: { keys }, accessToken } }).service
  }
  test('by id and by identifier', async () => {
    const fhir = await reader()
    const ana = await fhir.read('Patient', 'ana-ruiz')
    expect(ana).toMatchObject({ resourceType: 'Patient', id: 'ana-ruiz' })
    const [first] = (ana?.identifier ?? []) as { system: string; value: string }[]
    const number = `${first?.system}|${first?.value}`
    const found = await fhir.search('Patient', new URLSearchParams({ identifier: number, _count: '20' }))
    expect(found.map(({ id }) => id)).toEqual(['ana-ruiz'])
    expect(await fhir.read('Practitioner', 'wei-chen')).toMatchObject({ id: 'wei-chen' })
    expect(await fhir.read('RelatedPerson', 'maria-for-mateo')).toMatchObject({ id: 'maria-for-mateo' })
  })
  test('what is not there is nobody, and clinical data stays closed to it', async () => {
    const fhir = await reader()
    expect(await fhir.read('Patient', 'nobody')).toBeUndefined()
    expect(await fhir.read('Encounter', 'ana-ruiz-encounter-1')).toBeUndefined()
    expect(await fhir.search('Observation', new URLSearchParams({ subject: 'Patient/ana-ruiz' }))).toEqual([])
  })
})
