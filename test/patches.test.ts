// Patches through the proxy to the sandbox's FHIR server, in both spellings: each is judged by what it would make.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { binaryOf, entry as entryOf, statusesOf } from './testing/bundles.ts'
import {
  type App,
  FHIR,
  observation,
  type ProxiedServer,
  SERVERS,
  startProxiedServer,
} from './testing/proxied-server.ts'

type Element = { name: string; type: string; value: unknown }
/** The same patch as each format says it; an element is one of the record's own. */
type Format = {
  type: string
  replace(element: Element): object
  add(element: Element, isRepeated: boolean): object
  remove(name: string): object
  document(operations: object[]): object
  /** As the resource of a Bundle's entry. */
  resource(operations: object[]): object
}

const JSON_PATCH: Format = {
  type: 'application/json-patch+json',
  replace: ({ name, value }) => ({ op: 'replace', path: `/${name}`, value }),
  add: ({ name, value }, isRepeated) => ({ op: 'add', path: `/${name}`, value: isRepeated ? [value] : value }),
  remove: (name) => ({ op: 'remove', path: `/${name}` }),
  document: (operations) => operations,
  resource: binaryOf,
}
const operation = (type: string, path: string, ...more: object[]) => ({
  name: 'operation',
  part: [{ name: 'type', valueCode: type }, { name: 'path', valueString: path }, ...more],
})
const parametersOf = (parameter: object[]) => ({ resourceType: 'Parameters', parameter })
const FHIRPATH_PATCH: Format = {
  type: FHIR,
  replace: ({ name, type, value }) =>
    operation('replace', `Observation.${name}`, { name: 'value', [`value${type}`]: value }),
  add: ({ name, type, value }) =>
    operation('add', 'Observation', { name: 'name', valueString: name }, { name: 'value', [`value${type}`]: value }),
  remove: (name) => operation('delete', `Observation.${name}`),
  document: parametersOf,
  resource: parametersOf,
}
const FORMATS: [string, Format][] = [
  ['JSON Patch', JSON_PATCH],
  ['FHIRPath Patch', FHIRPATH_PATCH],
]
const status = (value: string): Element => ({ name: 'status', type: 'Code', value })
const subject = (patient: string): Element => ({
  name: 'subject',
  type: 'Reference',
  value: { reference: `Patient/${patient}` },
})
const category = (code: string): Element => ({
  name: 'category',
  type: 'CodeableConcept',
  value: { coding: [{ system: 'http://c', code }] },
})

describe.each(SERVERS)('before a %s server', (_server, options) => {
  let server: ProxiedServer
  let ana: App
  let ben: App
  beforeAll(async () => {
    server = await startProxiedServer(options)
    ana = await server.as('ana-ruiz')
    ben = await server.as('ben-okafor')
  })
  afterAll(() => server.close())

  const ownOf = (patient: string, more?: object) => server.hold(observation(patient, more))
  const send = (app: App, id: string, { type, document }: Format, ...operations: object[]) =>
    app
      .patch(`Observation/${id}`)
      .set('content-type', type)
      .send(JSON.stringify(document(operations)))

  describe.each(FORMATS)('%s', (_format, format) => {
    const { add, remove, replace } = format
    test('ENF-35: a patch is judged by what it would make of the record', async () => {
      const id = await ownOf('ana-ruiz')
      expect((await send(ana, id, format, replace(status('amended')))).body).toMatchObject({ id, status: 'amended' })
      expect((await send(ana, id, format, add(category('lab'), true))).status).toBe(200)
      for (const change of [replace(subject('ben-okafor')), remove('subject')])
        expect((await send(ana, id, format, change)).status).toBe(422)
      expect((await send(ana, id, format, { op: 'frobnicate', path: '/x' })).status).toBe(400)
      const { text } = await server.held(`Observation/${id}`)
      const { value } = category('lab')
      expect(JSON.parse(text)).toMatchObject({ ...observation('ana-ruiz'), status: 'amended', category: [value] })
    })
    test('ENF-30: what it makes the record refer to is the patient’s own', async () => {
      const id = await ownOf('ana-ruiz')
      const refer = async (reference: string) => {
        const member = { name: 'hasMember', type: 'Reference', value: { reference } }
        return send(ana, id, format, add(member, true))
      }
      const [foreign, missing] = [
        await refer(`Observation/${await ownOf('ben-okafor')}`),
        await refer('Observation/not-there'),
      ]
      expect([foreign.status, foreign.text]).toEqual([422, missing.text])
      expect((await refer(`Observation/${await ownOf('ana-ruiz')}`)).status).toBe(200)
    })
    test('ENF-33: of a foreign record it tells no more than of one that is not there', async () => {
      const id = await ownOf('ana-ruiz')
      const before = await server.held(`Observation/${id}`)
      for (const change of [replace(status('amended')), remove('method'), { op: 'frobnicate', path: '/x' }]) {
        const [foreign, missing] = [await send(ben, id, format, change), await send(ben, 'not-there', format, change)]
        expect([foreign.status, foreign.text]).toEqual([404, missing.text])
      }
      expect(await server.held(`Observation/${id}`)).toEqual(before)
    })
    test('ENF-35: without the right to read it tells nothing of the own one, and changes what needs no answer', async () => {
      const blind = await server.as('ana-ruiz', 'patient/Observation.u')
      const id = await ownOf('ana-ruiz')
      const asked = ['code', 'method'].flatMap((name) => [
        remove(name),
        replace({ name, type: 'CodeableConcept', value: { text: 'x' } }),
      ])
      const texts = new Set<string>()
      for (const change of asked) {
        const answer = await send(blind, id, format, change)
        texts.add(`${answer.status} ${answer.text}`)
      }
      expect([...texts]).toEqual([expect.stringMatching(/^403 .*OperationOutcome/)])
      const added = await send(blind, id, format, add(category('lab'), true))
      expect([added.status, added.text]).toEqual([200, ''])
      expect((await server.held(`Observation/${id}`)).text).toContain('"lab"')
    })
    test.each(['r', 's'])('SCP-11: no patch brings a record into what may be seen by %s', async (letter) => {
      const id = await ownOf('ana-ruiz', { valueInteger: 72 })
      const scope = `patient/Observation.u patient/Observation.${letter}?category=http://c|shown`
      const answer = await send(await server.as('ana-ruiz', scope), id, format, add(category('shown'), true))
      expect([answer.status, answer.body.resourceType]).toEqual([403, 'OperationOutcome'])
      expect((await server.held(`Observation/${id}`)).text).not.toContain('shown')
    })
    test('ENF-32: If-Match: only the version that was seen is patched', async () => {
      const id = await ownOf('ana-ruiz')
      const patch = (version: string) => send(ana, id, format, replace(status('amended'))).set('if-match', version)
      expect([(await patch('W/"1"')).status, (await patch('W/"1"')).status]).toEqual([200, 412])
    })
  })

  describe.each(FORMATS)('ENF-39, ENF-40: %s in a Bundle', (_format, { add, remove, replace, resource }) => {
    const entry = (id: string, change: object, request: object = {}) =>
      entryOf('PATCH', `Observation/${id}`, resource([change]), { request })
    const statusOf = async (id: string) => JSON.parse((await server.held(`Observation/${id}`)).text).status
    const amended = replace(status('amended'))

    test('the own record is patched, at the version that was seen', async () => {
      for (const type of ['batch', 'transaction'] as const) {
        const id = await ownOf('ana-ruiz')
        const answer = await ana.bundle(type, [entry(id, amended, { ifMatch: 'W/"1"' })])
        expect([answer.status, statusesOf(answer)]).toEqual([200, ['200']])
        expect(answer.body.entry[0].resource).toMatchObject({ id, status: 'amended' })
      }
    })
    test('a batch answers each as if it had come alone', async () => {
      const [own, foreign] = [await ownOf('ana-ruiz'), await ownOf('ben-okafor')]
      const entries = [
        entry(foreign, amended),
        entry('not-there', amended),
        entry(own, replace(subject('ben-okafor'))),
        entry(own, amended, { ifMatch: 'W/"7"' }),
        entry(own, amended),
      ]
      const answer = await ana.bundle('batch', entries)
      const [first, second] = answer.body.entry as object[]
      expect(first).toEqual(second)
      expect(statusesOf(answer)).toEqual(['404', '404', '422', '412', '200'])
      expect([await statusOf(own), await statusOf(foreign)]).toEqual(['amended', 'final'])
    })
    test('a transaction with one that is refused patches nothing', async () => {
      const [own, foreign] = [await ownOf('ana-ruiz'), await ownOf('ben-okafor')]
      const refused: [object, number][] = [
        [entry(foreign, amended), 404],
        [entry('not-there', amended), 404],
        [entry(await ownOf('ana-ruiz'), replace(subject('ben-okafor'))), 422],
        [entry(await ownOf('ana-ruiz'), remove('subject')), 422],
        [entry(await ownOf('ana-ruiz'), amended, { ifMatch: 'W/"7"' }), 412],
        [entry(own, amended), 400],
        [{ ...entry(own, amended), resource: observation('ana-ruiz') }, 400],
      ]
      for (const [bad, expected] of refused)
        expect((await ana.bundle('transaction', [entry(own, amended), bad])).status).toBe(expected)
      expect([await statusOf(own), await statusOf(foreign)]).toEqual(['final', 'final'])
    })
    test('what a transaction makes is not named within a patch', async () => {
      const name = 'urn:uuid:0a1b2c3d-0000-4000-8000-000000000000'
      const own = await ownOf('ana-ruiz')
      const made = entryOf('POST', 'Observation', observation('ana-ruiz'), { fullUrl: name })
      const member = { name: 'hasMember', type: 'Reference', value: { reference: name } }
      expect((await ana.bundle('transaction', [made, entry(own, add(member, true))])).status).toBe(422)
    })
  })

  describe('JSON Patch alone', () => {
    const patch = (app: App, id: string, ...operations: object[]) => send(app, id, JSON_PATCH, ...operations)
    test('ENF-35: what tests or copies values needs the right to read them, whether or not it would apply', async () => {
      const id = await ownOf('ana-ruiz', { valueInteger: 72 })
      const blind = await server.as('ana-ruiz', 'patient/Observation.u')
      const ask = (value: number) => patch(blind, id, { op: 'test', path: '/valueInteger', value })
      const [right, wrong] = [await ask(72), await ask(71)]
      expect([right.status, right.text]).toEqual([403, wrong.text])
      expect((await patch(blind, id, { op: 'copy', from: '/valueInteger', path: '/extension' })).status).toBe(403)
    })
    test('ENF-35: copies of copies are refused before they fill the memory', async () => {
      const copy = { op: 'copy', from: '/note', path: '/note/-' }
      const note = { op: 'add', path: '/note', value: [{ text: 'x' }] }
      const id = await ownOf('ana-ruiz')
      expect((await patch(ana, id, note, ...Array.from({ length: 60 }, () => copy))).status).toBe(422)
    })
    test('ENF-35: nor does a record grow beyond what one may be', async () => {
      const note = { op: 'add', path: '/note', value: [{ text: 'x'.repeat(1_500_000) }] }
      const copy = { op: 'copy', from: '/note/0', path: '/note/-' }
      expect((await patch(ana, await ownOf('ana-ruiz'), note, copy, copy)).status).toBe(422)
    })
    test('ENF-13: nor is it nested deeper than an answer that holds it may be', async () => {
      const nested = (levels: number) =>
        Array.from({ length: levels }).reduce<object>((inner) => ({ url: 'http://x.example', extension: [inner] }), {})
      const deep = observation('ana-ruiz', { extension: [nested(48)] })
      expect((await ana.post('Observation', deep)).status).toBe(422)
      const id = await ownOf('ana-ruiz')
      const shallow = { op: 'add', path: '/extension', value: [nested(20)] }
      const deeper = { op: 'add', path: `/extension${'/0/extension'.repeat(20)}`, value: [nested(28)] }
      expect([(await patch(ana, id, shallow)).status, (await patch(ana, id, deeper)).status]).toEqual([200, 422])
      expect((await ana.get('Observation?_sort=-_lastUpdated')).status).toBe(200)
    })
  })

  test.each<[string, object]>([
    ['no base64', { data: '%' }],
    ['no text', { data: '/w==' }],
    ['no JSON', binaryOf('{')],
    ['a member twice', binaryOf('[{"op":"add","op":"add","path":"/x","value":1}]')],
    ['another format', { contentType: 'application/merge-patch+json' }],
    ['more than that', { securityContext: { reference: 'Patient/ana-ruiz' } }],
    ['nothing', { data: undefined }],
  ])('ENF-13: a Binary that holds %s is no patch', async (_name, more) => {
    const resource = { ...binaryOf([{ op: 'add', path: '/language', value: 'en' }]), ...more }
    const id = await ownOf('ana-ruiz')
    const answer = await ana.bundle('batch', [entryOf('PATCH', `Observation/${id}`, resource)])
    expect(statusesOf(answer)).toEqual(['400'])
  })

  describe('FHIRPath Patch alone', () => {
    const patch = (app: App, id: string, ...operations: object[]) => send(app, id, FHIRPATH_PATCH, ...operations)
    const found = "Observation.category.where(text='b').coding.where(system='http://c' and code='x')"
    const categories = [{ text: 'a' }, { text: 'b', coding: [{ system: 'http://c', code: 'x' }] }]
    test('ENF-35: one of several is found by what it says, and moved and inserted by its place', async () => {
      const id = await ownOf('ana-ruiz', { category: categories })
      const answer = await patch(
        ana,
        id,
        operation('replace', `${found}.code`, { name: 'value', valueCode: 'y' }),
        operation(
          'move',
          'Observation.category',
          { name: 'source', valueInteger: 1 },
          { name: 'destination', valueInteger: 0 },
        ),
        operation(
          'insert',
          'Observation.category',
          { name: 'value', valueCodeableConcept: { text: 'c' } },
          { name: 'index', valueInteger: 1 },
        ),
        operation('delete', 'Observation.category[2]'),
      )
      expect([answer.status, answer.body.category]).toEqual([
        200,
        [{ text: 'b', coding: [{ system: 'http://c', code: 'y' }] }, { text: 'c' }],
      ])
    })
    test('ENF-35: what it asks of values needs the right to read them, whether or not it is so', async () => {
      const blind = await server.as('ana-ruiz', 'patient/Observation.u')
      const id = await ownOf('ana-ruiz', { category: categories })
      const [right, wrong] = [
        await patch(blind, id, operation('delete', found)),
        await patch(blind, id, operation('delete', found.replace("'b'", "'z'"))),
      ]
      expect([right.status, right.text]).toEqual([403, wrong.text])
    })
    test.each<[string, string, string, number]>([
      ['no Parameters', FHIR, JSON.stringify(observation('ana-ruiz')), 400],
      ['a list', FHIR, '[]', 400],
      ['a member twice', FHIR, '{"resourceType":"Parameters","parameter":[],"parameter":[]}', 400],
      ['XML', 'application/fhir+xml', '<Parameters/>', 415],
      ['a merge patch', 'application/merge-patch+json', '{}', 415],
    ])('refuses %s', async (_name, type, body, expected) => {
      const answer = await ana
        .patch(`Observation/${await ownOf('ana-ruiz')}`)
        .set('content-type', type)
        .send(body)
      expect([answer.status, answer.body.resourceType]).toEqual([expected, 'OperationOutcome'])
    })
  })
})
