// What choices leave out is counted under all that is asked for, what is shared under what was chosen: by a FHIR base that
// believes the token, as the proxy would have verified it.
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { decodeJwt } from 'jose'
import { type Fixture, startAuthServer } from '../testing/auth-server-fixture.ts'
import { begin, follow, formOf } from '../testing/launch-flow.ts'

type Asked = { search: string; scope: string; patient: unknown }

let asked: Asked[]
let base: Server
let fixture: Fixture
beforeEach(async () => {
  asked = []
  base = createServer((request, response) => {
    const { scope, patient } = decodeJwt(String(request.headers.authorization).slice('Bearer '.length))
    const search = decodeURIComponent((request.url ?? '').slice(1))
    if (search.includes('_summary=count')) asked.push({ search, scope: String(scope), patient })
    const total = search.includes('date=ge1900') ? 9 : search.startsWith('Observation?_') ? 12 : 1
    const isPatient = search.startsWith('Patient/')
    response.end(JSON.stringify(isPatient ? { resourceType: 'Patient', id: 'ana' } : { resourceType: 'Bundle', total }))
  })
  await new Promise<void>((resolve) => base.listen(0, '127.0.0.1', resolve))
  const fhirUrl = `http://127.0.0.1:${(base.address() as AddressInfo).port}`
  fixture = await startAuthServer({ fhirUrl, consent: { counts: true, start: 'on', sensitive: [] } })
})
afterEach(async () => {
  await fixture.close()
  base.closeAllConnections()
  await new Promise((resolve) => base.close(resolve))
})

test('AUTHZ-21: items without a date and in no group are said with their number, before and after the choice', async () => {
  const { browser, page } = await begin(fixture.server, 'ana', { scope: 'launch/patient patient/Observation.rs' })
  const { action, csrf } = formOf(page)
  const choices = await follow(browser, await browser.post(action, { csrf, decision: 'choose' }), 'ana')
  const patient = await browser.get(`${action}/choose?amounts`)
  expect(patient.text).toContain('With a first day, 3 items are not shared because they have no date.')
  expect(patient.text).toContain('11 items have no group.')
  asked = []
  const some = [...patient.text.matchAll(/name="scope" id="row-\d+" value="([^"]+)"/g)].map(([, text]) => String(text))
  const form = {
    csrf: formOf(choices).csrf,
    decision: 'check',
    dates: '12-months',
    until: 'now',
    scope: some.slice(0, 2),
  }
  await follow(browser, await browser.post(`${action}/choose`, form), 'ana')
  const check = await browser.get(`${action}/check?amounts`)
  expect(check.text).toMatch(/Results in none of these groups<\/span> <span class="amount">11 items/)
  // Of another person nothing was ever counted, and what is shared only under the choice.
  expect(new Set(asked.map(({ patient }) => patient))).toEqual(new Set(['ana']))
  for (const { search, scope } of asked.filter(({ search }) => search.includes('=ge1900')))
    expect([search, scope]).toEqual([search, 'patient/Observation.rs'])
  expect(asked.some(({ scope }) => scope.includes('&date=ge') && !scope.includes('patient/Observation.rs '))).toBe(true)
})
