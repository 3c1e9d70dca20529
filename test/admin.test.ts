// An operator registers an app by the pages, in a real browser against the whole sandbox, and the app is there at once.
import { expect, test } from '@jest/globals'
import { Journey } from './browser/journey.ts'
import { withSandboxInBrowser } from './testing/sandbox.ts'

const running = withSandboxInBrowser({ portBase: 24_180 })

test('SEED-32: an operator signs in, registers an app, is shown its secret once, and switches it off', async () => {
  const { issuer } = running.sandbox.urls
  const journey = await Journey.begin(running.browser, running.sandbox.urls)
  const { page } = journey
  await page.goto(`${issuer}/admin/clients`)
  await journey.signIn('olga.berg')
  await page.click('a:text-is("Register an app")')
  await page.fill('[name="client_id"]', 'by-hand')
  await page.fill('[name="client_name"]', 'Made by Hand')
  await page.selectOption('[name="token_endpoint_auth_method"]', 'client_secret_basic')
  await page.fill('[name="redirect_uris"]', 'https://hand.example/callback')
  await page.fill('[name="scope"]', 'openid launch/patient patient/Patient.rs')
  await page.click('button:text-is("Register an app")')
  const secret = String(await page.locator('#secret').textContent())
  expect(secret).toMatch(/^[\w-]{43}$/)
  const errorNow = async () => {
    const answer = await fetch(`${issuer}/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${btoa(`by-hand:${secret}`)}` },
      body: new URLSearchParams({
        grant_type: 'authorization_code',
        code: 'none',
        redirect_uri: 'https://hand.example/callback',
        code_verifier: 'v'.repeat(43),
      }),
    })
    return ((await answer.json()) as { error: string }).error
  }
  expect(await errorNow()).toBe('invalid_grant')
  await page.goto(`${issuer}/admin/clients/by-hand`)
  expect(await page.content()).not.toContain(secret)
  await page.click('button:text-is("Switch off and end all its access")')
  await page.waitForSelector('h1:text-is("Switch this app off?")')
  await page.click('button:text-is("Switch off")')
  await page.waitForSelector('button:text-is("Switch on")')
  expect(await errorNow()).toBe('invalid_client')
  await page.goto(`${issuer}/admin`)
  expect(await page.locator('main').textContent()).toContain('confinement')
  await journey.end()
})

test('SEED-32: a patient finds no such page', async () => {
  const { issuer } = running.sandbox.urls
  const journey = await Journey.begin(running.browser, running.sandbox.urls)
  await journey.page.goto(`${issuer}/admin`)
  await journey.signIn('ana.ruiz')
  await journey.page.waitForSelector('h1:text-is("There is no such page")')
  await journey.end()
})
