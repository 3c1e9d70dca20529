import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type RequestListener,
  type Server,
} from 'node:http'
import { connect } from 'node:net'
import { afterEach, expect, test } from '@jest/globals'
import request from 'supertest'
import { frontDoor } from './front-door.ts'

const open: Server[] = []
const RUNS_KEY = 'a key for tests, long enough'

async function listening(server: Server): Promise<{ url: string; server: Server; port: number }> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  open.push(server)
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  return { url: `http://127.0.0.1:${port}`, server, port }
}
const service = (listener: RequestListener) => listening(createServer(listener))
const echo = (name: string) =>
  service((req, res) =>
    res.setHeader('Content-Type', 'application/json').end(JSON.stringify({ name, url: req.url, headers: req.headers })),
  )
const door = async (authServerUrl: string, proxyUrl: string) =>
  (
    await listening(
      frontDoor({
        publicUrl: 'http://127.0.0.2:4000',
        authServerUrl,
        proxyUrl,
        entraUrl: 'http://localhost:4004',
        runsKey: RUNS_KEY,
      }),
    )
  ).server

afterEach(async () => {
  for (const server of open.splice(0)) {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
})

test.each([
  ['/fhir', 'proxy'],
  ['/fhir/Patient?name=a%7Cb|c&x=//y', 'proxy'],
  ['/fhir?_type=Patient', 'proxy'],
  ['/fhir/.well-known/smart-configuration', 'proxy'],
  ['/fhirx', 'auth'],
  ['/', 'auth'],
  ['/auth?aud=http://127.0.0.2:4000/fhir', 'auth'],
  ['/%ff?%zz', 'auth'],
])('%s goes to %s with its path kept', async (url, name) => {
  const [auth, proxy] = [await echo('auth'), await echo('proxy')]
  const answer = await request(await door(auth.url, proxy.url))
    .get(url)
    .expect(200)
  expect(answer.body).toMatchObject({ name, url })
})

test('forwarding headers of the caller are overwritten', async () => {
  const auth = await echo('auth')
  const answer = await request(await door(auth.url, auth.url))
    .get('/')
    .set({
      'X-Forwarded-For': '6.6.6.6',
      'X-Forwarded-Host': 'evil.example',
      'X-Forwarded-Proto': 'https',
      Forwarded: 'for=6.6.6.6',
      'X-Real-IP': '6.6.6.6',
    })
  expect(answer.body.headers).toMatchObject({
    'x-forwarded-for': '127.0.0.1',
    'x-forwarded-host': '127.0.0.2:4000',
    'x-forwarded-proto': 'http',
  })
  expect(JSON.stringify(answer.body)).not.toMatch(/6\.6\.6\.6|evil/)
})

test('a service that is down is 502 with a problem, and the door stays open', async () => {
  const gone = await echo('gone')
  gone.server.close()
  const server = await door(gone.url, (await echo('proxy')).url)
  const answer = await request(server).get('/token').expect(502)
  expect(answer.headers['content-type']).toBe('application/problem+json')
  await request(server).get('/fhir/metadata').expect(200)
})

test('a service that breaks off half-way breaks off the answer', async () => {
  const broken = await service((_req, res) => {
    res.writeHead(200, { 'Content-Length': '100' })
    res.write('half', () => res.destroy())
  })
  const server = await door(broken.url, broken.url)
  await expect(request(server).get('/fhir/x')).rejects.toThrow()
  await request(server).get('/front-door/health').expect(200)
})

test('a client that leaves ends the work of the service', async () => {
  const started = Promise.withResolvers<IncomingMessage>()
  const slow = await service((req) => started.resolve(req))
  const server = await door(slow.url, slow.url)
  const address = server.address()
  const client = httpRequest({ port: typeof address === 'object' ? address?.port : 0, path: '/fhir/slow' })
  client.on('error', () => {})
  client.end()
  const seen = await started.promise
  const closed = new Promise((resolve) => seen.socket.once('close', resolve))
  client.destroy()
  await closed
  await request(server).get('/front-door/health').expect(200)
})

test.each(['GET http://127.0.0.1/fhir HTTP/1.1', 'OPTIONS * HTTP/1.1', 'GARBAGE', 'GET /\u0000 HTTP/1.1'])(
  'a target that is no path is refused: %s',
  async (line) => {
    const auth = await echo('auth')
    const server = await door(auth.url, auth.url)
    const address = server.address()
    const socket = connect(typeof address === 'object' && address ? address.port : 0, '127.0.0.1')
    socket.write(`${line}\r\nHost: x\r\nConnection: close\r\n\r\n`)
    let answer = ''
    for await (const chunk of socket) answer += String(chunk)
    expect(answer).toMatch(/^HTTP\/1.1 400 /)
  },
)
