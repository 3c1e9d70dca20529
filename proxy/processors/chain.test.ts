import { describe, expect, test } from '@jest/globals'
import type { Definition, Processor } from './processor.ts'
import { type Behind, tryProcessor } from './testing.ts'

const made = (processor: Processor, kind: Definition['kind'] = 'convenience') => ({
  name: 'mine',
  kind,
  create: () => processor,
})
const patient = (id: string) => ({ resourceType: 'Patient', id })
const read = { method: 'GET', path: 'Patient/1' }
const one: Behind = () => ({ body: '{"resourceType":"Patient","id":"1","extension":[{"valueDecimal":70.10}]}' })

const KINDS = [
  ['security', 403],
  ['convenience', 500],
] as const

test.each(KINDS.flatMap(([kind, status]) => [['before', kind, status] as const, ['after', kind, status] as const]))(
  'SEED-59: %s of a %s processor that throws: %d, and nothing of the record',
  async (phase, kind, status) => {
    const trial = await tryProcessor(
      made(
        {
          [phase]: () => {
            throw new TypeError('Patient/1 is called Ana')
          },
        },
        kind,
      ),
    )
    const answer = await trial.send(read, one)
    expect([answer.status, JSON.parse(answer.body).resourceType]).toEqual([status, 'OperationOutcome'])
    expect(answer.passed).toHaveLength(phase === 'before' ? 0 : 1)
    expect(trial.logged).toEqual([
      expect.objectContaining({ event: 'processor-failed', processor: 'mine', phase, reason: 'TypeError' }),
    ])
    expect(JSON.stringify([answer, trial.logged])).not.toMatch(/Ana|70\.1/)
    expect(String(trial.errors)).toContain('Ana')
  },
)

test.each<[string, Processor]>([
  ['nothing', { after: () => undefined as never }],
  ['a word', { after: () => 'go-on' as never }],
  ['an unknown kind', { before: () => ({ kind: 'goon' }) as never }],
  ['more than there is', { before: () => ({ kind: 'go-on', method: 'DELETE' }) as never }],
  ['a status that is none', { before: () => ({ kind: 'stop', status: 42, body: '' }) }],
  ['no JSON', { after: () => ({ kind: 'replace', body: 'Ana' }) }],
  ['a member twice', { after: () => ({ kind: 'replace', body: '{"resourceType":"Patient","id":"1","id":"2"}' }) }],
  ['another record', { after: () => ({ kind: 'replace', body: JSON.stringify(patient('2')) }) }],
  ['another type', { after: () => ({ kind: 'replace', body: '{"resourceType":"Person","id":"1"}' }) }],
  [
    'another record in a list',
    {
      after: () => ({
        kind: 'replace',
        body: JSON.stringify({
          resourceType: 'Bundle',
          entry: [{ resource: patient('1') }, { resource: patient('2') }],
        }),
      }),
    },
  ],
  [
    'another record in a record',
    { after: () => ({ kind: 'replace', body: JSON.stringify({ ...patient('1'), contained: [patient('2')] }) }) },
  ],
  [
    'another record in an instead',
    { after: () => ({ kind: 'stop', status: 200, body: JSON.stringify(patient('2')) }) },
  ],
  [
    'a record before any was asked for',
    { before: () => ({ kind: 'stop', status: 200, body: JSON.stringify(patient('1')) }) },
  ],
  ['a path that leads elsewhere', { before: () => ({ kind: 'go-on', path: '../Patient/2' }) }],
  ['a whole address', { before: () => ({ kind: 'go-on', path: 'https://evil.example/Patient/1' }) }],
  ['a page that nobody gave it', { before: () => ({ kind: 'go-on', path: '_page/abc' }) }],
  ['a body for a read', { before: () => ({ kind: 'go-on', body: '{}' }), needsWhole: () => true }],
])('SEED-59: what cannot be meant is a fault, not a way through: %s', async (_case, processor) => {
  const trial = await tryProcessor(made(processor, 'security'))
  const answer = await trial.send(read, one)
  expect([answer.status, JSON.parse(answer.body).resourceType]).toEqual([403, 'OperationOutcome'])
  expect(trial.logged).toEqual([expect.objectContaining({ event: 'processor-failed' })])
})

test.each(KINDS)(
  'SEED-59: a %s processor that does not come to an end: %d, and its work is told to stop',
  async (kind, status) => {
    let isTold = false
    const never: Processor = {
      after: (_request, _answer, { signal }) => {
        signal.addEventListener('abort', () => {
          isTold = true
        })
        return new Promise(() => {})
      },
    }
    const trial = await tryProcessor(made(never, kind), { timeLimitSeconds: 0.01 })
    expect((await trial.send(read, one)).status).toBe(status)
    expect(isTold).toBe(true)
    expect(trial.logged).toEqual([expect.objectContaining({ reason: 'it took too long' })])
  },
)

test('SEED-59: after a write that fails on its way out the app is told that it was carried out', async () => {
  const trial = await tryProcessor(made({ after: () => Promise.reject(new Error('no')) }))
  const create = { method: 'POST', path: 'Patient', body: { resourceType: 'Patient' } }
  expect((await trial.send(create, one)).body).toContain('was carried out')
  expect((await trial.send(read, one)).body).not.toContain('was carried out')
})

test('what is replaced keeps its digits; what is not goes on as it came', async () => {
  const touch: Processor = {
    after: (_request, answer, { parse, stringify }) =>
      answer.kind === 'json'
        ? { kind: 'replace', body: stringify({ ...(parse(answer.body) as object), active: true }) }
        : { kind: 'go-on' },
  }
  const answer = await (await tryProcessor(made(touch))).send(read, one)
  expect(answer.body).toBe('{"resourceType":"Patient","id":"1","extension":[{"valueDecimal":70.10}],"active":true}')
  const untouched = await tryProcessor(made({ after: () => ({ kind: 'go-on' }) }))
  expect((await untouched.send(read, () => ({ body: '{ "resourceType" :"Patient"}' }))).body).toBe(
    '{ "resourceType" :"Patient"}',
  )
})

describe('what after is shown', () => {
  const lines = () => ({ body: [JSON.stringify(patient('1')), JSON.stringify(patient('2'))] })
  const seeing = async (kind: Definition['kind'], more: Partial<Processor> = {}) => {
    const seen: unknown[] = []
    const after: Processor['after'] = (_request, answer) => {
      seen.push(answer.kind === 'json' ? answer.body : answer.bytes)
      return { kind: 'go-on' }
    }
    const trial = await tryProcessor(made({ after, ...more }, kind))
    return { seen, trial }
  }

  test('not of refusals', async () => {
    const { seen, trial } = await seeing('security')
    expect((await trial.send(read, () => ({ status: 404, body: patient('1') }))).status).toBe(404)
    expect(seen).toEqual([])
  })
  test('SEED-59: files and exports pass by whoever does not ask for them', async () => {
    const { seen, trial } = await seeing('convenience')
    expect((await trial.send(read, () => ({ body: Buffer.from('pdf') }))).body).toBe('pdf')
    expect((await trial.send(read, lines)).body.split('\n')).toHaveLength(3)
    expect(seen).toEqual([])
  })
  test.each([
    ['a security processor', 'security', {}],
    ['one that asks for them', 'convenience', { needsWhole: ({ interaction }) => interaction.kind === 'read' }],
    ['one that cannot say', 'convenience', { needsWhole: () => JSON.parse('') }],
  ] as [string, Definition['kind'], Partial<Processor>][])(
    'SEED-59: %s gets files, and exports line by line',
    async (_name, kind, more) => {
      const { seen, trial } = await seeing(kind, more)
      await trial.send(read, () => ({ body: Buffer.from('pdf') }))
      await trial.send(read, lines)
      expect(seen).toEqual([Buffer.from('pdf'), JSON.stringify(patient('1')), JSON.stringify(patient('2'))])
    },
  )
  test('SEED-59: a file is not changed, and an export in which one line may not go out ends there', async () => {
    const trial = await tryProcessor(made({ after: () => ({ kind: 'replace', body: '' }) }, 'security'))
    expect((await trial.send(read, () => ({ body: Buffer.from('pdf') }))).status).toBe(403)
    expect((await trial.send(read, lines)).body).toBe('')
    const second: Processor = {
      after: (_request, answer, { refuse }) =>
        answer.kind === 'json' && answer.body.includes('"2"') ? refuse(403, 'forbidden', 'No.') : { kind: 'go-on' },
    }
    await expect((await tryProcessor(made(second, 'security'))).send(read, lines)).rejects.toThrow('within an export')
  })
})

test('the log takes words of the processor’s own and numbers, whatever it is given', async () => {
  const talkative: Processor = {
    before: (_request, { log }) => {
      log('info', 'found', { records: 2, isCut: true, name: 'Ana Ruiz' } as never)
      log('warn', 'Ana Ruiz was here')
      return { kind: 'go-on' }
    },
  }
  const trial = await tryProcessor(made(talkative))
  await trial.send(read, one)
  expect(trial.logged).toEqual([
    expect.objectContaining({ processor: 'mine', event: 'found', records: 2, isCut: true }),
    expect.objectContaining({ processor: 'mine', event: 'unnamed' }),
  ])
  expect(JSON.stringify(trial.logged)).not.toContain('Ana')
})

test('a processor sees what was asked, parsed and as it is written, and by whom', async () => {
  const seen: unknown[] = []
  const trial = await tryProcessor(
    made({
      before: (request) => {
        seen.push(request)
        return { kind: 'go-on', path: 'Observation?code=1&_count=2' }
      },
    }),
  )
  const caller = {
    clientId: 'app',
    subject: 's',
    person: 'Patient/1',
    patient: '1',
    scopes: ['patient/*.rs', 'openid'],
  }
  const answer = await trial.send({ method: 'GET', path: 'Observation?code=a%7Cb', caller }, () => ({ body: '' }))
  expect(answer.passed).toEqual([{ path: 'Observation?code=1&_count=2', body: '' }])
  expect(seen).toEqual([
    {
      interaction: { kind: 'search', type: 'Observation', parameters: [['code', 'a|b']], form: false },
      method: 'GET',
      path: 'Observation?code=a%7Cb',
      caller,
    },
  ])
})
