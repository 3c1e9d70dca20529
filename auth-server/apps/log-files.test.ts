import { expect, test } from '@jest/globals'
import { logBundle, logTable } from './log-files.ts'

test('SEED-66: no name becomes a formula, and none breaks out of its cell', async () => {
  const line = {
    id: 'e',
    at: '2026-05-03T08:00:00Z',
    deed: 'saw',
    clientId: 'app',
    person: 'Practitioner/1',
    types: [{ type: 'Goal', count: 1 }],
  } as const
  const table = await logTable([line], {
    lang: 'en',
    own: true,
    actorOf: async () => ({ role: 'staff', name: '=HYPERLINK("http://x")', app: { id: 'app', name: 'a,"b"\r\nc' } }),
  })
  expect(table).toBe(
    '\ufeffTime,Who,App,What was done,Kind of data,Number,Request\r\n' +
      '2026-05-03T08:00:00Z,"\'=HYPERLINK(""http://x"")","a,""b""\r\nc",saw,Health goals,1,\r\n',
  )
})

test.each(['a;=1+1', 'a\t=1+1', 'a;  @SUM(1)', '\n=1+1', ' =1+1', '\uff1d1+1', 'a,"\n=1+1'])(
  'SEED-66: no name becomes one wherever a spreadsheet splits it: %j',
  async (name) => {
    const line = { id: 'e', at: '2026-05-03T08:00:00Z', deed: 'saw', types: [] } as const
    const table = await logTable([line], { lang: 'en', own: true, actorOf: async () => ({ role: 'staff', name }) })
    for (const cell of table.split(/[,;\t\r\n"]+/)) expect(cell).not.toMatch(/^\s*[=+\-@\uff1d\uff0b\uff0d\uff20]/)
  },
)

test('a Bundle without events has no entry', () => {
  expect(JSON.parse(logBundle([], { fhirBase: 'http://f', at: '2026-05-03T08:00:00Z' }))).toEqual({
    resourceType: 'Bundle',
    type: 'collection',
    timestamp: '2026-05-03T08:00:00Z',
  })
})
