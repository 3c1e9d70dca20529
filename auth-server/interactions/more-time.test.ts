// WCAG 2.2, 2.2.1: the page says how long it waits, and waits for longer when it is asked to.
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { FHIR_BASE, type Fixture, startAuthServer } from '../testing/auth-server-fixture.ts'
import { begin, formOf, share } from '../testing/launch-flow.ts'

const HOUR = 3600_000
let later = 0
let fixture: Fixture
beforeAll(async () => {
  fixture = await startAuthServer({ now: () => Date.now() + later })
})
afterAll(() => fixture.close())

const cookiesOf = (headers: Record<string, unknown>): string[] =>
  ([] as string[]).concat((headers['set-cookie'] as string[]) ?? [])

test('another hour for the request and all that is kept in the browser', async () => {
  const { browser, page } = await begin(fixture.server, 'ana')
  expect(page.text).toMatch(/This page waits for (59|60) minutes\./)
  const [, more = ''] = /href="(\/interaction\/[^"]+\/more-time)"/.exec(page.text) ?? []
  const before = Date.now()
  const answer = await browser.get(more)
  expect([answer.status, answer.headers.location]).toEqual([303, more.replace('/more-time', '')])
  const ends = cookiesOf(answer.headers).map((line) => [
    line.split('=')[0],
    Math.round((Date.parse(/expires=([^;]+)/i.exec(line)?.[1] ?? '') - before) / HOUR),
  ])
  expect(ends.map(([name]) => String(name).replace(/\.[0-9a-f]+$|\.[\w-]{16}$/, ''))).toEqual(
    expect.arrayContaining(['_interaction', '_interaction_resume', 'holder']),
  )
  expect(new Set(ends.map(([, hours]) => hours))).toEqual(new Set([1]))
  const again = await browser.get(String(answer.headers.location))
  const { searchParams } = await share(browser, again, 'ana', ['patient/Patient.rs'])
  expect(searchParams.get('code')).toBeTruthy()
})

test('not for another browser, and not for ever', async () => {
  const { browser, page } = await begin(fixture.server, 'ana')
  const { action } = formOf(page)
  const stranger = await begin(fixture.server, 'ben', { aud: FHIR_BASE })
  const refused = await stranger.browser.get(`${action}/more-time`)
  expect([refused.status, cookiesOf(refused.headers)]).toEqual([400, []])
  later = 10.5 * HOUR
  try {
    const over = await browser.get(`${action}/more-time`)
    expect([over.status, cookiesOf(over.headers)]).toEqual([303, []])
  } finally {
    later = 0
  }
})
