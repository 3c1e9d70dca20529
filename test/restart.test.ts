import { expect, test } from '@jest/globals'
import { Journey } from './browser/journey.ts'
import { withSandboxInBrowser } from './testing/sandbox.ts'

const running = withSandboxInBrowser({ portBase: 23_320 })

test('both services are killed at the sign-in, at the consent and before a refresh', async () => {
  const crash = () => Promise.all(['auth-server', 'proxy'].map((name) => running.sandbox.restart(name, 'SIGKILL')))
  const journey = await Journey.begin(running.browser, running.sandbox.urls)
  try {
    await journey.connect()
    await crash()
    await journey.signIn('ana.ruiz')
    await journey.waitForConsent()
    await journey.choose()
    await journey.untick('Vaccines (shots)')
    await crash()
    const answer = await journey.share('stop')
    expect(answer.patient).toBe('ana-ruiz')
    expect((await journey.send('GET', 'Patient/ana-ruiz')).status).toBe(200)
    await crash()
    expect((await journey.send('GET', 'Patient/ana-ruiz')).status).toBe(200)
    await journey.page.click('#refresh')
    expect(await journey.notice()).toContain('new access token')
    expect((await journey.tokenAnswer()).scope).not.toContain('Immunization')
    expect((await journey.send('GET', 'Immunization?patient=ana-ruiz')).status).toBe(403)
  } finally {
    await journey.end()
  }
}, 60_000)
