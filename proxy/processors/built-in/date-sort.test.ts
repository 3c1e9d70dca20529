import { expect, test } from '@jest/globals'
import { type Behind, tryProcessor } from '../testing.ts'
import dateSort from './date-sort.ts'

const resource = (at: number) =>
  `{"resourceType":"Claim","id":"c${at}","created":"${2000 + (at % 20)}-01-01","total":{"value":70.10}}`
/** A server with so many claims, 200 a page. */
const serverOf =
  (count: number): Behind =>
  ({ path }) => {
    const from = Number(/_page\/(\d+)$/.exec(path)?.[1] ?? 0)
    const ids = Array.from({ length: Math.min(200, count - from) }, (_, at) => from + at)
    const entries = ids.map((at) => `{"resource":${resource(at)},"search":{"mode":"match"}}`)
    const next = from + 200 < count ? `{"relation":"next","url":"https://fhir.example/fhir/_page/${from + 200}"}` : ''
    return {
      body: `{"resourceType":"Bundle","type":"searchset","total":${count},"link":[${next}],"entry":[${entries.join(',')}]}`,
    }
  }
const search = { method: 'GET', path: 'Claim?_sort=-date' }

test.each([
  [5000, 5000, false],
  [5001, 5000, true],
])('SEED-53: %d records by default: %d of them, and a remark: %s', async (count, shown, isCut) => {
  const trial = await tryProcessor(dateSort)
  const { status, body, passed } = await trial.send(search, serverOf(count))
  const { entry, total } = JSON.parse(body)
  const outcomes = entry.filter(
    ({ resource }: { resource: { resourceType: string } }) => resource.resourceType === 'OperationOutcome',
  )
  expect([status, entry.length - outcomes.length, outcomes.length, total]).toEqual([
    200,
    shown,
    isCut ? 1 : 0,
    isCut ? undefined : count,
  ])
  expect(body).toContain('"value":70.10')
  expect(passed[0]?.path).toBe('Claim?_count=200')
  expect(trial.logged.map(({ event }) => event)).toEqual(isCut ? ['list-cut'] : [])
})

test('SEED-53: a page that cannot be had is what the app is told, not a shorter list', async () => {
  const trial = await tryProcessor(dateSort)
  const server = serverOf(500)
  const answer = await trial.send(search, (request) =>
    request.path.endsWith('/400') ? { status: 503, body: { resourceType: 'OperationOutcome' } } : server(request),
  )
  expect([answer.status, answer.body]).toEqual([503, '{"resourceType":"OperationOutcome"}'])
})

test.each([{ cap: 0 }, { cap: 'many' }, { limit: 5 }, { cap: 1e9 }])(
  'SEED-53: settings %j stop the start',
  async (settings) => {
    await expect(tryProcessor(dateSort, { settings })).rejects.toThrow(/cap|limit/)
  },
)
