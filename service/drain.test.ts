import { once } from 'node:events'
import { Agent, createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { afterEach, expect, test } from '@jest/globals'
import { type Drain, drainOf } from './drain.ts'

let server: Server
let drain: Drain
/** Answered when the test says so. */
const waiting: ServerResponse[] = []
const agent = new Agent({ keepAlive: true })

async function start(): Promise<void> {
  server = createServer((asked, response) => {
    if (asked.url === '/slow') waiting.push(response)
    else response.end('at once')
  })
  drain = drainOf(server)
  await once(server.listen(0, '127.0.0.1'), 'listening')
}

afterEach(async () => {
  agent.destroy()
  waiting.splice(0)
  server.closeAllConnections()
  if (server.listening) await new Promise((resolve) => server.close(resolve))
})

const port = () => (server.address() as AddressInfo).port
async function get(path: string, at = port()): Promise<{ answer: IncomingMessage; text: string }> {
  const asked = request({ port: at, path, agent }).end()
  const [answer] = (await once(asked, 'response')) as [IncomingMessage]
  let text = ''
  for await (const chunk of answer) text += String(chunk)
  return { answer, text }
}
const arrived = async () => {
  while (waiting.length === 0) await new Promise((resolve) => setImmediate(resolve))
}

test('an answer under way is finished, and its caller told to come back elsewhere', async () => {
  await start()
  const slow = get('/slow')
  await arrived()
  const drained = drain(5_000)
  expect(server.listening).toBe(false)
  setTimeout(() => waiting[0]?.end('in the end'), 200)
  const { answer, text } = await slow
  expect([text, answer.headers.connection]).toEqual(['in the end', 'close'])
  await drained
})

test('nobody new is let in', async () => {
  await start()
  const at = port()
  const slow = get('/slow')
  await arrived()
  const drained = drain(5_000)
  await expect(once(connect(at, '127.0.0.1'), 'connect')).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  waiting[0]?.end()
  await slow
  await drained
})

test('a request on a connection that lay idle is still answered', async () => {
  await start()
  const at = port()
  const { answer } = await get('/')
  expect(answer.headers.connection).toBe('keep-alive')
  const drained = drain(5_000)
  expect((await get('/', at)).text).toBe('at once')
  await drained
})

test('a connection on which nothing comes is closed once it was kept for as long as was promised', async () => {
  await start()
  server.keepAliveTimeout = 300
  await get('/')
  // Long after this test would be over.
  await drain(600_000)
  expect(server.listening).toBe(false)
})

test('what takes longer than it may is cut', async () => {
  await start()
  const slow = expect(get('/slow')).rejects.toMatchObject({ code: 'ECONNRESET' })
  await arrived()
  await drain(300)
  await slow
})
