import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { pino } from 'pino'
import { loadProcessors } from './load.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'processors-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const surroundings = { fhirBase: 'https://fhir.example/fhir', log: pino({ level: 'silent' }), clock: () => new Date() }
let files = 0
/** @param processors the file's list, or its text */
async function load(processors: unknown, modules: Record<string, string> = {}) {
  for (const [name, text] of Object.entries(modules)) await writeFile(join(folder, name), text)
  const file = join(folder, `processors-${++files}.json`)
  await writeFile(file, typeof processors === 'string' ? processors : JSON.stringify({ processors }))
  return loadProcessors(file, surroundings)
}
const module = (name: string, more = '', made = '{ before: () => ({ kind: "go-on" }) }') =>
  `export default { name: '${name}', kind: 'security', ${more} create: (settings, start) => (${made}) }`

test('SEED-59: processors of files beside the file, in the order of the file, each with its time limit', async () => {
  const read = await load(
    [{ use: './two.mjs' }, { use: './one.mjs', timeLimitSeconds: 5 }, { use: join(folder, 'two.mjs') }],
    { 'one.mjs': module('one'), 'two.mjs': module('two', 'timeLimitSeconds: 60,') },
  )
  expect(read.ok && read.processors.map(({ name, timeLimitSeconds }) => [name, timeLimitSeconds])).toEqual([
    ['two', 60],
    ['one', 5],
    ['two', 60],
  ])
})

test('SEED-59: settings are checked before a processor is made, and reach it as its schema gives them', async () => {
  const settings = 'settings: (z) => z.strictObject({ cap: z.int().max(9), word: z.string().default("a") }),'
  const made = '(globalThis.made = [settings, start.fhirBase, start.folder], { after: () => ({ kind: "go-on" }) })'
  const modules = { 'set.mjs': module('set', settings, made) }
  expect((await load([{ use: './set.mjs', settings: { cap: 3 } }], modules)).ok).toBe(true)
  const { made: given } = globalThis as { made?: unknown }
  expect(given).toEqual([{ cap: 3, word: 'a' }, surroundings.fhirBase, folder])

  const read = await load([
    { use: './set.mjs', settings: { cap: 10, words: 'b' } },
    { use: './set.mjs' },
    { use: './one.mjs', settings: { cap: 1 } },
  ])
  expect(read).toEqual({
    ok: false,
    faults: [
      expect.stringMatching(/^processors\.0 \(\.\/set\.mjs\): settings\.cap: /),
      expect.stringMatching(/^processors\.0 \(\.\/set\.mjs\): settings: .*words/),
      expect.stringMatching(/^processors\.1 \(\.\/set\.mjs\): settings\.cap: /),
      'processors.2 (./one.mjs): settings: it has none',
    ],
  })
})

describe('SEED-59: a processor that is none stops the start', () => {
  test.each<[string, string, string]>([
    ['no default export', 'export const x = 1', 'has no default export'],
    ['nothing that could be run', 'export default 7', 'expected object'],
    ['no kind', 'export default { name: "a", create: () => ({}) }', 'kind: '],
    ['an unknown member', module('a', 'befor: () => 1,'), 'befor'],
    ['a name for nobody', module('A b'), 'name: '],
    ['neither before nor after', module('a', '', '{}'), 'has neither before nor after'],
    ['a step misspelt', module('a', '', '{ before: () => 1, aftr: () => 1 }'), 'aftr'],
    ['a step that is no function', module('a', '', '{ before: 1 }'), 'before: is no function'],
    ['a start that fails', module('a', '', '(() => { throw new Error("no table\\nat x") })()'), 'no table'],
    ['text that cannot be read', 'export default {', 'Unexpected'],
  ])('%s', async (_case, text, fault) => {
    const name = `bad-${++files}.mjs`
    const read = await load([{ use: `./${name}` }], { [name]: text })
    expect(read.ok ? [] : read.faults).toEqual([expect.stringContaining(fault)])
    expect(read.ok ? '' : read.faults.join()).not.toContain('\n')
  })

  test.each<[string, unknown, string]>([
    ['no such file', [{ use: './gone.mjs' }], 'gone.mjs'],
    ['no such package, and nothing of that name here', [{ use: '@contoso/gone' }], '@contoso/gone'],
    ['no name', [{ settings: {} }], 'processors.0.use: '],
    ['an unknown word', [{ use: './one.mjs', enabled: false }], 'enabled'],
    ['no list', '{}', 'processors: '],
    ['no JSON', '{', 'JSON'],
  ])('%s', async (_case, processors, fault) => {
    const read = await load(processors)
    expect(read.ok ? [] : read.faults).toEqual([expect.stringContaining(fault)])
  })

  test('no file', async () => {
    const read = await loadProcessors(join(folder, 'none.json'), surroundings)
    expect(read.ok ? [] : read.faults).toEqual([expect.stringContaining('none.json')])
  })
})
