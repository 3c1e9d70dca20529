import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from '@jest/globals'
import { createUpstream } from './upstream.ts'
import { watchUpstream } from './watched-upstream.ts'

const CALL = { method: 'GET', target: 'metadata' } as const

test('what is known of the FHIR server is what its last answer was, and why there was none', async () => {
  const server = createServer((_request, response) => response.writeHead(500).end('{}'))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/r4`
  const { upstream, state } = watchUpstream(
    createUpstream({ url, timeoutMs: 1_000, maxBodyBytes: 1_000, alarm: () => undefined }),
    undefined,
  )
  expect(state()).toEqual({ answers: undefined })
  await upstream.send(CALL, AbortSignal.timeout(5_000))
  expect(state()).toEqual({ answers: true })
  // Whoever leaves says nothing of the server.
  expect(await upstream.send(CALL, AbortSignal.abort())).toMatchObject({ reason: 'cancelled' })
  expect(state()).toEqual({ answers: true })
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  await upstream.send(CALL, AbortSignal.timeout(5_000))
  expect(state()).toEqual({ answers: false, reason: 'unreachable' })
  await upstream.close()
})
