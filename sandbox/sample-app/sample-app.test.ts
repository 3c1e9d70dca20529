import { expect, test } from '@jest/globals'
import request from 'supertest'
import { sampleApp } from './server.ts'

const app = sampleApp({ fhirBase: 'http://127.0.0.2:4000/fhir' })

test.each([
  ['/', 'text/html; charset=utf-8'],
  ['/?code=x&state=y', 'text/html; charset=utf-8'],
  ['/launch.html?iss=a&launch=b', 'text/html; charset=utf-8'],
  ['/style.css', 'text/css; charset=utf-8'],
  ['/app.ts', 'text/javascript; charset=utf-8'],
  ['/fhir-client.js', 'text/javascript; charset=utf-8'],
  ['/config.json', 'application/json'],
  ['/health', 'application/json'],
])('%s is served as %s', async (url, contentType) => {
  const answer = await request(app).get(url).expect(200)
  expect(answer.headers['content-type']).toBe(contentType)
})

test('browser code arrives without types', async () => {
  const answer = await request(app).get('/dom.ts').expect(200)
  expect(answer.text).not.toMatch(/: string|type Child/)
})

test.each(['/', '/launch.html'])('%s has no inline script or style, and the policy forbids them', async (url) => {
  const answer = await request(app).get(url).expect(200)
  expect(answer.text).not.toMatch(/<script(?![^>]*\bsrc=)|<style|\son\w+=|\sstyle=/)
  expect(answer.headers['content-security-policy']).toContain("script-src 'self'")
  expect(answer.headers['content-security-policy']).toContain("connect-src 'self' http://127.0.0.2:4000;")
})

test.each(['/server.ts', '/../server.ts', '/%2e%2e/main.ts', '/constructor', '//', '/%00'])(
  '%s is 404',
  async (url) => {
    await request(app).get(url).expect(404)
  },
)

test('only reading is offered', async () => {
  await request(app).post('/').expect(405)
})
