// The cookie of a person's session.
import { expect, test } from '@jest/globals'
import Koa from 'koa'
import request from 'supertest'
import { fixedOrigin } from '../front/origin.ts'
import { endings as createEndings } from '../grants/endings.ts'
import { grantStore } from '../grants/grants.ts'
import { memoryStore } from '../storage/memory.ts'
import { accountStore } from './accounts.ts'
import { sessionStore } from './sessions.ts'

test.each([
  ['https', '__Host-person'],
  ['http', 'person'],
])('SEC-04: over %s it is called %s, and nothing else is taken for it', async (protocol, name) => {
  const store = memoryStore()
  const grants = grantStore(store, Date.now)
  const endings = createEndings(store, grants, { append: async () => {} }, Date.now)
  const accounts = accountStore(store, Date.now)
  const isSecure = protocol === 'https'
  const sessions = sessionStore({ store, accounts, grants, endings, lifetimeSeconds: 60, isSecure })
  const account = { iss: 'https://idp.test', sub: 'ana' }
  const app = new Koa()
  app.use(fixedOrigin(`${protocol}://smart.test`))
  app.use(async (ctx) => {
    if (ctx.path === '/begin')
      await sessions.begin(ctx, { account, sub: 'ana', name: 'Ana', provider: 'idp', claims: {} })
    ctx.body = (await sessions.of(ctx))?.sub ?? 'nobody'
  })
  const begun = await request(app.callback()).get('/begin')
  const cookie = String(begun.headers['set-cookie']).split(';')[0] ?? ''
  expect(cookie.split('=')[0]).toBe(name)
  expect((await request(app.callback()).get('/').set('cookie', cookie)).text).toBe('ana')
  const planted = `other-${cookie}; ${isSecure ? cookie.slice('__Host-'.length) : ''}`
  expect((await request(app.callback()).get('/').set('cookie', planted)).text).toBe('nobody')
})
