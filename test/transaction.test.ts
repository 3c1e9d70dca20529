// Transactions through the proxy: all or nothing, and judged before the FHIR server sees any of it (ENF-40).
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { binaryOf, entriesOf, entry, statusesOf } from './testing/bundles.ts'
import {
  FHIR_BASE,
  observation as observed,
  type ProxiedServer,
  SERVERS,
  startProxiedServer,
} from './testing/proxied-server.ts'

let server: ProxiedServer

let made = 0
const code = () => `t${++made}`
const observation = (patient: string, value: string, more: object = {}) =>
  observed(patient, { code: { coding: [{ system: 'http://test.example', code: value }] }, ...more })
const send = async (entries: object[], patient = 'ana-ruiz', scope?: string) =>
  (await server.as(patient, scope)).bundle('transaction', entries)
const heldWith = (value: string) => server.total(`Observation?code=${value}`)
const put = (patient: string, value: string, more: object = {}) => server.hold(observation(patient, value, more))
const unless = (value: string, patient = 'ana-ruiz', more: object = {}) =>
  entry('POST', 'Observation', observation(patient, value), { request: { ifNoneExist: `code=${value}` }, ...more })
const nameOf = () => `urn:uuid:${crypto.randomUUID()}`

describe.each(SERVERS)('before a %s server', (_server, options) => {
  beforeAll(async () => {
    server = await startProxiedServer(options)
  })
  afterAll(() => server.close())

  test('ENF-40: makes, changes and removes the own records, with references between them', async () => {
    const [one, two, three] = [code(), code(), code()]
    const [changed, removed] = [await put('ana-ruiz', one), await put('ana-ruiz', two)]
    const name = nameOf()
    const answer = await send([
      entry('POST', 'Observation', observation('ana-ruiz', three), { fullUrl: name }),
      entry('POST', 'Observation', observation('ana-ruiz', three, { hasMember: [{ reference: name }] })),
      entry('PUT', `Observation/${changed}`, observation('ana-ruiz', one, { id: changed, status: 'amended' })),
      entry('DELETE', `Observation/${removed}`),
    ])
    expect([answer.status, answer.body.type]).toEqual([200, 'transaction-response'])
    const [first, second] = answer.body.entry as { resource: { id: string; hasMember?: { reference: string }[] } }[]
    expect(second?.resource.hasMember?.[0]?.reference).toBe(`Observation/${first?.resource.id}`)
    expect(answer.body.entry.map(({ response }: { response: { status: string } }) => response.status)).toEqual([
      '201',
      '201',
      '200',
      '204',
    ])
    expect(answer.body.entry[0].response.location).toMatch(new RegExp(`^${FHIR_BASE}/Observation/`))
    expect(answer.text).not.toContain('127.0.0.1')
    expect([await heldWith(three), await heldWith(two)]).toEqual([2, 0])
  })

  describe('ENF-40, SEED-40: one entry that is refused refuses all, and nothing is written', () => {
    const foreign = () => put('ben-okafor', code())
    test.each<[string, () => Promise<object>, number]>([
      ['a record of another patient', async () => entry('POST', 'Observation', observation('ben-okafor', 'x')), 422],
      [
        'another patient’s record changed',
        async () => {
          const id = await foreign()
          return entry('PUT', `Observation/${id}`, observation('ana-ruiz', 'x', { id }))
        },
        404,
      ],
      ['another patient’s record removed', async () => entry('DELETE', `Observation/${await foreign()}`), 404],
      [
        'a reference to another patient’s record',
        async () => {
          const hasMember = [{ reference: `Observation/${await foreign()}` }]
          return entry('POST', 'Observation', observation('ana-ruiz', 'x', { hasMember }))
        },
        422,
      ],
      [
        'a name that nothing here has',
        async () => {
          const hasMember = [{ reference: 'urn:uuid:00000000-0000-4000-8000-000000000000' }]
          return entry('POST', 'Observation', observation('ana-ruiz', 'x', { hasMember }))
        },
        422,
      ],
      [
        'a new patient under a name',
        async () => entry('POST', 'Patient', { resourceType: 'Patient' }, { fullUrl: 'urn:uuid:1' }),
        422,
      ],
      ['a read', async () => entry('GET', 'Patient/ana-ruiz'), 403],
      ['a search', async () => entry('GET', 'Observation?code=x'), 403],
      ['a condition that names nothing', async () => entry('DELETE', 'Observation'), 412],
      ['a free condition', async () => entry('DELETE', 'Observation?_filter=code eq 1'.replaceAll(' ', '%20')), 403],
      ['another host', async () => entry('DELETE', 'https://evil.test/Observation/1'), 400],
      ['a type beyond the scope', async () => entry('POST', 'Subscription', { resourceType: 'Subscription' }), 403],
    ])('%s', async (_name, bad, status) => {
      const value = code()
      const answer = await send([entry('POST', 'Observation', observation('ana-ruiz', value)), await bad()])
      expect([answer.status, answer.body.resourceType]).toEqual([status, 'OperationOutcome'])
      expect(await heldWith(value)).toBe(0)
    })
    test('a record written twice', async () => {
      const id = await put('ana-ruiz', code())
      const write = entry('DELETE', `Observation/${id}`)
      expect((await send([write, write])).status).toBe(400)
      const again = entry('PUT', `${FHIR_BASE}/Observation/${id}`, observation('ana-ruiz', code(), { id }))
      expect((await send([write, again])).status).toBe(400)
    })
  })

  test('ENF-40: a name that stands for an address is no name', async () => {
    const id = await put('ben-okafor', code())
    const fullUrl = `${FHIR_BASE}/Observation/${id}`
    const answer = await send([
      entry('POST', 'Observation', observation('ana-ruiz', code()), { fullUrl }),
      entry('POST', 'Observation', observation('ana-ruiz', code(), { hasMember: [{ reference: fullUrl }] })),
    ])
    expect(answer.status).toBe(422)
  })

  test('SCP-11: what may not be read is not shown in the answer', async () => {
    const answer = await send(
      [entry('POST', 'Observation', observation('ana-ruiz', code()))],
      'ana-ruiz',
      'patient/*.c',
    )
    expect(answer.status).toBe(200)
    expect(answer.body.entry[0]).not.toHaveProperty('resource')
  })

  describe('ENF-31, ENF-40: created unless there is one', () => {
    const member = (reference: string) => ({ hasMember: [{ reference }] })

    test('what is there is not written, and is what its name stands for', async () => {
      const [value, other] = [code(), code()]
      const id = await put('ana-ruiz', value)
      const fullUrl = nameOf()
      const answer = await send([
        unless(value, 'ana-ruiz', { fullUrl }),
        entry('POST', 'Observation', observation('ana-ruiz', other, member(fullUrl))),
      ])
      expect([answer.status, statusesOf(answer)]).toEqual([200, ['200', '201']])
      const [found, made] = entriesOf(answer)
      expect([found?.resource?.id, found?.response.location]).toEqual([id, `${FHIR_BASE}/Observation/${id}`])
      expect(made?.resource).toMatchObject(member(`Observation/${id}`))
      expect(await heldWith(value)).toBe(1)
    })
    test('where all is there, nothing is asked of the FHIR server', async () => {
      const value = code()
      const id = await put('ana-ruiz', value)
      const answer = await send([unless(value)])
      expect([answer.status, answer.body.type, entriesOf(answer)[0]?.resource?.id]).toEqual([
        200,
        'transaction-response',
        id,
      ])
    })
    test('a foreign one is none: it is made, and is what its name stands for', async () => {
      const [value, other] = [code(), code()]
      await put('ben-okafor', value)
      const fullUrl = nameOf()
      const answer = await send([
        entry('POST', 'Observation', observation('ana-ruiz', other, member(fullUrl))),
        unless(value, 'ana-ruiz', { fullUrl }),
      ])
      expect(statusesOf(answer)).toEqual(['201', '201'])
      const [referring, made] = entriesOf(answer)
      expect(referring?.resource).toMatchObject(member(`Observation/${made?.resource?.id}`))
      expect(await heldWith(value)).toBe(2)
    })
    test('several: 412; no right to search: 403; of another patient: 422; and nothing is written', async () => {
      const [value, other] = [code(), code()]
      for (let at = 0; at < 2; at++) await put('ana-ruiz', value)
      const first = entry('POST', 'Observation', observation('ana-ruiz', other))
      expect((await send([first, unless(value)])).status).toBe(412)
      expect((await send([first, unless(code())], 'ana-ruiz', 'patient/Observation.cr')).status).toBe(403)
      expect((await send([first, unless(code(), 'ben-okafor')])).status).toBe(422)
      expect(await heldWith(other)).toBe(0)
    })
    test('without the right to read, one that is there is not shown', async () => {
      const value = code()
      const id = await put('ana-ruiz', value)
      const [found] = entriesOf(await send([unless(value)], 'ana-ruiz', 'patient/Observation.cs'))
      expect(found).toEqual({ response: { status: '200', location: `${FHIR_BASE}/Observation/${id}` } })
    })
  })

  describe('ENF-34, ENF-36, ENF-38, ENF-40: the one that a search finds', () => {
    const patch = binaryOf([{ op: 'replace', path: '/status', value: 'amended' }])
    const update = (value: string, more: object = {}) =>
      entry('PUT', `Observation?code=${value}`, observation('ana-ruiz', value, { status: 'amended' }), more)

    test('is changed, patched and removed', async () => {
      const [one, two, three] = [code(), code(), code()]
      const ids = [await put('ana-ruiz', one), await put('ana-ruiz', two), await put('ana-ruiz', three)]
      const answer = await send([
        update(one),
        entry('PATCH', `Observation?code=${two}`, patch),
        entry('DELETE', `Observation?code=${three}`),
      ])
      expect([answer.status, statusesOf(answer)]).toEqual([200, ['200', '200', '204']])
      const changed = entriesOf(answer).flatMap(({ resource }) => (resource === undefined ? [] : [resource]))
      expect(changed.map(({ id, status }) => [id, status])).toEqual([
        [ids[0], 'amended'],
        [ids[1], 'amended'],
      ])
      expect(await heldWith(three)).toBe(0)
    })
    test('a foreign one stays: an update makes one, under its name; others are told what they are told of none', async () => {
      const value = code()
      const id = await put('ben-okafor', value)
      const before = await server.held(`Observation/${id}`)
      const texts = []
      for (const condition of [value, code()])
        for (const one of [
          entry('PATCH', `Observation?code=${condition}`, patch),
          entry('DELETE', `Observation?code=${condition}`),
        ]) {
          const answer = await send([one])
          texts.push(`${answer.status} ${answer.text}`)
        }
      expect(new Set(texts)).toEqual(new Set([expect.stringMatching(/^404 /)]))
      const fullUrl = nameOf()
      const referring = observation('ana-ruiz', code(), { hasMember: [{ reference: fullUrl }] })
      const answer = await send([update(value, { fullUrl }), entry('POST', 'Observation', referring)])
      expect(statusesOf(answer)).toEqual(['201', '201'])
      const [made, second] = entriesOf(answer)
      expect(second?.resource).toMatchObject({ hasMember: [{ reference: `Observation/${made?.resource?.id}` }] })
      expect(await server.held(`Observation/${id}`)).toEqual(before)
    })
    test('several: 412; and twice the same, however it is addressed: 400', async () => {
      const [value, twice] = [code(), code()]
      for (let at = 0; at < 2; at++) await put('ana-ruiz', value)
      expect((await send([update(value)])).status).toBe(412)
      const id = await put('ana-ruiz', twice)
      for (const other of [entry('DELETE', `Observation/${id}`), update(twice), unless(twice)])
        expect((await send([update(twice), other])).status).toBe(400)
      expect(JSON.parse((await server.held(`Observation/${id}`)).text).status).toBe('final')
    })
    test('ENF-32: a version of what is not there: 412', async () => {
      const value = code()
      const answer = await send([update(value, { request: { ifMatch: 'W/"1"' } })])
      expect([answer.status, await heldWith(value)]).toEqual([412, 0])
    })
  })

  describe('ENF-30, ENF-40: references by a search', () => {
    const refer = (condition: string, scope?: string) =>
      send(
        [
          entry('POST', 'Observation', observation('ana-ruiz', code())),
          entry('POST', 'Observation', observation('ana-ruiz', code(), { hasMember: [{ reference: condition }] })),
        ],
        'ana-ruiz',
        scope,
      )
    test('become the one that is found', async () => {
      const value = code()
      const id = await put('ana-ruiz', value)
      await put('ben-okafor', value)
      const answer = await refer(`Observation?code=${value}`)
      expect(entriesOf(answer)[1]?.resource).toMatchObject({ hasMember: [{ reference: `Observation/${id}` }] })
    })
    test('a foreign record and none are told alike, and nothing is written', async () => {
      const value = code()
      await put('ben-okafor', value)
      const before = await server.total('Observation?patient=ana-ruiz')
      const [foreign, none] = [await refer(`Observation?code=${value}`), await refer(`Observation?code=${code()}`)]
      expect([foreign.status, foreign.text]).toEqual([412, none.text])
      expect(await server.total('Observation?patient=ana-ruiz')).toBe(before)
    })
    test('several: 412; no right to search: 403; what is no search: 4xx', async () => {
      const value = code()
      for (let at = 0; at < 2; at++) await put('ana-ruiz', value)
      expect((await refer(`Observation?code=${value}`)).status).toBe(412)
      expect((await refer(`Observation?code=${value}`, 'patient/Observation.cr')).status).toBe(403)
      expect((await refer('Observation?')).status).toBe(412)
      expect((await refer('Observation?code')).status).toBe(400)
      expect((await refer('Nothing?code=x')).status).toBe(400)
      expect((await refer('Observation?_filter=x')).status).toBe(403)
      expect((await refer(`${FHIR_BASE}/Observation?code=${value}`)).status).toBe(422)
    })
    test('another patient is not found, whatever is asked', async () => {
      for (const condition of ['Patient?_id=ben-okafor', 'Patient?family=Okafor'])
        expect((await refer(condition)).status).toBe(412)
    })
    test('outside of a transaction there are none', async () => {
      const value = code()
      await put('ana-ruiz', value)
      const content = observation('ana-ruiz', code(), { hasMember: [{ reference: `Observation?code=${value}` }] })
      const answer = await (await server.as('ana-ruiz')).post('Observation', content)
      expect(answer.status).toBe(422)
    })
  })

  test('two entries of one name: 400', async () => {
    const fullUrl = nameOf()
    const one = entry('POST', 'Observation', observation('ana-ruiz', code()), { fullUrl })
    expect((await send([one, one])).status).toBe(400)
  })
})
