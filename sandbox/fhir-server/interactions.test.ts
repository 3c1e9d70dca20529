import { beforeEach, describe, expect, test } from '@jest/globals'
import { type Answer, BASE_URL, startPeople } from './test-server.ts'

let server = startPeople()
beforeEach(() => {
  server = startPeople()
})
const get = async (path: string): Promise<Answer> => (await server.get(`/r4/${path}`)) as unknown as Answer
const ana = { resourceType: 'Patient', id: 'ana-ruiz', name: [{ family: 'Ruiz-Vega' }] }
const goal = (text: string) => ({
  resourceType: 'Goal',
  lifecycleStatus: 'proposed',
  description: { text },
  subject: { reference: 'Patient/ana-ruiz' },
})

describe('read', () => {
  test('carries version and time, and answers 304 to who has it already', async () => {
    const answer = await get('Patient/ana-ruiz')
    expect([answer.status, answer.headers.etag, answer.headers['last-modified']]).toEqual([
      200,
      'W/"1"',
      'Sun, 01 Nov 2026 06:00:00 GMT',
    ])
    expect(answer.headers['content-type']).toBe('application/fhir+json; charset=utf-8')
    expect((await server.get('/r4/Patient/ana-ruiz').set('if-none-match', 'W/"1"')).status).toBe(304)
  })

  test('HEAD is GET without the body', async () => {
    const head = await server.head('/r4/Patient/ana-ruiz')
    const whole = await get('Patient/ana-ruiz')
    expect([head.status, head.headers['content-length'], head.text]).toEqual([
      200,
      whole.headers['content-length'],
      undefined,
    ])
  })

  test('a Binary is JSON, or the document itself to who asks for its kind', async () => {
    const asFhir = await server.get('/r4/Binary/ana-ruiz-note-text-1').set('accept', 'application/fhir+json')
    const asText = await server.get('/r4/Binary/ana-ruiz-note-text-1').set('accept', 'text/plain')
    expect(asFhir.body.resourceType).toBe('Binary')
    expect(asText.headers['content-type']).toBe('text/plain')
    expect(asText.text).toContain('Ana Ruiz')
  })

  test('decimals keep their last zero', async () => {
    const answer = await server.put('/r4/Observation/weighed').send({
      resourceType: 'Observation',
      id: 'weighed',
      valueQuantity: { value: 70.1, unit: 'kg' },
      note: [{ text: '"value":5,"unit":"kg"' }],
    })
    expect(answer.text).toContain('"valueQuantity":{"value":70.10,"unit":"kg"}')
    expect(answer.body.note[0].text).toBe('"value":5,"unit":"kg"')
  })

  test('metadata names every type with its search parameters', async () => {
    const { body } = await get('metadata')
    const rest = body.rest as [{ resource: { type: string; searchParam: { name: string; type: string }[] }[] }]
    const encounter = rest[0].resource.find((one) => one.type === 'Encounter')
    expect([body.resourceType, body.fhirVersion, rest[0].resource.length]).toEqual([
      'CapabilityStatement',
      '4.0.1',
      145,
    ])
    expect(encounter?.searchParam).toContainEqual(expect.objectContaining({ name: 'participant', type: 'reference' }))
  })
})

describe('create', () => {
  test('the server names the record: 201 with Location, ETag and the record', async () => {
    const made = await server.post('/r4/Goal').send({ ...goal('Swim'), id: 'mine' })
    expect([made.status, made.headers.etag]).toEqual([201, 'W/"1"'])
    expect(made.body.id).not.toBe('mine')
    expect(made.headers.location).toBe(`${BASE_URL}/Goal/${made.body.id}/_history/1`)
    expect((await get(`Goal/${made.body.id}`)).status).toBe(200)
  })

  test('Prefer: return=minimal sends no body', async () => {
    const made = await server.post('/r4/Goal').set('prefer', 'return=minimal').send(goal('Swim'))
    expect([made.status, made.text]).toEqual([201, ''])
  })

  test('If-None-Exist: 200 for the one that exists, 412 for several, 201 for none', async () => {
    const create = (criteria: string) =>
      server.post('/r4/Patient').set('if-none-exist', criteria).send({ resourceType: 'Patient' })
    const statuses = [
      (await create('identifier=MRN-100037')).status,
      (await create('gender=female')).status,
      (await create('identifier=MRN-0')).status,
      (await create('nonsense=1')).status,
    ]
    expect(statuses).toEqual([200, 412, 201, 400])
  })
})

describe('update', () => {
  test('200 for a known record, 201 for a new one, 400 for another id', async () => {
    const known = await server.put('/r4/Patient/ana-ruiz').send(ana)
    const fresh = await server.put('/r4/Patient/new-one').send({ ...ana, id: 'new-one' })
    const wrong = await server.put('/r4/Patient/ben-okafor').send(ana)
    expect([known.status, known.headers.etag, fresh.status, fresh.headers.etag, wrong.status]).toEqual([
      200,
      'W/"2"',
      201,
      'W/"1"',
      400,
    ])
    expect(fresh.headers.location).toBe(`${BASE_URL}/Patient/new-one/_history/1`)
  })

  test('If-Match: 412 unless it is the current version, 400 when it is none', async () => {
    const put = (version: string) => server.put('/r4/Patient/ana-ruiz').set('if-match', version).send(ana)
    expect([(await put('W/"7"')).status, (await put('7')).status, (await put('W/"1"')).status]).toEqual([412, 400, 200])
  })

  test('conditional: 200 for one match, 412 for several or without criteria, 201 for none', async () => {
    const put = (query: string) => server.put(`/r4/Patient${query}`).send({ resourceType: 'Patient', active: false })
    const statuses = []
    for (const query of ['?identifier=MRN-100037', '?gender=female', '', '?identifier=MRN-0']) {
      statuses.push((await put(query)).status)
    }
    expect(statuses).toEqual([200, 412, 412, 201])
  })

  test('JSON Patch changes a part; it cannot change who the record is', async () => {
    const patch = (operations: object[]) =>
      server
        .patch('/r4/Patient/ana-ruiz')
        .set('content-type', 'application/json-patch+json')
        .send(JSON.stringify(operations))
    const good = await patch([{ op: 'replace', path: '/active', value: false }])
    const bad = await patch([{ op: 'replace', path: '/id', value: 'ben-okafor' }])
    const whole = await patch([{ op: 'replace', path: '', value: { resourceType: 'Patient', id: 'ben-okafor' } }])
    expect([whole.status, (await get('Patient/ben-okafor')).headers.etag]).toEqual([400, 'W/"1"'])
    const garbage = await patch([{ op: 'replace', path: '/no/such/path', value: 1 }])
    expect([good.status, good.body.active, bad.status, garbage.status]).toEqual([200, false, 400, 400])
  })
})

describe('delete and history', () => {
  test('204, then 410, and deleting again is no error', async () => {
    const gone = await server.delete('/r4/Goal/ana-ruiz-goal-1')
    const again = await server.delete('/r4/Goal/ana-ruiz-goal-1')
    expect([gone.status, again.status, (await get('Goal/ana-ruiz-goal-1')).status]).toEqual([204, 204, 410])
    expect((await get('Goal?_id=ana-ruiz-goal-1')).body.total).toBe(0)
  })

  test('history tells it all, newest first, the same at each call', async () => {
    await server.put('/r4/Patient/ana-ruiz').send(ana)
    await server.delete('/r4/Patient/ana-ruiz')
    await server.put('/r4/Patient/ana-ruiz').send(ana)
    const answers = [await get('Patient/ana-ruiz/_history'), await get('Patient/ana-ruiz/_history')]
    for (const { body } of answers) {
      expect(body.entry?.map((one) => one.request?.method)).toEqual(['PUT', 'DELETE', 'PUT', 'PUT'])
      expect([body.type, body.total]).toEqual(['history', 4])
    }
    expect((await get('Patient/ana-ruiz/_history/1')).body.id).toBe('ana-ruiz')
    expect((await get('Patient/ana-ruiz/_history/3')).status).toBe(410)
    expect((await get('Patient/ana-ruiz/_history/9')).status).toBe(404)
  })

  test('history of a type and of the server, page by page', async () => {
    const type = await get('Goal/_history?_count=3')
    const all = await get('_history?_count=1')
    expect([type.body.total, type.body.entry?.length, all.body.entry?.length]).toEqual([33, 3, 1])
    expect((await get('Nothing/_history')).status).toBe(404)
  })

  test('conditional delete takes exactly one', async () => {
    const statuses = []
    for (const query of ['?patient=ana-ruiz', '', '?gender=male', '?nonsense=1']) {
      statuses.push((await server.delete(`/r4/${query === '?gender=male' ? 'Patient' : 'Goal'}${query}`)).status)
    }
    expect(statuses).toEqual([204, 412, 412, 400])
  })
})

describe('bundles', () => {
  const bundle = (type: string, entry: object[]) => ({ resourceType: 'Bundle', type, entry })
  const post = (entry: object[], type = 'transaction') => server.post('/r4').send(bundle(type, entry))

  test('a transaction links its new records by urn', async () => {
    const patient = { fullUrl: 'urn:uuid:6a1f6f6e-0000-4000-8000-000000000001', resource: { resourceType: 'Patient' } }
    const answer = await post([
      { ...patient, request: { method: 'POST', url: 'Patient' } },
      {
        resource: { ...goal('Rest'), subject: { reference: patient.fullUrl } },
        request: { method: 'POST', url: 'Goal' },
      },
    ])
    const [first, second] = (answer as unknown as Answer).body.entry ?? []
    expect([answer.status, first?.response?.status, first?.response?.etag]).toEqual([200, '201', 'W/"1"'])
    expect(second?.resource?.subject).toEqual({ reference: `Patient/${first?.resource?.id}` })
  })

  test('a failing transaction leaves nothing behind', async () => {
    const before = (await get('Goal?_summary=count')).body.total
    const answer = await post([
      { resource: goal('Never'), request: { method: 'POST', url: 'Goal' } },
      { request: { method: 'GET', url: 'Patient/does-not-exist' } },
    ])
    expect([answer.status, answer.body.resourceType]).toEqual([404, 'OperationOutcome'])
    expect((await get('Goal?_summary=count')).body.total).toBe(before)
    expect((await get('Goal/_history?_count=1')).body.total).toBe(before)
  })

  test('transactions at the same time do not undo each other', async () => {
    const before = (await get('Goal?_summary=count')).body.total ?? 0
    const one = (text: string) => ({ resource: goal(text), request: { method: 'POST', url: 'Goal' } })
    const failing = { request: { method: 'GET', url: 'Patient/does-not-exist' } }
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, at) => post(at % 2 ? [one('kept')] : [one('lost'), failing])),
    )
    expect(answers.filter((answer) => answer.status === 200).length).toBe(10)
    expect((await get('Goal?_summary=count')).body.total).toBe(before + 10)
  })

  test('a batch answers each entry for itself, searches included', async () => {
    const answer = (await post(
      [
        { request: { method: 'GET', url: 'Patient/does-not-exist' } },
        { request: { method: 'GET', url: 'Goal?patient=ana-ruiz' } },
        { request: { method: 'GET', url: 'Patient/ana-ruiz/Goal' } },
        { request: { method: 'GET', url: 'Patient?nonsense=1' } },
      ],
      'batch',
    )) as unknown as Answer
    expect(answer.body.entry?.map((one) => one.response?.status)).toEqual(['404', '200', '200', '400'])
    expect(answer.body.entry?.slice(1, 3).map((one) => one.resource?.total)).toEqual([1, 1])
  })

  test.each([
    ['no bundle', {}],
    ['no entries', bundle('batch', [])],
    ['a collection', bundle('collection', [{ request: { method: 'GET', url: 'Patient' } }])],
    ['an entry without request', bundle('batch', [{}])],
    ['an entry that is null', bundle('batch', [null as unknown as object])],
    ['an unknown method', bundle('batch', [{ request: { method: 'SHOUT', url: 'Patient' } }])],
  ])('%s is 400', async (_name, body) => {
    expect((await server.post('/r4').send(body)).status).toBe(400)
  })
})

describe('garbage', () => {
  test.each([
    ['GET', 'Nonsense', 404],
    ['GET', 'Nonsense/1', 404],
    ['GET', 'Patient/does-not-exist', 404],
    ['GET', 'Patient/ana-ruiz/Nonsense', 404],
    ['GET', 'Patient/..%2F..%2Fetc', 404],
    ['GET', 'Patient/%ff', 400],
    ['GET', 'Patient/%00', 404],
    ['GET', `Patient/${'a'.repeat(65)}`, 404],
    ['GET', 'constructor', 404],
    ['GET', '__proto__/toString', 404],
    ['GET', 'Patient/ana-ruiz/$unknown', 404],
    ['GET', 'Patient?_format=xml', 406],
    ['GET', 'Patient?__proto__=1', 400],
    ['GET', 'Patient?name=%E0%A4%A', 200],
    ['PUT', 'metadata', 404],
    ['DELETE', '', 405],
  ])('%s %s is %d', async (method, path, expected) => {
    const request =
      method === 'GET'
        ? server.get(`/r4/${path}`)
        : method === 'PUT'
          ? server.put(`/r4/${path}`)
          : server.delete(`/r4/${path}`)
    const answer = await request
    expect(answer.status).toBe(expected)
    if (expected >= 400) expect(answer.body.resourceType).toBe('OperationOutcome')
  })

  test.each([
    ['malformed JSON', 'application/fhir+json', '{"resourceType":', 400],
    ['no body', 'application/fhir+json', '', 400],
    ['a list', 'application/fhir+json', '[1]', 400],
    ['a word', 'application/fhir+json', '"Patient"', 400],
    ['null', 'application/fhir+json', 'null', 400],
    ['another type', 'application/fhir+json', '{"resourceType":"Goal"}', 400],
    ['XML', 'application/fhir+xml', '<Patient/>', 415],
    ['nesting without end', 'application/fhir+json', '['.repeat(100_000), 400],
  ])('a body of %s is refused in FHIR’s own form', async (_name, type, body, expected) => {
    const answer = await server.post('/r4/Patient').set('content-type', type).send(body)
    expect([answer.status, answer.body.resourceType]).toEqual([expected, 'OperationOutcome'])
    expect(answer.text).not.toMatch(/TypeError|SyntaxError|undefined|\.ts:|\.mjs/)
  })

  test('outside the base there is nothing', async () => {
    expect((await server.get('/elsewhere')).status).toBe(404)
    expect((await server.get('/r4x/Patient')).status).toBe(404)
  })

  test('a body that is too large is 413', async () => {
    const answer = await server
      .post('/r4/Patient')
      .set('content-type', 'application/json')
      .send(`"${'x'.repeat(10_000_001)}"`)
    expect(answer.status).toBe(413)
  })
})
