// Patients who have their records withheld, in every way that a record can go out.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import request from 'supertest'
import { createUpstream } from '../proxy/upstream/upstream.ts'
import {
  ALICE,
  type Caller,
  entriesOf,
  startProxy,
  startWorld,
  tokenOf,
  type World,
  withForeign,
} from './two-worlds.ts'

const CATEGORY = { system: 'http://loinc.org', code: '59284-0' }
const settings = { CONSENT_OPT_OUT_CATEGORY: 'http://loinc.org|59284-0', CONSENT_OPT_OUT_MINUTES: '1' }
const nora: Caller = { scope: 'user/*.cruds', person: 'Practitioner/nora' }
const wei: Caller = { scope: 'user/*.cruds', person: 'Practitioner/wei' }
const service: Caller = { scope: 'system/*.cruds' }
const bob: Caller = { scope: 'patient/*.rs', patient: 'bob', person: 'Patient/bob' }
const bobByNora: Caller = { ...nora, scope: 'patient/*.rs', patient: 'bob' }

const optOut = (id: string, patient: string, provision: object, more: object = {}) => ({
  resourceType: 'Consent',
  id,
  status: 'active',
  scope: { coding: [{ code: 'patient-privacy' }] },
  category: [{ coding: [CATEGORY] }],
  patient: { reference: `Patient/${patient}` },
  provision,
  ...more,
})
const fromEveryone = optOut('all', 'bob', { type: 'deny' })
const actor = (reference: string) => [{ role: { text: 'x' }, reference: { reference } }]
const file = (id: string, more: object = {}) => ({
  resourceType: 'Binary',
  id,
  contentType: 'text/plain',
  data: 'eA==',
  ...more,
})

async function worldWith(...resources: object[]): Promise<World> {
  return startWorld([...withForeign(), ...resources] as ReturnType<typeof withForeign>, false, { settings })
}

describe('SEED-51: withheld from everyone', () => {
  let world: World
  beforeAll(async () => {
    world = await worldWith(
      fromEveryone,
      file('his', { securityContext: { reference: 'Patient/bob' } }),
      file('hers', { securityContext: { reference: 'Patient/alice' } }),
    )
  })
  afterAll(() => world.close())

  test.each<[string, Caller, string[]]>([
    ['a clinician who may open all', nora, ['Observation/iron', 'Observation/sugar']],
    // One who is limited to certain patients sees theirs whole, whoever is named in passing.
    ['a clinician of the patient', wei, ['Observation/iron', 'Observation/salt', 'Observation/sugar']],
    ['a client for itself', service, ['Observation/iron', 'Observation/sugar']],
  ])('%s: as if the records were not there', async (_name, caller, seen) => {
    for (const path of ['Patient/bob', 'Observation/of-bob', 'Encounter/visit-of-bob', 'Observation/of-bob/_history'])
      expect([path, (await world.get(path, caller)).status]).toEqual([path, 404])
    const patients = await world.get('Patient', caller)
    expect(entriesOf(patients, 'match')).toEqual(['Patient/alice'])
    const observations = await world.get(
      'Observation?_include=Observation:performer&_include=Observation:encounter',
      caller,
    )
    expect(entriesOf(observations, 'match').sort()).toEqual(seen)
    expect(observations.text).not.toMatch(/"id":"(bob|of-bob|visit-of-bob)"/)
    expect((await world.get('Patient/bob/$everything', caller)).status).toBe(404)
    expect(world.alarms).toEqual([])
  })
  test('what names the patient in passing is left out as well, where all may be seen', async () => {
    expect((await world.get('Observation/salt', nora)).status).toBe(404)
    expect((await world.get('Observation/salt')).status).toBe(200)
  })
  test('what can be counted is what is seen; the FHIR server’s own pages and totals are not shown', async () => {
    const all = await world.get('Observation', nora)
    expect(all.body.total).toBe(2)
    expect((await world.get('Observation?_summary=count', service)).body.total).toBe(2)
    expect((await world.get('Observation?_summary=count')).body.total).toBe(3)
  })
  test('a record that is left out changes no page', async () => {
    const pageOf = async (code: string) => {
      const answer = await world.get(`Observation?_id=of-bob,sugar&code:text=${code},sugar&_count=1`, nora)
      const links = (answer.body.link as { relation: string }[] | undefined)?.map(({ relation }) => relation)
      return [answer.status, entriesOf(answer, 'match'), links]
    }
    expect(await pageOf('of-bob')).toEqual(await pageOf('nothing'))
    const byId = async (ids: string) => {
      const answer = await world.get(`Observation?_id=${ids}&_count=1`, nora)
      return [entriesOf(answer, 'match'), answer.body.total, answer.body.link.length]
    }
    expect(await byId('of-bob,sugar')).toEqual(await byId('none,sugar'))
  })
  test('a condition finds nothing of it', async () => {
    const write = async (method: 'post' | 'put', path: string, condition?: string) => {
      const call = request(world.proxy)[method](`/fhir/${path}`)
      if (condition !== undefined) call.set('If-None-Exist', condition)
      const body = {
        resourceType: 'Observation',
        status: 'final',
        code: { text: 'x' },
        subject: { reference: 'Patient/alice' },
      }
      const answer = await call
        .set('Authorization', `Bearer ${await tokenOf(nora)}`)
        .type('application/fhir+json')
        .send(JSON.stringify(body))
      return [answer.status, answer.text]
    }
    expect(await write('post', 'Observation', '_id=of-bob')).toEqual(await write('post', 'Observation', '_id=none'))
    expect(await write('put', 'Observation?_id=of-bob')).toEqual(await write('put', 'Observation?_id=none'))
  })
  test('lists over all, histories of all, operations that are passed on and filtered exports: not at all', async () => {
    for (const path of [
      '?_type=Patient,Observation',
      'Observation/_history',
      '_history',
      '$export?_type=Observation&_typeFilter=Observation%3F_id%3Dof-bob',
    ])
      expect([path, (await world.get(path, service)).status]).toEqual([path, 403])
  })
  test('a file by every way', async () => {
    expect((await world.get('Binary/hers?_format=json', service)).status).toBe(200)
    for (const path of ['Binary/his?_format=json', 'Binary/his/_history/1', 'Binary/his/_history'])
      expect([path, (await world.get(path, service)).status]).toEqual([path, 404])
    const found = await world.get('Binary?_id=his', service)
    expect([found.status, found.text.includes('eA==')]).toEqual([200, false])
    const gone = await request(world.proxy)
      .delete('/fhir/Binary/his')
      .set('Authorization', `Bearer ${await tokenOf(service)}`)
    expect(gone.status).toBe(404)
  })
  test('bulk export', async () => {
    const begun = await world.get('$export?_type=Patient,Observation', service)
    const job = begun.headers['content-location'] as string
    await world.get(job, service)
    const { output } = JSON.parse((await world.get(job, service)).text)
    const texts = await Promise.all(
      output.map(async ({ url }: { url: string }) => (await world.get(url, service)).text),
    )
    expect(texts.join('')).not.toMatch(/Patient\/bob|"id":"(bob|of-bob|gone)"/)
  })
  test('others are not touched', async () => {
    expect(entriesOf(await world.get('Observation'), 'match').length).toBe(3)
    expect((await world.get('Observation', ALICE)).body.total).toBe(3)
  })
  test('writes', async () => {
    const call = async (method: 'put' | 'delete' | 'post', path: string, body?: object) =>
      request(world.proxy)
        [method](`/fhir/${path}`)
        .set('Authorization', `Bearer ${await tokenOf(nora)}`)
        .type('application/fhir+json')
        .send(body === undefined ? undefined : JSON.stringify(body))
    const of = (patient: string) => ({
      resourceType: 'Observation',
      status: 'final',
      code: { text: 'x' },
      subject: { reference: `Patient/${patient}` },
    })
    expect((await call('delete', 'Observation/of-bob')).status).toBe(404)
    expect((await call('put', 'Observation/of-bob', { ...of('alice'), id: 'of-bob' })).status).toBe(404)
    expect((await call('post', 'Observation', of('bob'))).status).toBe(422)
    expect((await call('post', 'Observation', of('alice'))).status).toBe(201)
  })
  test('the patient is not kept from own records; an app of a clinician on that chart is', async () => {
    expect((await world.get('Patient/bob', bob)).status).toBe(200)
    expect((await world.get('Patient/bob', bobByNora)).status).toBe(403)
  })
})

describe('SEED-51: withheld from some', () => {
  const role = {
    resourceType: 'PractitionerRole',
    id: 'r',
    practitioner: { reference: 'Practitioner/wei' },
    organization: { reference: 'Organization/ward' },
  }
  const statusOf = async (provision: object, caller: Caller): Promise<number> => {
    const world = await worldWith(optOut('some', 'bob', provision), role)
    const { status } = await world.get('Patient/bob', caller)
    await world.close()
    return status
  }
  test.each<[string, object, Caller, number]>([
    ['the named clinician', { type: 'deny', actor: actor('Practitioner/wei') }, wei, 404],
    ['not another', { type: 'deny', actor: actor('Practitioner/wei') }, nora, 200],
    ['by role', { type: 'deny', actor: actor('PractitionerRole/r') }, wei, 404],
    ['by organization', { type: 'deny', actor: actor('Organization/ward') }, wei, 404],
    [
      'an exception for one',
      { type: 'deny', provision: [{ type: 'permit', actor: actor('Practitioner/wei') }] },
      wei,
      200,
    ],
    [
      'which is none for another',
      { type: 'deny', provision: [{ type: 'permit', actor: actor('Practitioner/wei') }] },
      nora,
      404,
    ],
    ['not a client, where one is named', { type: 'deny', actor: actor('Practitioner/wei') }, service, 200],
    ['over', { type: 'deny', period: { end: '2020' } }, wei, 200],
  ])('%s', async (_name, provision, caller, expected) => expect(await statusOf(provision, caller)).toBe(expected))
})

test('SEED-51: a role that is over excepts nobody', async () => {
  const permit = [{ type: 'permit', actor: actor('Organization/ward') }]
  const role = {
    resourceType: 'PractitionerRole',
    id: 'r',
    practitioner: { reference: 'Practitioner/nora' },
    organization: { reference: 'Organization/ward' },
  }
  for (const [more, status] of [
    [{}, 200],
    [{ active: false }, 404],
    [{ period: { end: '2020' } }, 404],
  ] as const) {
    const world = await worldWith(optOut('some', 'bob', { type: 'deny', provision: permit }), { ...role, ...more })
    expect((await world.get('Patient/bob', nora)).status).toBe(status)
    await world.close()
  }
})

describe('SEED-51, SEED-52: how consents are kept', () => {
  test('a consent that is withdrawn is seen when the minutes are over', async () => {
    let now = Date.now()
    const world = await startWorld([...withForeign(), fromEveryone] as ReturnType<typeof withForeign>, false, {
      settings,
      deps: { clock: () => new Date(now) },
    })
    expect((await world.get('Patient/bob', nora)).status).toBe(404)
    await world.direct('PUT', 'Consent/all', { ...fromEveryone, status: 'inactive' })
    expect((await world.get('Patient/bob', nora)).status).toBe(404)
    now += 60_001
    expect((await world.get('Patient/bob', nora)).status).toBe(200)
    await world.close()
  })
  test.each([
    ['deny', 403],
    ['allow', 200],
  ])('while they cannot be read: %s', async (onFailure, expected) => {
    const behind = await startWorld(withForeign(), false)
    const real = createUpstream({ url: behind.upstreamUrl, timeoutMs: 5_000, maxBodyBytes: 1e6, alarm: () => {} })
    const failing = {
      ...real,
      send: (...[call, signal]: Parameters<typeof real.send>) =>
        call.target.startsWith('Consent?')
          ? Promise.resolve({
              kind: 'answer' as const,
              status: 500,
              headers: new Map<string, string>(),
              body: Buffer.from(''),
            })
          : real.send(call, signal),
    }
    const world = await startProxy(behind.upstreamUrl, failing, [], {
      settings: { ...settings, CONSENT_OPT_OUT_ON_FAILURE: onFailure },
    })
    expect((await world.get('Patient/bob', nora)).status).toBe(expected)
    await world.close()
    await behind.close()
  })
  test('clients that are exempt', async () => {
    const world = await startWorld([...withForeign(), fromEveryone] as ReturnType<typeof withForeign>, false, {
      settings: { ...settings, CONSENT_OPT_OUT_EXEMPT: 'app' },
    })
    expect((await world.get('Patient/bob', service)).status).toBe(200)
    await world.close()
  })
})
