// Which language a page comes in: chosen there, wished for by the app, or the browser's.
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import request from 'supertest'
import { brandAssets } from '../../consent-ui/index.ts'
import { type Fixture, startAuthServer } from '../testing/auth-server-fixture.ts'

let fixture: Fixture
beforeAll(async () => {
  fixture = await startAuthServer()
})
afterAll(() => fixture.close())

const page = (path: string, headers: Record<string, string> = {}) =>
  request(fixture.server)
    .get(path)
    .set({ accept: 'text/html', ...headers })

test.each([
  ['es-MX,es;q=0.9,en;q=0.8', 'es'],
  ['en;q=0.1, es;q=0.2', 'es'],
  ['es;q=0, en', 'en'],
  ['fr', 'en'],
  ['', 'en'],
  [','.repeat(100_00), 'en'],
  ['ar-XB', 'en'],
])('the browser says %.40s: %s', async (header, lang) => {
  const { text } = await page('/nowhere', { 'accept-language': header })
  expect(text).toContain(`<html lang="${lang}" dir="ltr">`)
})

test('a choice is kept, and leads to the same page', async () => {
  const chosen = await page('/apps/signed-out?lang=es', { 'accept-language': 'en' })
  expect(chosen.text).toContain('Su sesión está cerrada')
  expect(chosen.text).toContain('<a href="/apps/signed-out?lang=en" hreflang="en"')
  const [cookie = ''] = ([] as string[]).concat(chosen.headers['set-cookie'] ?? [])
  expect(cookie).toMatch(/^lang=es; path=\/; expires=[^;]+; samesite=lax; (secure; )?httponly$/i)
  const later = await page('/apps/signed-out', { 'accept-language': 'en', cookie: cookie.split(';')[0] ?? '' })
  expect(later.text).toContain('Su sesión está cerrada')
})

test.each(['fr', 'en-XA', '"><script>', '__proto__'])('what is not offered is no choice: %s', async (lang) => {
  const answer = await page(`/apps/signed-out?lang=${encodeURIComponent(lang)}`)
  expect(answer.text).toContain('<html lang="en" dir="ltr">')
  expect(answer.text).not.toContain('<script>')
  expect(answer.headers['set-cookie']).toBeUndefined()
})

test('a page of a problem says nothing of the request again', async () => {
  const { text } = await page('/nowhere/evil?q=a%26b%22')
  expect(text).not.toMatch(/evil|hreflang/)
})

test('programs are answered as before', async () => {
  const { body } = await request(fixture.server)
    .get('/nowhere')
    .set({ accept: 'application/json', 'accept-language': 'es' })
  expect(body).toMatchObject({ error: 'not-found', error_description: 'There is no such page' })
})

test('an operator’s colour and logo stand on every page, and are served as they are', async () => {
  const brand = brandAssets({
    accent: '#7a1f5c',
    logo: { contentType: 'image/svg+xml', body: Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>') },
  })
  const branded = await startAuthServer({ brand })
  try {
    const { text } = await request(branded.server).get('/apps/signed-out').set('accept', 'text/html')
    expect(text).toContain(`<link rel="stylesheet" href="/assets/${brand.brand.stylesheet}">`)
    expect(text).toContain(`<img class="logo" src="/assets/${brand.brand.logo}" alt="">`)
    const logo = await request(branded.server).get(`/assets/${brand.brand.logo}`)
    expect(logo.headers).toMatchObject({
      'content-type': 'image/svg+xml',
      'content-security-policy': expect.stringContaining("default-src 'none'"),
    })
  } finally {
    await branded.close()
  }
})
