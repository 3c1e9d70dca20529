// Conditional writes through the proxy: a condition finds only what the app may see, and never goes upstream as it came.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type App, type ProxiedServer, startProxiedServer } from './testing/proxied-server.ts'

let server: ProxiedServer
let ana: App
beforeAll(async () => {
  server = await startProxiedServer()
  ana = await server.as('ana-ruiz')
})
afterAll(() => server.close())

let made = 0
/** A code that no other record has. */
const newCode = () => `http://test.example|c${++made}`
const observation = (patient: string, code: string, more: object = {}) => {
  const [system, value] = code.split('|')
  const subject = { reference: `Patient/${patient}` }
  return { resourceType: 'Observation', status: 'final', code: { coding: [{ system, code: value }] }, subject, ...more }
}
const put = async (patient: string, content: object) =>
  (await (await server.as(patient)).post('Observation', content)).body.id as string
const query = (code: string) => `code=${encodeURIComponent(code)}`
const heldWith = (code: string) => server.total(`Observation?${query(code)}`)

describe('ENF-31: create unless there is one', () => {
  const createUnless = async (patient: string, code: string, scope?: string) =>
    (await server.as(patient, scope)).post('Observation', observation(patient, code)).set('if-none-exist', query(code))

  test('none: 201; one of the own: 200 and that one; the own of another patient is none', async () => {
    const code = newCode()
    await put('ben-okafor', observation('ben-okafor', code))
    const first = await createUnless('ana-ruiz', code)
    expect([first.status, first.body.subject]).toEqual([201, { reference: 'Patient/ana-ruiz' }])
    const again = await createUnless('ana-ruiz', code)
    expect([again.status, again.body.id]).toEqual([200, first.body.id])
    expect(await heldWith(code)).toBe(2)
  })
  test('several: 412', async () => {
    const code = newCode()
    for (let at = 0; at < 2; at++) await put('ana-ruiz', observation('ana-ruiz', code))
    expect((await createUnless('ana-ruiz', code)).status).toBe(412)
    expect(await heldWith(code)).toBe(2)
  })
  test('needs the right to search, and to create', async () => {
    for (const scope of ['patient/Observation.c', 'patient/Observation.rs'])
      expect((await createUnless('ana-ruiz', newCode(), scope)).status).toBe(403)
  })
  test('without the right to read, one that is there is not shown', async () => {
    const code = newCode()
    await put('ana-ruiz', observation('ana-ruiz', code))
    const answer = await createUnless('ana-ruiz', code, 'patient/Observation.cs')
    expect([answer.status, answer.text]).toEqual([200, ''])
  })
})

describe('scopes that no one search can say together', () => {
  const BY_STATUS = 'patient/Observation.cruds?status=final'
  const scope = `${BY_STATUS} patient/Observation.rs?category=x`
  test('ENF-34, ENF-67: what any of them finds is found, and written as one of them allows', async () => {
    const code = newCode()
    const found = await put('ana-ruiz', observation('ana-ruiz', code))
    await put('ben-okafor', observation('ben-okafor', code))
    await put('ana-ruiz', observation('ana-ruiz', code, { status: 'amended' }))
    const answer = await (await server.as('ana-ruiz', scope)).put(
      `Observation?${query(code)}`,
      observation('ana-ruiz', code, { note: [{ text: 'seen' }] }),
    )
    expect([answer.status, answer.body.id, answer.body.note]).toEqual([200, found, [{ text: 'seen' }]])
  })
  test('ENF-31: none is made unless, since the FHIR server could not be held to it', async () => {
    const code = newCode()
    for (const [scopes, status] of [
      [BY_STATUS, 201],
      [scope, 200],
    ] as const) {
      const answer = await (await server.as('ana-ruiz', scopes))
        .post('Observation', observation('ana-ruiz', code))
        .set('if-none-exist', query(code))
      expect(answer.status).toBe(status)
    }
    const other = newCode()
    const refused = await (await server.as('ana-ruiz', scope))
      .post('Observation', observation('ana-ruiz', other))
      .set('if-none-exist', query(other))
    expect([refused.status, await heldWith(other)]).toEqual([403, 0])
  })
})

describe('ENF-34: update of the one that fits', () => {
  const update = async (patient: string, code: string, content: object, scope?: string) =>
    (await server.as(patient, scope)).put(`Observation?${query(code)}`, content)

  test('the own one changes, whether the body names it or not; a foreign one is none', async () => {
    const code = newCode()
    const [own, foreign] = [
      await put('ana-ruiz', observation('ana-ruiz', code)),
      await put('ben-okafor', observation('ben-okafor', code)),
    ]
    const before = await server.held(`Observation/${foreign}`)
    for (const more of [{}, { id: own }]) {
      const answer = await update('ana-ruiz', code, observation('ana-ruiz', code, { status: 'amended', ...more }))
      expect([answer.status, answer.body.id, answer.body.status]).toEqual([200, own, 'amended'])
    }
    expect(await server.held(`Observation/${foreign}`)).toEqual(before)
  })
  test('another id in the body: 400; another patient: 422', async () => {
    const code = newCode()
    await put('ana-ruiz', observation('ana-ruiz', code))
    expect((await update('ana-ruiz', code, observation('ana-ruiz', code, { id: 'other' }))).status).toBe(400)
    expect((await update('ana-ruiz', code, observation('ben-okafor', code))).status).toBe(422)
  })
  test('none: it is created, with the right to', async () => {
    const code = newCode()
    const refused = await update('ana-ruiz', code, observation('ana-ruiz', code), 'patient/Observation.rus')
    expect([refused.status, await heldWith(code)]).toEqual([403, 0])
    expect((await update('ana-ruiz', code, observation('ana-ruiz', code))).status).toBe(201)
  })
})

test('ENF-34: If-Match: what is not there has no version, and is not made', async () => {
  const code = newCode()
  const put = (version: string) =>
    ana.put(`Observation?${query(code)}`, observation('ana-ruiz', code)).set('if-match', version)
  expect([(await put('W/"1"')).status, await heldWith(code)]).toEqual([412, 0])
  await server.hold(observation('ana-ruiz', code))
  expect([(await put('W/"1"')).status, (await put('W/"1"')).status]).toEqual([200, 412])
})

describe('ENF-36, ENF-38: patch and removal of the one that fits', () => {
  const patch = '[{"op":"replace","path":"/status","value":"amended"}]'
  test('the own one; a foreign one and none answer alike', async () => {
    const [own, foreign, none] = [newCode(), newCode(), newCode()]
    const id = await put('ana-ruiz', observation('ana-ruiz', own))
    await put('ben-okafor', observation('ben-okafor', foreign))
    const send = (code: string) =>
      ana
        .patch(`Observation?${query(code)}`)
        .type('application/json-patch+json')
        .send(patch)
    expect((await send(own)).body).toMatchObject({ id, status: 'amended' })
    const [onForeign, onNone] = [await send(foreign), await send(none)]
    expect([onForeign.status, onForeign.text]).toEqual([404, onNone.text])
    expect((await ana.delete(`Observation?${query(foreign)}`)).status).toBe(404)
    expect((await ana.delete(`Observation?${query(own)}`)).status).toBe(204)
    expect([await heldWith(own), await heldWith(foreign)]).toEqual([0, 1])
  })
  test('several: 412, and all stay', async () => {
    const code = newCode()
    for (let at = 0; at < 2; at++) await put('ana-ruiz', observation('ana-ruiz', code))
    expect((await ana.delete(`Observation?${query(code)}`)).status).toBe(412)
    expect(await heldWith(code)).toBe(2)
  })
})

describe('no condition at all is no condition', () => {
  test.each(['Observation', 'Observation?_count=1', 'Observation?_sort=date'])('%s', async (path) => {
    const before = await server.total('Observation?patient=ana-ruiz')
    expect((await ana.delete(path)).status).toBeGreaterThanOrEqual(400)
    expect(await server.total('Observation?patient=ana-ruiz')).toBe(before)
  })
  test.each([
    ['what refers to nothing of the kind', '_has:Observation:subject:code=1', 400],
    ['a chain to what cannot be confined', 'subject._id=x', 403],
    ['the patient turned around', 'patient:missing=true', 403],
  ])('nor is %s', async (_name, condition, status) => {
    const answer = await ana.delete(`Observation?${condition}`)
    expect(answer.status).toBe(status)
  })
})

test('ENF-61: a chain in a condition finds the own one, and no other', async () => {
  const code = newCode()
  for (const patient of ['ana-ruiz', 'ben-okafor']) await put(patient, observation(patient, code))
  expect((await ana.delete(`Observation?${query(code)}&patient._id=ben-okafor`)).status).toBe(404)
  expect(await heldWith(code)).toBe(2)
  expect((await ana.delete(`Observation?${query(code)}&patient._id=ana-ruiz`)).status).toBe(204)
  expect(await heldWith(code)).toBe(1)
  const made = await ana
    .post('Observation', observation('ana-ruiz', code))
    .set('if-none-exist', `${query(code)}&patient._id=ana-ruiz`)
  expect([made.status, await heldWith(code)]).toEqual([201, 2])
})
