import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { claimsOf, Journey, type TokenAnswer } from './browser/journey.ts'
import { withSandboxInBrowser } from './testing/sandbox.ts'

let journey: Journey

const running = withSandboxInBrowser({ portBase: 23_300 })

beforeEach(async () => {
  journey = await Journey.begin(running.browser, running.sandbox.urls)
})

afterEach(() => journey.end())

/** Everything that a search gives, page after page, asked with the token itself. */
async function idsFound(accessToken: string, path: string): Promise<string[]> {
  const ids: string[] = []
  let next: string | undefined = `${running.sandbox.urls.fhirBase}/${path}`
  while (next !== undefined) {
    const answer = await fetch(next, { headers: { authorization: `Bearer ${accessToken}` } })
    expect(answer.status).toBe(200)
    const bundle = (await answer.json()) as {
      entry?: { resource: { id: string } }[]
      link?: { relation: string; url: string }[]
    }
    ids.push(...(bundle.entry ?? []).map(({ resource }) => resource.id))
    next = bundle.link?.find(({ relation }) => relation === 'next')?.url
  }
  return ids
}

describe('a patient', () => {
  beforeEach(async () => {
    await journey.connect()
    await journey.signIn('ana.ruiz')
    await journey.waitForConsent()
  })

  test('SEED-19, SEED-70: is asked by name what to share, and sees the own chart in the app', async () => {
    expect(await journey.heading()).toBe('Share your health data with Heart Chart?')
    expect(await journey.page.locator('.person').textContent()).toContain('Ana Ruiz')
    const answer = await journey.share()
    expect(answer.patient).toBe('ana-ruiz')
    expect(claimsOf(answer.access_token)).toMatchObject({
      iss: running.sandbox.urls.issuer,
      aud: running.sandbox.urls.fhirBase,
      patient: 'ana-ruiz',
      person: 'Patient/ana-ruiz',
      scope: answer.scope,
    })
    expect(claimsOf(String(answer.id_token)).fhirUser).toBe(`${running.sandbox.urls.fhirBase}/Patient/ana-ruiz`)
    await journey.page.waitForFunction(() => document.querySelector('#patient-name')?.textContent?.includes('Ruiz'))
    const observations = await journey.send('GET', 'Observation?_count=5')
    expect(observations.status).toBe(200)
    expect(observations.body).toContain('Patient/ana-ruiz')
    expect(observations.body).not.toContain(running.sandbox.urls.fhirServer)
  })

  test('AUTHZ-21, SEED-19: switches vaccines off: the scope is gone, and the proxy refuses with a reason', async () => {
    await journey.choose()
    await journey.untick('Vaccines (shots)')
    const answer = await journey.share()
    expect(answer.scope.split(' ')).toContain('patient/Observation.rs')
    expect(answer.scope).not.toContain('Immunization')
    const refused = await journey.send('GET', 'Immunization?patient=ana-ruiz')
    expect(refused.status).toBe(403)
    const outcome = JSON.parse(refused.body) as { resourceType: string; issue: { diagnostics?: string }[] }
    expect(outcome.resourceType).toBe('OperationOutcome')
    expect(JSON.stringify(outcome.issue)).toContain('Immunization')
  })

  test('gets no refresh token for only now', async () => {
    const answer = await journey.share()
    expect(answer.refresh_token).toBeUndefined()
    expect(answer.scope).not.toContain('offline_access')
  })

  test('AUTHZ-21: lets it go on for three months, and the app renews its token', async () => {
    const first = await journey.share('3-months')
    expect(first.refresh_token).toEqual(expect.any(String))
    await journey.page.click('#refresh')
    await expect(journey.notice()).resolves.toContain('new access token')
    const second = await journey.tokenAnswer()
    expect(second.access_token).not.toBe(first.access_token)
    expect(second.patient).toBe('ana-ruiz')
  })

  test('clears all and goes on: is told what to do, and nothing is shared', async () => {
    await journey.choose()
    await journey.lasting('now')
    await journey.page.click('button:text-is("Clear all")')
    await journey.page.waitForLoadState()
    await journey.page.click('button[name="decision"][value="check"]')
    await journey.page.waitForSelector('.error-summary')
    expect(await journey.page.title()).toMatch(/^Error: /)
    expect(await journey.page.locator('input[name="scope"]:checked').count()).toBe(0)
  })

  test('SEED-19: does not share: the app gets access_denied and nothing else', async () => {
    await journey.dontShare()
    expect(await journey.notice()).toContain('access_denied')
    expect(journey.page.url()).not.toContain('code=')
  })

  test('reaches nobody else, no other type, and changes nothing', async () => {
    const { access_token: token } = await journey.share()
    expect((await journey.send('GET', 'Patient/ben-okafor')).status).toBe(404)
    expect((await journey.send('GET', 'Patient/no-such-person')).status).toBe(404)
    for (const path of ['Observation?patient=ben-okafor', 'Observation?subject=Patient/ben-okafor']) {
      const answer = await fetch(`${running.sandbox.urls.fhirBase}/${path}`, {
        headers: { authorization: `Bearer ${token}` },
      })
      expect(await answer.text()).not.toContain('"resource":')
    }
    const everyone = await journey.send('GET', 'Patient')
    expect(everyone.status).toBe(200)
    expect(await idsFound(token, 'Patient')).toEqual(['ana-ruiz'])
    expect((await journey.send('GET', 'Procedure?patient=ana-ruiz')).status).toBe(403)
    expect((await journey.send('GET', 'AuditEvent')).status).toBe(403)
    const observation = JSON.stringify({ resourceType: 'Observation', subject: { reference: 'Patient/ana-ruiz' } })
    expect((await journey.send('POST', 'Observation', observation)).status).toBe(403)
    expect((await journey.send('PUT', 'Patient/ana-ruiz', '{"resourceType":"Patient","id":"ana-ruiz"}')).status).toBe(
      403,
    )
    expect((await journey.send('DELETE', 'Patient/ana-ruiz')).status).toBe(403)
  })
})

describe('a clinician', () => {
  const scope = 'openid fhirUser launch/patient user/Patient.rs user/Observation.rs'

  test('CTX-03, CTX-08: is offered exactly the patients that the proxy would open, and gets the one chosen', async () => {
    await journey.connect(scope)
    await journey.signIn('wei.chen')
    const offered = await journey.offeredPatients()
    expect(offered).toContain('ana-ruiz')
    expect(offered).not.toContain('ben-okafor')
    await journey.pickPatient('ana-ruiz')
    const answer = await journey.share()
    expect(answer.patient).toBe('ana-ruiz')
    expect(claimsOf(answer.access_token).person).toBe('Practitioner/wei-chen')
    expect([...offered].sort()).toEqual((await idsFound(answer.access_token, 'Patient?_count=5')).sort())
    expect((await journey.send('GET', 'Patient/ben-okafor')).status).toBe(404)
  })

  test('searches by name, and finds nobody who is not theirs to open', async () => {
    await journey.connect(scope)
    await journey.signIn('wei.chen')
    await journey.page.fill('#q', 'okafor')
    await journey.page.click('button:text-is("Search")')
    await journey.page.getByText('No one you can open matches').waitFor()
    await journey.page.fill('#q', 'ruiz')
    await journey.page.click('button:text-is("Search")')
    expect(await journey.offeredPatients()).toContain('ana-ruiz')
  })

  test('changes the patient on the consent page', async () => {
    await journey.connect(scope)
    await journey.signIn('wei.chen')
    const [first = '', second = ''] = await journey.offeredPatients()
    await journey.pickPatient(first)
    await journey.page.click('button:has-text("Change")')
    await journey.pickPatient(second)
    expect((await journey.share()).patient).toBe(second)
  })

  test('SEED-16: who is a patient too chooses the role, and roles do not mix', async () => {
    await journey.connect()
    await journey.signIn('tomas.silva')
    await journey.chooseRadio(/yourself/)
    const answer = await journey.share()
    expect(answer.patient).toBe('tomas-silva')
    expect(claimsOf(answer.access_token).person).toBe('Patient/tomas-silva')
  })
})

test('CTX-03, SEED-16: a parent chooses the child, and the app opens that record only', async () => {
  await journey.connect()
  await journey.signIn('maria.lopez')
  await journey.chooseRadio(/Mateo/)
  await journey.waitForConsent()
  expect(await journey.page.locator('.person').textContent()).toContain('Mateo')
  const answer = await journey.share()
  expect(answer.patient).toBe('mateo-lopez')
  expect((await journey.send('GET', 'Patient/mateo-lopez')).status).toBe(200)
  expect((await journey.send('GET', 'Patient/lucia-lopez')).status).toBe(404)
})

test('an account without a record is told so', async () => {
  await journey.connect()
  await journey.signIn('noah.stone')
  expect(await journey.heading()).toMatch(/record/)
  await journey.page.click('button[name="decision"][value="deny"]')
  const told = await journey.notice()
  expect(told).toContain('access_denied')
  expect(told).toContain('no health record is linked')
})

describe('from the record system', () => {
  test('SEED-17: the app opens on the chart and the visit; the launch cannot be used again', async () => {
    const { page } = journey
    let launchUrl = ''
    page.context().on('request', (request) => {
      if (request.url().includes('/launch.html?')) launchUrl = request.url()
    })
    await page.goto(running.sandbox.urls.launcher)
    await page.click('a:text-is("Sign in")')
    await journey.signIn('wei.chen')
    await page.fill('#q', 'ruiz')
    await page.click('button:text-is("Search")')
    await page.locator('.people a', { hasText: 'Ana' }).first().click()
    const encounter = await page.locator('input[name="encounter"]:checked').inputValue()
    expect(encounter).not.toBe('')
    const inApp = await journey.inNewWindow(() => page.getByRole('button', { name: 'Open Heart Chart' }).click())
    await inApp.page.waitForURL(
      (url) => url.href.startsWith(running.sandbox.urls.entra) || url.href.startsWith(running.sandbox.urls.issuer),
    )
    if (inApp.page.url().startsWith(running.sandbox.urls.entra)) await inApp.signIn('wei.chen')
    const answer = await inApp.share()
    expect(answer).toMatchObject({
      patient: 'ana-ruiz',
      encounter,
      need_patient_banner: true,
      smart_style_url: expect.stringMatching(/^http/),
    })
    expect(claimsOf(answer.access_token)).toMatchObject({ patient: 'ana-ruiz', encounter })

    expect(launchUrl).toContain('launch=')
    const again = await Journey.begin(running.browser, running.sandbox.urls)
    try {
      await again.page.goto(launchUrl)
      expect(await again.notice()).toMatch(/invalid_request|access_denied/)
    } finally {
      await again.end()
    }
  })
  test('EHR-09: inside the record’s frame: sign-in in a window of its own, the app in the frame; closing the chart ends it', async () => {
    const { page } = journey
    await page.goto(running.sandbox.urls.launcher)
    await page.click('a:text-is("Sign in")')
    await journey.signIn('wei.chen')
    await page.locator('.people a', { hasText: 'Ana' }).first().click()
    await page.getByRole('button', { name: 'Open here' }).click()
    const frame = page.frameLocator('iframe.app')
    const [window] = await Promise.all([
      page.waitForEvent('popup'),
      frame.locator('a:text-is("Continue in a new window")').click(),
    ])
    await window.waitForLoadState()
    if (window.url().startsWith(running.sandbox.urls.entra)) {
      await window.click('button[name="person"][value^="wei.chen@"]')
    }
    await window.waitForSelector('h1:text-is("You are signed in")')
    await window.close()
    await frame.locator('a:text-is("I have signed in")').click()
    await frame.locator('#until-now').check()
    await frame.locator('button:text-is("Share")').click()
    const told = await frame.locator('#token-answer').textContent({ timeout: 15_000 })
    const answer = JSON.parse(told ?? '') as TokenAnswer
    expect(answer.patient).toBe('ana-ruiz')
    const read = () =>
      fetch(`${running.sandbox.urls.fhirBase}/Patient/ana-ruiz`, {
        headers: { authorization: `Bearer ${answer.access_token}` },
      })
    expect((await read()).status).toBe(200)
    await page.click('button:text-is("Close chart")')
    await page.waitForSelector('h1:text-is("Open a chart")')
    await until(async () => (await read()).status === 401)
  })
})

describe('SEED-22: apps with access', () => {
  test('a person stops an app, and within seconds the proxy refuses it; another person’s app goes on', async () => {
    const other = await Journey.begin(running.browser, running.sandbox.urls)
    await other.connect()
    await other.signIn('ben.okafor')
    const kept = await other.share()
    await other.end()
    await journey.connect()
    await journey.signIn('ana.ruiz')
    const answer = await journey.share()
    const statusOf = async (token: string, path: string) =>
      (await fetch(`${running.sandbox.urls.fhirBase}/${path}`, { headers: { authorization: `Bearer ${token}` } }))
        .status
    expect(await statusOf(answer.access_token, 'Patient/ana-ruiz')).toBe(200)
    await journey.takeAccessBack('ana.ruiz')
    expect(journey.lastStopped).toMatch(/Stopped at \d\d:\d\d\. No app request after this gets your data\./)
    expect(await statusOf(answer.access_token, 'Patient/ana-ruiz')).toBe(401)
    expect(await statusOf(kept.access_token, 'Patient/ben-okafor')).toBe(200)
  })
})

/** Within the five seconds that an ending may take to reach the proxy. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 5_000
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error('not so within five seconds')
    await new Promise((resolve) => setImmediate(resolve))
  }
}
