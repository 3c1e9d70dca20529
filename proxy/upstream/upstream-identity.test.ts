// The proxy before an upstream that lets nobody in without a token that is good, and a token endpoint that gives them out:
// both over HTTP, as managed identities and Entra speak it.

import { mkdtempSync, rmSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createDefaultHttpClient } from '@azure/core-rest-pipeline'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { listening } from '../../test/testing/listening.ts'
import { parseConfig } from '../config.ts'
import { createUpstream, type Upstream } from './upstream.ts'
import { type IdentityOptions, openCredential, type UpstreamCredentialSettings } from './upstream-identity.ts'

const folder = mkdtempSync(join(tmpdir(), 'upstream-identity-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const SCOPE = 'https://fhir.example/.default'
const READ = { method: 'GET', target: 'Observation/1' } as const
const forever = () => new AbortController().signal

type Asked = { headers: IncomingMessage['headers']; url: URL; form: URLSearchParams }

/** What was given out, and until when it is good. */
let tokens: Map<string, number>
let asked: Asked[]
let lifeSeconds: number
let isDown: boolean
let alarms: [string, Record<string, unknown>][]
/** What the upstream was sent. */
let sent: { method: string; authorization: string | undefined; status: number }[]
const closing: (() => Promise<unknown>)[] = []

let closeServers: () => Promise<unknown>
let tokenUrl: string
let upstreamUrl: string
beforeEach(() => {
  ;[tokens, asked, sent, alarms, lifeSeconds, isDown] = [new Map(), [], [], [], 3_600, false]
})
beforeAll(async () => {
  const endpoint = await listening(async (request, response) => {
    const url = new URL(request.url ?? '', 'http://token.example')
    if (isDown) return void response.writeHead(500).end()
    if (url.pathname.endsWith('/openid-configuration')) return void response.end(JSON.stringify(metadata(url)))
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    asked.push({ headers: request.headers, url, form: new URLSearchParams(Buffer.concat(chunks).toString()) })
    const token = `token-${tokens.size + 1}`
    tokens.set(token, Date.now() + lifeSeconds * 1000)
    response.setHeader('Content-Type', 'application/json')
    const expires = { expires_in: lifeSeconds, expires_on: String(Math.floor(Date.now() / 1000) + lifeSeconds) }
    response.end(JSON.stringify({ access_token: token, token_type: 'Bearer', resource: 'x', ...expires }))
  })
  const upstream = await listening((request, response) => {
    const { authorization } = request.headers
    const isGood = (tokens.get(authorization?.replace('Bearer ', '') ?? '') ?? 0) > Date.now()
    sent.push({ method: request.method ?? '', authorization, status: isGood ? 200 : 401 })
    response.writeHead(isGood ? 200 : 401, { 'Content-Type': 'application/fhir+json' }).end('{}')
  })
  ;[tokenUrl, upstreamUrl] = [endpoint.url, upstream.url]
  closeServers = () => Promise.all([endpoint.close(), upstream.close()])
})
afterAll(() => closeServers())
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

function metadata({ pathname }: URL) {
  const authority = `https://login.example${pathname.split('/').slice(0, 2).join('/')}`
  return {
    issuer: `${authority}/v2.0`,
    token_endpoint: `${authority}/oauth2/v2.0/token`,
    authorization_endpoint: `${authority}/oauth2/v2.0/authorize`,
    jwks_uri: `${authority}/keys`,
  }
}

function upstreamAs(settings: UpstreamCredentialSettings, options?: IdentityOptions): Upstream {
  const alarm = (event: string, detail: Record<string, unknown>) => void alarms.push([event, detail])
  const onFailure = (error: unknown) => alarm('upstream-credential', { error })
  const credential = openCredential(settings, { clock: () => new Date(), onFailure }, options)
  const upstream = createUpstream({ url: upstreamUrl, timeoutMs: 5_000, maxBodyBytes: 1_000, credential, alarm })
  closing.unshift(() => upstream.close())
  return upstream
}

/** As App Service and Container Apps tell of it. The library keeps where that is, and what it was given for a scope. */
function withManagedIdentity(scope = SCOPE): Upstream {
  process.env.IDENTITY_ENDPOINT = `${tokenUrl}/msi/token`
  process.env.IDENTITY_HEADER = 'header-of-the-host'
  // Not the sign-in of whoever runs the tests.
  process.env.AZURE_TOKEN_CREDENTIALS = 'prod'
  return upstreamAs({ kind: 'managed-identity', scope })
}

/** The library insists on https for Entra: what it sends goes to the endpoint at hand. */
function toTheEndpoint(): IdentityOptions {
  const client = createDefaultHttpClient()
  return {
    httpClient: {
      sendRequest(request) {
        request.url = request.url.replace('https://login.example', tokenUrl)
        request.allowInsecureConnection = true
        return client.sendRequest(request)
      },
    },
  }
}

const application = (proof: Extract<UpstreamCredentialSettings, { kind: 'client-credentials' }>['proof']) =>
  upstreamAs(
    {
      kind: 'client-credentials',
      scope: SCOPE,
      authority: 'https://login.example',
      tenantId: 'contoso',
      clientId: 'proxy',
      proof,
    },
    toTheEndpoint(),
  )

const failureOf = async (upstream: Upstream) => {
  const answer = await upstream.send(READ, forever())
  return answer.kind === 'failed' ? answer.reason : answer.status
}

describe('SEED-63: managed identity', () => {
  test('its token goes along, asked for once', async () => {
    const upstream = withManagedIdentity()
    const answers = await Promise.all(Array.from({ length: 20 }, () => upstream.send(READ, forever())))
    expect(answers.every((answer) => answer.kind === 'answer' && answer.status === 200)).toBe(true)
    expect(new Set(sent.map(({ authorization }) => authorization))).toEqual(new Set(['Bearer token-1']))
    expect(asked.map(({ url, headers }) => [url.searchParams.get('resource'), headers['x-identity-header']])).toEqual([
      ['https://fhir.example', 'header-of-the-host'],
    ])
  })

  test('tokens that end in the middle of the load cause no 401', async () => {
    lifeSeconds = 2
    const upstream = withManagedIdentity('https://short.example/.default')
    const load = async () => {
      while (tokens.size < 4 && alarms.length === 0) await upstream.send(READ, forever())
    }
    await Promise.all(Array.from({ length: 8 }, load))
    expect(sent.length).toBeGreaterThan(100)
    expect(sent.filter(({ status }) => status !== 200)).toEqual([])
    expect(alarms).toEqual([])
  })

  test('none to be had: nothing is sent, and operators are told', async () => {
    isDown = true
    const upstream = withManagedIdentity('https://none.example/.default')
    expect(await failureOf(upstream)).toBe('unauthorized')
    expect([sent, alarms.map(([event]) => event)]).toEqual([[], ['upstream-credential']])
  })
})

describe('SEED-63: client credentials', () => {
  test('a secret', async () => {
    expect(await failureOf(application({ kind: 'secret', secret: 's3cret' }))).toBe(200)
    const [only] = asked
    expect(only?.url.pathname).toBe('/contoso/oauth2/v2.0/token')
    expect(Object.fromEntries(only?.form ?? [])).toMatchObject({
      grant_type: 'client_credentials',
      client_id: 'proxy',
      client_secret: 's3cret',
      scope: expect.stringContaining(SCOPE),
    })
  })

  test('an assertion, read anew for each token', async () => {
    lifeSeconds = 1
    const path = join(folder, 'assertion')
    const upstream = application({ kind: 'assertion', path })
    for (const assertion of ['first', 'second']) {
      await writeFile(path, `${assertion}\n`)
      const before = asked.length
      while (asked.length === before) expect(await failureOf(upstream)).toBe(200)
    }
    expect(asked.map(({ form }) => form.get('client_assertion'))).toEqual(['first', 'second'])
  })

  test('one that the upstream takes no longer is replaced, and what it refused is asked again', async () => {
    const upstream = application({ kind: 'secret', secret: 's3cret' })
    expect(await failureOf(upstream)).toBe(200)
    tokens.set('token-1', 0)
    expect(await failureOf(upstream)).toBe(200)
    expect(sent.map(({ authorization, status }) => [authorization, status])).toEqual([
      ['Bearer token-1', 200],
      ['Bearer token-1', 401],
      ['Bearer token-2', 200],
    ])
    expect(alarms).toEqual([])
  })

  test('but no write', async () => {
    const upstream = application({ kind: 'secret', secret: 's3cret' })
    await upstream.send(READ, forever())
    tokens.set('token-1', 0)
    const answer = await upstream.send({ method: 'PUT', target: 'Observation/1', body: '{}' }, forever())
    expect(answer).toEqual({ kind: 'failed', reason: 'unauthorized' })
    expect(sent.map(({ method }) => method)).toEqual(['GET', 'PUT'])
    expect(await failureOf(upstream)).toBe(200)
  })

  test('an upstream that takes none of them: once more, and operators are told', async () => {
    lifeSeconds = 0
    const upstream = application({ kind: 'secret', secret: 's3cret' })
    expect(await failureOf(upstream)).toBe('unauthorized')
    expect(sent.map(({ status }) => status)).toEqual([401, 401])
    expect(alarms).toEqual([['upstream-unauthorized', { hasCredential: true }]])
  })
})

describe('a file', () => {
  const path = join(folder, 'authorization')

  test.each(['Bearer abc.def', 'Basic dXNlcjpwYXNz'])('%s goes along', async (header) => {
    await writeFile(path, `${header}\n`)
    tokens.set(header.replace('Bearer ', ''), Date.now() + 60_000)
    expect(await failureOf(upstreamAs({ kind: 'file', path }))).toBe(200)
    expect(sent[0]?.authorization).toBe(header)
  })

  test.each(['', 'abc', 'Bearer a b', 'Bearer abc\r\nX-Evil: 1', 'Digest abc'])('%j is none', async (header) => {
    await writeFile(path, header)
    expect(await failureOf(upstreamAs({ kind: 'file', path }))).toBe('unauthorized')
    expect([sent, alarms.length]).toEqual([[], 1])
  })
})

test('without any: nothing goes along, and operators are told when that is not enough', async () => {
  expect(await failureOf(upstreamAs({ kind: 'none' }))).toBe('unauthorized')
  expect(sent).toEqual([{ method: 'GET', authorization: undefined, status: 401 }])
  expect(alarms).toEqual([['upstream-unauthorized', { hasCredential: false }]])
})

describe('settings', () => {
  const enough = {
    ISSUER: 'https://a',
    FHIR_BASE: 'https://a/fhir',
    UPSTREAM_URL: 'https://b:444/r4/',
    TABLES_URL: 'http://t/',
  }
  const credentialOf = (more: Record<string, string>) => {
    const parsed = parseConfig({ ...enough, ...more })
    return parsed.ok ? parsed.config.upstreamCredential : parsed.faults
  }

  test('none by default; else for the upstream’s own origin, unless said otherwise', () => {
    expect(credentialOf({})).toEqual({ kind: 'none' })
    const managed = { kind: 'managed-identity', scope: 'https://b:444/.default' }
    expect(credentialOf({ UPSTREAM_AUTH: 'managed-identity' })).toEqual(managed)
    expect(credentialOf({ UPSTREAM_AUTH: 'managed-identity', UPSTREAM_SCOPE: 'api://x' })).toMatchObject({
      scope: 'api://x',
    })
  })

  test.each<[Record<string, string>, string[]]>([
    [{ UPSTREAM_AUTH: 'file' }, ['UPSTREAM_AUTHORIZATION_FILE']],
    [{ UPSTREAM_AUTH: 'client-credentials' }, ['UPSTREAM_TENANT_ID', 'UPSTREAM_CLIENT_ID', 'UPSTREAM_CLIENT_SECRET']],
    [{ UPSTREAM_AUTH: 'managed-identity', UPSTREAM_URL: 'http://b/r4' }, ['UPSTREAM_URL']],
    [{ UPSTREAM_AUTH: 'managed-identity', UPSTREAM_URL: 'http://127.evil.example/r4' }, ['UPSTREAM_URL']],
    [{ UPSTREAM_AUTH: 'managed-identity', UPSTREAM_URL: 'http://127.0.0.1/r4' }, []],
    [{ UPSTREAM_AUTH: 'managed-identity', UPSTREAM_URL: 'http://b/r4', ALLOW_INSECURE_UPSTREAM: 'true' }, []],
    [{ UPSTREAM_AUTH: 'none', UPSTREAM_URL: 'http://b/r4' }, []],
    [{ UPSTREAM_AUTH: 'caller' }, ['UPSTREAM_AUTH']],
  ])('%j: faults of %j', (more, expected) => {
    const parsed = parseConfig({ ...enough, ...more })
    expect(parsed.ok ? [] : parsed.faults.map((fault) => fault.split(':')[0])).toEqual(expected)
  })
})
