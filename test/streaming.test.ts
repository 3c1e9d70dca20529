// Long lists on their way through: entry by entry, at the pace of who takes them, and cut off where they must not go on.
import { createServer, get, type IncomingMessage, type ServerResponse } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { pino } from 'pino'
import { createProbe, type Probe } from '../proxy/upstream/probe.ts'
import { createUpstream } from '../proxy/upstream/upstream.ts'
import { DEFAULT_RULES } from '../smart/fhir/compartment.ts'
import { until } from './testing/until.ts'
import { ALICE, type Caller, startProxy, tokenOf, type World } from './two-worlds.ts'

/** Lists of a quarter of it and more go out while they come in. */
const MAX_BODY_BYTES = 40_000
const SYSTEM: Caller = { scope: 'system/*.rs' }

type Answering = (response: ServerResponse, target: string) => void
let answering: Answering
/** Answers to searches for one patient, and for none: what the probe asks. */
let honours = true
let asked: string[] = []
let closedEarly = 0
let upstreamUrl: string
let probe: Probe
let proxy: World
let unproven: World
let impatient: World

beforeAll(async () => {
  const server = createServer((request, response) => {
    const target = String(request.url).replace('/r4/', '')
    response.on('close', () => {
      if (!response.writableFinished) closedEarly += 1
    })
    response.setHeader('Content-Type', 'application/fhir+json')
    if (target === 'metadata' || (/_count=[12]$/.test(target) && !target.includes('alice'))) {
      const isConfined = /(patient|subject|_id|actor)=/.test(target)
      response.end(`{"resourceType":"Bundle","entry":[${isConfined && honours ? '' : '{"resource":{}}'}]}`)
      return
    }
    asked.push(target)
    answering(response, target)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  upstreamUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/r4`
  const alarm = () => undefined
  const upstream = createUpstream({ url: upstreamUrl, timeoutMs: 5_000, maxBodyBytes: 100_000, alarm })
  const settings = { MAX_BODY_BYTES: String(MAX_BODY_BYTES), UPSTREAM_TIMEOUT_MS: '5000' }
  probe = createProbe({
    ...{ upstream, upstreamUrl, log: pino({ level: 'silent' }), compartment: DEFAULT_RULES },
    ...{ everyMilliseconds: 1e6, timeoutMilliseconds: 5_000 },
  })
  proxy = await startProxy(upstreamUrl, undefined, [server], { settings, deps: { probe } })
  unproven = await startProxy(upstreamUrl, undefined, [], { settings })
  impatient = await startProxy(upstreamUrl, undefined, [], {
    settings: { ...settings, UPSTREAM_TIMEOUT_MS: '250' },
    deps: { probe },
  })
})
afterAll(async () => {
  for (const world of [unproven, impatient, proxy]) await world.close()
})
beforeEach(async () => {
  honours = true
  await probe.run()
  asked = []
  proxy.alarms.length = 0
})

const observation = (of: string, more = '') =>
  `{"resourceType":"Observation","category":[{"coding":[{"code":"a"}]}],"subject":{"reference":"Patient/${of}"},"note":[{"text":"${'-'.repeat(400)}"}]${more}}`
const entry = (resource: string) => `{"resource":${resource},"search":{"mode":"match"}}`
const [own, foreign] = [entry(observation('alice')), entry(observation('bob'))]
const head = (target = '') =>
  `{"resourceType":"Bundle","type":"searchset","total":9,"link":[{"relation":"self","url":"${upstreamUrl}/${target}"}],"entry":[`
const many = (count: number) => Array.from({ length: count }, () => own).join(',')
/** More than goes out as a whole, and less than is held. */
const LONG = 40
const saying =
  (rest: string | Buffer): Answering =>
  (response, target) => {
    response.write(`${head(target)}${many(LONG)}`)
    response.end(rest)
  }

type Got = { status: number; headers: IncomingMessage['headers']; text: string; end: 'clean' | 'cut' }

async function ask(world: World, path = 'Observation', caller = ALICE, method = 'GET'): Promise<Got> {
  const incoming = await begin(world, path, caller, method)
  return gotFrom(incoming, taking(incoming))
}

/** What has come of it so far. */
function taking(incoming: IncomingMessage): { text: string } {
  const taken = { text: '' }
  incoming.setEncoding('latin1').on('data', (chunk) => {
    taken.text += chunk
  })
  return taken
}

async function gotFrom(incoming: IncomingMessage, taken: { text: string }): Promise<Got> {
  const end = await ended(incoming)
  return { status: incoming.statusCode ?? 0, headers: incoming.headers, text: taken.text, end }
}

async function begin(world: World, path = 'Observation', caller = ALICE, method = 'GET'): Promise<IncomingMessage> {
  const headers = { Authorization: `Bearer ${await tokenOf(caller)}` }
  const { port } = world.proxy.address() as AddressInfo
  return new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port, path: `/fhir/${path}`, headers, method, agent: false }, resolve).on('error', reject)
  })
}

function ended(incoming: IncomingMessage): Promise<Got['end']> {
  return new Promise((resolve) => {
    incoming.on('end', () => resolve(incoming.complete ? 'clean' : 'cut'))
    incoming.on('error', () => resolve('cut'))
  })
}

const withoutSeals = ({ text }: Got) => text.replace(/_page\/[A-Za-z0-9_-]+/g, '_page/…')

describe('a long list', () => {
  test('is on its way before it has all come, and ends as a short one does', async () => {
    let response: ServerResponse | undefined
    answering = (incoming, target) => {
      response = incoming
      response.write(`${head(target)}${many(LONG)}`)
    }
    const incoming = await begin(proxy)
    const taken = taking(incoming)
    await until(() => taken.text.length > 10_000)
    expect([incoming.statusCode, incoming.headers['transfer-encoding']]).toEqual([200, 'chunked'])
    response?.end(']}')
    expect(await ended(incoming)).toBe('clean')
    const bundle = JSON.parse(taken.text)
    expect([bundle.entry.length, bundle.total]).toEqual([LONG, 9])
  })

  test('is the same as where it is held back until it is complete', async () => {
    answering = saying(`,${own}],"id":"b","meta":{"versionId":"7"}}`)
    const [streamed, held] = [await ask(proxy), await ask(unproven)]
    expect([streamed.headers['content-length'], Number(held.headers['content-length'])]).toEqual([
      undefined,
      held.text.length,
    ])
    expect(withoutSeals(streamed)).toBe(withoutSeals(held))
  })

  test.each<[string, () => World, string, Caller]>([
    [
      'the scope has a condition that was never tried',
      () => proxy,
      'Observation',
      { ...ALICE, scope: 'patient/Observation.rs?category=a' },
    ],
    ['what comes along hangs on all of it', () => proxy, 'Observation?_include=Observation:encounter', ALICE],
    ['the type is not proven', () => unproven, 'Observation', ALICE],
  ])('is held where %s, and refused beyond the limit', async (_name, world, path, caller) => {
    answering = saying(`,${many(LONG * 2)}]}`)
    const answer = await ask(world(), path, caller)
    expect([answer.status, answer.end]).toEqual([422, 'clean'])
    expect(answer.text).not.toContain('alice')
  })

  test('goes through for whoever sees all, whatever is known of the server', async () => {
    answering = saying(`,${many(LONG * 2)},${foreign}]}`)
    const { status, end, text } = await ask(unproven, 'Observation', SYSTEM)
    expect([status, end, JSON.parse(text).entry.length]).toEqual([200, 'clean', LONG * 3 + 1])
  })

  test('in a batch is an entry like any other, and bounded', async () => {
    answering = saying(`,${many(LONG * 2)}]}`)
    const body = '{"resourceType":"Bundle","type":"batch","entry":[{"request":{"method":"GET","url":"Observation"}}]}'
    const { port } = proxy.proxy.address() as AddressInfo
    const answer = await fetch(`http://127.0.0.1:${port}/fhir`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${await tokenOf(ALICE)}`, 'Content-Type': 'application/fhir+json' },
      body,
    })
    const { entry: entries } = (await answer.json()) as { entry: { response: { status: string } }[] }
    expect(entries.map(({ response }) => response.status)).toEqual(['422'])
  })

  test('HEAD: what GET begins with, and the server is not read to the end', async () => {
    const before = closedEarly
    answering = (response, target) => void response.write(`${head(target)}${many(LONG)}`)
    const { status, text, end } = await ask(proxy, 'Observation', ALICE, 'HEAD')
    expect([status, text, end]).toEqual([200, '', 'clean'])
    await until(() => closedEarly > before)
  })
})

describe('a list that must not go on', () => {
  const wrong: [string, string | Buffer][] = [
    ['ENF-08: another’s record', `,${foreign},${own}]}`],
    ['ENF-08: a record of another type', `,${entry('{"resourceType":"Patient","id":"bob"}')}]}`],
    ['ENF-60: an include that nobody asked for', `,${foreign.replace('match', 'include')}]}`],
    ['ENF-13: a second list of entries', `],"entry":[${foreign}]}`],
    ['ENF-13: a second list, escaped', `],"\\u0065ntry":[${foreign}]}`],
    ['ENF-13: two subjects', `,${entry(observation('alice', ',"subject":{"reference":"Patient/bob"}'))}]}`],
    ['another list behind it', `]}${head()}${foreign}]}`],
    ['a word behind it', ']} bob'],
    ['the end of the text, too early', ''],
    ['the end of the text within a record', `,${own.slice(0, -20)}`],
    ['another type at its end', '],"type":"bob"}'],
    ['what is no entry', ',"bob"]}'],
    ['10,000 levels', `,${entry(observation('alice', `,"x":${'['.repeat(10_000)}${']'.repeat(10_000)}`))}]}`],
    [
      'a byte that is no UTF-8',
      Buffer.concat([Buffer.from(`,${own.slice(0, -60)}`), Buffer.from([0xff]), Buffer.from('bob')]),
    ],
    ['a record beyond the limit', `,${entry(observation('alice', `,"x":"${'bob'.repeat(MAX_BODY_BYTES)}"`))}]}`],
  ]
  /** The wrong part follows when the part before it is there. */
  async function cutOff(rest: string | Buffer | undefined): Promise<Got> {
    let response: ServerResponse | undefined
    answering = (incoming, target) => {
      response = incoming
      response.write(`${head(target)}${many(LONG)}`)
    }
    const incoming = await begin(proxy)
    const taken = taking(incoming)
    await until(() => taken.text.length > 10_000)
    if (rest === undefined) response?.destroy()
    else response?.end(rest)
    return gotFrom(incoming, taken)
  }

  test.each(wrong)('%s: cut off before it, never ended', async (_name, rest) => {
    const { status, end, text } = await cutOff(rest)
    expect([status, end]).toEqual([200, 'cut'])
    expect(text).not.toContain('bob')
    expect(text).toContain('alice')
  })

  test.each(wrong)('%s: refused where it is held', async (_name, rest) => {
    answering = saying(rest)
    const { status, end, text } = await ask(unproven)
    expect([[422, 502].includes(status), end]).toEqual([true, 'clean'])
    expect(text).not.toMatch(/alice|bob/)
  })

  test('a server that hangs up in the middle is not taken for one that came to the end', async () => {
    expect((await cutOff(undefined)).end).toBe('cut')
    answering = (response, target) => {
      response.write(`${head(target)}${many(LONG)}`, () => setImmediate(() => response.destroy()))
    }
    const held = await ask(unproven)
    expect([held.end, held.status]).toEqual(['clean', 503])
    expect(held.text).not.toContain('alice')
  })

  test('nor is it by a client of HTTP/1.0, who knows no other end than that of the connection', async () => {
    answering = saying(`,${foreign}]}`)
    const { port } = proxy.proxy.address() as AddressInfo
    const socket = connect(port, '127.0.0.1')
    socket.write(`GET /fhir/Observation HTTP/1.0\r\nAuthorization: Bearer ${await tokenOf(ALICE)}\r\n\r\n`)
    const outcome = await new Promise((resolve) => {
      socket.on('end', () => resolve('clean')).on('error', (error: NodeJS.ErrnoException) => resolve(error.code))
      socket.resume()
    })
    expect(outcome).toBe('ECONNRESET')
  })

  test('ENF-08: the type is closed at once, and opened again when the server is found to confine it', async () => {
    expect((await cutOff(`,${foreign}]}`)).end).toBe('cut')
    expect(proxy.alarms.join()).toContain('search-not-confined')
    const searched = asked.length
    const closed = await ask(proxy)
    expect([closed.status, asked.length]).toEqual([403, searched])
    expect(probe.profile().confinement.get('Observation')).toBe('ignored')
    await probe.run()
    answering = saying(']}')
    expect((await ask(proxy)).end).toBe('clean')
  })

  test('so it is by a short list, for which there is an answer still', async () => {
    answering = (response, target) => void response.end(`${head(target)}${foreign}]}`)
    expect((await ask(proxy)).status).toBe(502)
    expect((await ask(proxy)).status).toBe(403)
  })
})

describe('pace', () => {
  const PIECE = `,${many(32)}`
  const PIECES = 2_000
  /** Writes as much as is taken. */
  function endless(progress: { sent: number }): Answering {
    return (response, target) => {
      response.write(`${head(target)}${many(1)}`)
      const push = () => {
        for (let goesOn = true; goesOn && progress.sent < PIECES; progress.sent += 1) goesOn = response.write(PIECE)
        if (progress.sent === PIECES) response.end(']}')
      }
      response.on('drain', push)
      push()
    }
  }
  /** Nothing has moved for many turns of the event loop. */
  async function settled(progress: { sent: number }): Promise<void> {
    let last = -1
    let turns = 0
    await until(() => {
      turns = progress.sent === last ? turns + 1 : 0
      last = progress.sent
      return turns > 2_000
    })
  }

  test('a client who takes nothing holds the server back; taking on, it gets all', async () => {
    const progress = { sent: 0 }
    answering = endless(progress)
    const incoming = await begin(proxy)
    incoming.pause()
    await settled(progress)
    expect(progress.sent).toBeLessThan(PIECES / 2)
    let length = 0
    incoming.on('data', (chunk: Buffer) => {
      length += chunk.length
    })
    incoming.resume()
    expect(await ended(incoming)).toBe('clean')
    expect(length).toBeGreaterThan(PIECE.length * PIECES)
  }, 90_000)

  test('a client who leaves ends the request at the server', async () => {
    const [before, progress] = [closedEarly, { sent: 0 }]
    answering = endless(progress)
    const incoming = await begin(proxy)
    incoming.pause()
    await settled(progress)
    incoming.destroy()
    await until(() => closedEarly > before)
  })

  test('a client who takes nothing for long is left, and so is the server', async () => {
    const before = closedEarly
    answering = endless({ sent: 0 })
    const incoming = await begin(impatient)
    incoming.pause()
    await until(() => closedEarly > before)
    incoming.resume()
    expect(await ended(incoming)).toBe('cut')
  })
})
