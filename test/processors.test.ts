// Processors in a running proxy, before the sandbox's FHIR server: what an operator's step can do, and what it cannot.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { pino } from 'pino'
import request from 'supertest'
import type { Loaded } from '../proxy/processors/call.ts'
import { makeProcessor } from '../proxy/processors/load.ts'
import type { Definition, Processor } from '../proxy/processors/processor.ts'
import {
  ALICE,
  type Caller,
  entriesOf,
  FHIR_BASE,
  observation,
  own,
  seenIn,
  startWorld,
  tokenOf,
  type World,
  withForeign,
} from './two-worlds.ts'

const WRITER: Caller = { ...ALICE, scope: 'patient/*.cruds' }

const loaded = (processor: Processor, kind: Definition['kind'] = 'convenience', name = 'mine'): Promise<Loaded> =>
  makeProcessor(
    { name, kind, create: () => processor },
    {},
    { fhirBase: FHIR_BASE, folder: '.', log: pino({ level: 'silent' }), clock: () => new Date() },
  )

const worlds: World[] = []
async function worldWith(processors: readonly (Loaded | Promise<Loaded>)[], resources = withForeign()): Promise<World> {
  const world = await startWorld(resources, false, { deps: { processors: await Promise.all(processors) } })
  worlds.push(world)
  return world
}
afterAll(() => Promise.all(worlds.map((world) => world.close())))

async function send(world: World, method: 'post' | 'put' | 'delete', path: string, body: object, caller = WRITER) {
  return request(world.proxy)
    [method](`/fhir/${path}`)
    .set('Authorization', `Bearer ${await tokenOf(caller)}`)
    .type('application/fhir+json')
    .send(JSON.stringify(body))
}

const made = (code: string, patient = 'alice') => {
  const {
    id: _id,
    meta: _meta,
    ...more
  } = observation('x', patient, { code: { text: code } }) as unknown as Record<string, unknown>
  return more
}
const bundle = (type: string, ...entry: object[]) => ({ resourceType: 'Bundle', type, entry })
const entry = (method: string, url: string, resource?: object) => ({ request: { method, url }, resource })

describe('SEED-59: a processor reaches no further than the caller', () => {
  test('what it makes of a request is decided like any other', async () => {
    const to = (path: string) => worldWith([loaded({ before: () => ({ kind: 'go-on', path }) })])
    expect(entriesOf(await (await to('Observation?subject=Patient/bob')).get('Observation'), 'match')).toEqual([])
    const bobs = await (await to('Observation/of-bob')).get('Observation/sugar')
    const nobodys = await (await to('Observation/nowhere')).get('Observation/sugar')
    expect([bobs.status, bobs.text]).toEqual([404, nobodys.text])
    expect((await (await to('Observation/salt')).get('Observation/sugar')).body.id).toBe('salt')
    expect((await (await to('Observation?_filter=x')).get('Observation')).status).toBe(403)
  })

  test('what it asks for is what the caller may see', async () => {
    const asked: Record<string, number> = {}
    const world = await worldWith([
      loaded({
        before: async (_request, { ask }) => {
          for (const path of ['Observation/sugar', 'Observation/of-bob', 'Observation/nowhere', 'Observation?code=x'])
            asked[path] = (await ask(path)).status
          return { kind: 'go-on' }
        },
      }),
    ])
    await world.get('Patient/alice', { ...ALICE, scope: 'patient/Patient.r patient/Observation.r' })
    expect(asked).toEqual({
      'Observation/sugar': 200,
      'Observation/of-bob': 404,
      'Observation/nowhere': 404,
      'Observation?code=x': 403,
    })
  })

  test('a record of another patient that it has from elsewhere does not go out, alone or in a list', async () => {
    const bobs = { resourceType: 'Observation', id: 'of-bob', status: 'final' }
    for (const kind of ['security', 'convenience'] as const) {
      const world = await worldWith([
        loaded(
          {
            after: ({ interaction }, answer) => {
              if (answer.kind === 'file') return { kind: 'go-on' }
              if (interaction.kind === 'read') return { kind: 'replace', body: JSON.stringify(bobs) }
              const list = JSON.parse(answer.body)
              return { kind: 'replace', body: JSON.stringify({ ...list, entry: [...list.entry, { resource: bobs }] }) }
            },
          },
          kind,
        ),
      ])
      for (const path of ['Observation/sugar', 'Observation', 'Patient/alice/$everything', 'Observation/$lastn']) {
        const answer = await world.get(path)
        expect([path, answer.status]).toEqual([path, kind === 'security' ? 403 : 500])
        expect(answer.text).not.toMatch(/of-bob|sugar/)
      }
      expect(world.alarms).toHaveLength(4)
      expect(world.alarms.join()).not.toMatch(/bob|sugar/)
    }
  })

  test('with processors, too, another patient’s records change no byte', async () => {
    const counting: Processor = {
      before: async ({ path }, { ask }) => {
        await ask('Observation?_summary=count')
        return { kind: 'go-on', path }
      },
      after: (_request, answer, { parse, stringify }) =>
        answer.kind === 'json' ? { kind: 'replace', body: stringify(parse(answer.body)) } : { kind: 'go-on' },
    }
    const [world, without] = await Promise.all([
      worldWith([loaded(counting, 'security')]),
      worldWith([loaded(counting, 'security')], [...own]),
    ])
    for (const path of ['Observation', 'Observation?_include=Observation:has-member', 'Patient/bob', 'Patient/alice/*'])
      expect(seenIn(await world.get(path), world)).toEqual(seenIn(await without.get(path), without))
  })
})

describe('SEED-59: the order of the file', () => {
  let world: World
  const steps: string[] = []
  const step = (name: string, more: Partial<Processor> = {}) =>
    loaded(
      {
        before: ({ path }) => {
          steps.push(`${name} before ${path}`)
          return { kind: 'go-on' }
        },
        after: ({ path }) => {
          steps.push(`${name} after ${path}`)
          return { kind: 'go-on' }
        },
        ...more,
      },
      'convenience',
      name,
    )
  beforeAll(async () => {
    const asking: Processor['after'] = async ({ path }, _answer, { ask }) => {
      steps.push(`middle after ${path}`)
      await ask('Patient/alice')
      return { kind: 'go-on' }
    }
    const stopping: Processor['before'] = ({ path }, { refuse }) => {
      steps.push(`inner before ${path}`)
      return path === 'Observation/iron' ? refuse(404, 'not-found', 'Not here.') : { kind: 'go-on' }
    }
    world = await worldWith([step('outer'), step('middle', { after: asking }), step('inner', { before: stopping })])
  })

  test('the first is the outermost, and what is asked for passes all the others', async () => {
    steps.length = 0
    await world.get('Observation/sugar')
    expect(steps).toEqual([
      'outer before Observation/sugar',
      'middle before Observation/sugar',
      'inner before Observation/sugar',
      'inner after Observation/sugar',
      'middle after Observation/sugar',
      'outer before Patient/alice',
      'inner before Patient/alice',
      'inner after Patient/alice',
      'outer after Patient/alice',
      'outer after Observation/sugar',
    ])
  })
  test('two who ask for what the other asks for come to an end', async () => {
    const asking = () =>
      loaded({
        before: async ({ path }, { ask }) => {
          steps.push(path)
          await ask('Patient/alice')
          return { kind: 'go-on' }
        },
      })
    const both = await worldWith([asking(), asking()])
    steps.length = 0
    expect((await both.get('Observation/sugar')).status).toBe(200)
    expect(steps.filter((path) => path === 'Patient/alice')).toHaveLength(2)
  })
  test('one that stops keeps those further in, and the FHIR server, from it', async () => {
    steps.length = 0
    expect((await world.get('Observation/iron')).status).toBe(404)
    expect(steps).toEqual(['outer', 'middle', 'inner'].map((name) => `${name} before Observation/iron`))
  })
  test('a page of a list passes them like the list', async () => {
    const first = await world.get('Observation?_count=1')
    const next = first.body.link.find(({ relation }: { relation: string }) => relation === 'next').url
    steps.length = 0
    expect((await world.get(next)).status).toBe(200)
    expect(steps[0]).toMatch(/^outer before _page\//)
    expect(steps.at(-1)).toMatch(/^outer after _page\//)
  })
})

describe('SEED-59: batches and transactions', () => {
  let world: World
  const paths: string[] = []
  beforeAll(async () => {
    world = await worldWith([
      loaded(
        {
          before: ({ method, path, body }, { refuse }) => {
            paths.push(`${method} ${path}`)
            if (body?.includes('refuse-me')) return refuse(422, 'invalid', 'Not this one.')
            return body?.includes('change-me') && path !== ''
              ? { kind: 'go-on', body: body.replace('change-me', 'changed') }
              : { kind: 'go-on' }
          },
          after: ({ path }, answer) =>
            answer.kind === 'json' && path !== '' && answer.body.includes('hide-me')
              ? { kind: 'replace', body: answer.body.replace('hide-me', 'hidden') }
              : { kind: 'go-on' },
        },
        'security',
      ),
    ])
  })
  const held = async (code: string) =>
    (
      (await world.direct('GET', 'Observation?_count=500')) as { entry: { resource: { code: { text: string } } }[] }
    ).entry
      .map(({ resource }) => resource.code.text)
      .filter((text) => text === code).length

  test('each entry of a batch passes them as if it had come alone', async () => {
    paths.length = 0
    const sent = bundle(
      'batch',
      entry('POST', 'Observation', made('hide-me')),
      entry('POST', 'Observation', made('change-me')),
      entry('GET', 'Observation/sugar'),
      entry('POST', 'Observation', made('in bob’s name', 'bob')),
    )
    const { body } = await send(world, 'post', '', sent)
    expect(body.entry.map(({ response }: { response: { status: string } }) => response.status)).toEqual([
      '201',
      '201',
      '200',
      '422',
    ])
    expect(body.entry[0].resource.code.text).toBe('hidden')
    expect([await held('hide-me'), await held('changed'), await held('change-me')]).toEqual([1, 1, 0])
    expect(paths.sort()).toEqual(['GET Observation/sugar', 'POST ', ...Array(3).fill('POST Observation')])
  })
  test('so does each of a transaction, on both ways', async () => {
    paths.length = 0
    const sent = bundle(
      'transaction',
      entry('POST', 'Observation', made('change-me')),
      entry('POST', 'Observation', made('hide-me')),
    )
    const { status, body } = await send(world, 'post', '', sent)
    expect([status, body.type]).toEqual([200, 'transaction-response'])
    expect(body.entry.map(({ resource }: { resource: { code: { text: string } } }) => resource.code.text)).toEqual([
      'changed',
      'hidden',
    ])
    expect(paths).toEqual(['POST ', 'POST Observation', 'POST Observation'])
  })
  test('one that is stopped keeps all of a transaction from being done', async () => {
    // The bundle itself must pass: what is stopped is its second entry.
    const world = await worldWith([
      loaded({
        before: ({ path, body }, { refuse }) =>
          path !== '' && body?.includes('stop-me') ? refuse(422, 'invalid', 'Not this one.') : { kind: 'go-on' },
      }),
      loaded({
        before: ({ path, body }) =>
          path !== '' && body?.includes('answer-me') ? { kind: 'stop', status: 200, body: '' } : { kind: 'go-on' },
      }),
    ])
    const of = (code: string) =>
      bundle('transaction', entry('POST', 'Observation', made('first')), entry('POST', 'Observation', made(code)))
    expect((await send(world, 'post', '', of('stop-me'))).status).toBe(422)
    expect((await send(world, 'post', '', of('answer-me'))).status).toBe(403)
    expect(JSON.stringify(await world.direct('GET', 'Observation?_count=500'))).not.toContain('"first"')
    expect((await send(world, 'post', '', of('second'))).status).toBe(200)
  })
  test('what fails on the way out of a transaction shows nothing of it, and says that it was done', async () => {
    const world = await worldWith([
      loaded({ after: ({ path }) => (path === '' ? { kind: 'go-on' } : Promise.reject(new Error('no'))) }, 'security'),
    ])
    const answer = await send(world, 'post', '', bundle('transaction', entry('POST', 'Observation', made('late'))))
    expect([answer.status, answer.body.resourceType]).toEqual([403, 'OperationOutcome'])
    expect(answer.text).toContain('was carried out')
    expect(JSON.stringify(await world.direct('GET', 'Observation?_count=500'))).toContain('"late"')
  })
})

test('SEED-59: what it reads or writes for itself has the caller’s right, and no other', async () => {
  const answers: { status: number; body: string }[] = []
  const world = await worldWith([
    loaded({
      before: async ({ interaction }, { carryOut }) => {
        if (interaction.kind !== 'read') return { kind: 'go-on' }
        const entries = [entry('POST', 'Observation', made('hers')), entry('POST', 'Observation', made('his', 'bob'))]
        answers.push(await carryOut(JSON.stringify(bundle('batch', ...entries))))
        return { kind: 'go-on' }
      },
    }),
  ])
  await world.get('Patient/alice', WRITER)
  await world.get('Patient/alice', ALICE)
  expect(answers.map(({ body }) => [...body.matchAll(/"status":"(\d+)"/g)].map(([, status]) => status))).toEqual([
    ['201', '422'],
    ['403', '403'],
  ])
})

test('SEED-59: what a processor withholds is not known by its version either', async () => {
  const world = await worldWith([
    loaded(
      {
        after: (_request, answer, { refuse }) =>
          answer.kind === 'json' && answer.body.includes('"salt"')
            ? refuse(404, 'not-found', 'There is no such resource here.')
            : { kind: 'go-on' },
      },
      'security',
    ),
  ])
  const ask = async (id: string) =>
    (
      await request(world.proxy)
        .get(`/fhir/Observation/${id}`)
        .set('Authorization', `Bearer ${await tokenOf(ALICE)}`)
        .set('If-None-Match', '*')
    ).status
  expect([await ask('iron'), await ask('salt'), await ask('nowhere')]).toEqual([304, 404, 404])
})
