import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { judgeSearchset, type ListGuard } from '../../smart/plan/guard.ts'
import { Trail } from '../audit/trail.ts'
import { parseStrictly } from '../json/json-value.ts'
import { inRequest } from '../request-context.ts'
import { createByteRewriter } from '../upstream/url-rewriter.ts'
import { ListOut } from './list-out.ts'

// What goes out of a list that comes in, at any cut: nothing of another's, whatever else is wrong with it. In these tests
// Bob is whom Alice's app must not see.

const BASE = 'http://upstream.internal:8080/r4'
const FHIR_BASE = 'https://smart.example/fhir'
const MAX_ENTRY_BYTES = 25_000
const guard: ListGuard = {
  kind: 'searchset',
  type: 'Observation',
  allowances: [{ patients: new Set(['alice']), filter: [] }],
  bases: [FHIR_BASE, BASE],
  confining: [['patient', 'Patient/alice']],
  exact: true,
  countOnly: false,
  includes: [],
}
const rewriter = createByteRewriter(BASE, FHIR_BASE)

type Outcome = { verdict: string; sent: Buffer }

const ROOM = Buffer.alloc(1_000)

/** @param pieces what arrives, in order */
function outcomeOf(pieces: Iterable<Buffer>, judgedBy: ListGuard = guard): Outcome {
  const set = new ListOut(judgedBy, rewriter, MAX_ENTRY_BYTES)
  const out: Buffer[] = []
  const of = (verdict: string): Outcome => ({ verdict, sent: Buffer.concat(out) })
  for (const piece of pieces) {
    const taken = set.take(piece)
    if (taken.kind === 'refuse') return of(taken.reason)
    out.push(Buffer.from(set.out.take(ROOM)))
  }
  const verdict = set.judge()
  if (verdict.kind === 'refuse') return of(verdict.reason)
  set.close({ ...verdict, links: [{ relation: 'self', url: `${FHIR_BASE}/Observation` }], included: [] })
  out.push(set.out.take())
  return of('pass')
}

function* cutEvery(body: Buffer, size: number): Generator<Buffer> {
  for (let at = 0; at < body.length; at += size) yield body.subarray(at, at + size)
}

const observation = (patient: string, more = '') =>
  `{"resourceType":"Observation","id":"o-${patient}"${more},"subject":{"reference":"Patient/${patient}"}}`
const entry = (resource: string) =>
  `{"fullUrl":"${BASE}/Observation/x","resource":${resource},"search":{"mode":"match"}}`
const HEAD = `"resourceType":"Bundle","type":"searchset","link":[{"relation":"self","url":"${BASE}/Observation?patient=Patient%2Falice"}],"total":2`
const set = (...entries: string[]) => `{${HEAD},"entry":[${entries.join(',')}]}`
const [own, foreign] = [entry(observation('alice')), entry(observation('bob'))]

const WRONG: [string, string | Buffer, string][] = [
  ['ENF-08: another’s record', set(own, foreign, own), 'foreign-entry'],
  ['ENF-08: another’s record first', set(foreign), 'foreign-entry'],
  ['ENF-08: a record of another type', set(own, entry('{"resourceType":"Patient","id":"bob"}')), 'foreign-entry'],
  ['ENF-08: a Bundle in the place of a record', set(own, entry(set(foreign))), 'foreign-entry'],
  ['ENF-08: an entry without a record', set(own, '{"fullUrl":"bob"}'), 'foreign-entry'],
  ['ENF-60: an include that nobody asked for', set(foreign.replace('"match"', '"include"')), 'foreign-entry'],
  ['ENF-08: a record as a remark', set(foreign.replace('"match"', '"outcome"')), 'foreign-entry'],
  ['an entry that is null', set(own, 'null', foreign), 'unreadable'],
  ['an entry that is a list', set(own, `[${foreign}]`), 'unreadable'],
  ['an entry that is a text', set('"bob"'), 'unreadable'],
  ['entries that are no list', `{${HEAD},"entry":${foreign}}`, 'not-a-searchset'],
  ['ENF-13: a second list of entries', `{${HEAD},"entry":[${own}],"entry":[${foreign}]}`, 'unreadable'],
  ['ENF-13: a second list, escaped', `{${HEAD},"entry":[${own}],"\\u0065ntry":[${foreign}]}`, 'unreadable'],
  ['ENF-13: the list of entries, escaped', `{${HEAD},"\\u0065ntry":[${own},${foreign}]}`, 'foreign-entry'],
  ['ENF-13: two types', `{${HEAD},"entry":[${own}],"type":"bob"}`, 'unreadable'],
  [
    'ENF-13: two records',
    set(entry(observation('alice')).replace('"search"', '"resource":{"id":"bob"},"search"')),
    'unreadable',
  ],
  ['ENF-13: two modes', set(foreign.replace('"mode"', '"mode":"outcome","m\\u006fde"')), 'unreadable'],
  ['ENF-13: two subjects', set(entry(observation('alice', ',"subject":{"reference":"Patient/bob"}'))), 'unreadable'],
  [
    'ENF-13: two references',
    set(own.replace('"reference"', '"reference":"Patient/bob","\\u0072eference"')),
    'unreadable',
  ],
  [
    'ENF-13: a member twice, deep inside',
    set(entry(observation('alice', ',"note":[{"text":"a","text":"bob"}]'))),
    'unreadable',
  ],
  ['a bare record', observation('bob'), 'not-a-searchset'],
  ['a bare record of one’s own', observation('alice'), 'not-a-searchset'],
  ['a list of records', `[${own},${foreign}]`, 'unreadable'],
  ['nothing', '', 'unreadable'],
  ['null', 'null', 'unreadable'],
  ['an empty object', '{}', 'not-a-searchset'],
  ['a List with entries', `{"resourceType":"List","entry":[{"item":{"reference":"Patient/bob"}}]}`, 'foreign-entry'],
  ['a Bundle of another type', set(own).replace('"searchset"', '"batch-response"'), 'not-a-searchset'],
  ['a Bundle by inheritance', `{"__proto__":{${HEAD}},"entry":[${own}]}`, 'not-a-searchset'],
  ['another object behind it', `${set(own)}${set(foreign)}`, 'unreadable'],
  ['a comma behind it', `${set(own)},`, 'unreadable'],
  ['a word behind it', `${set(own)} bob`, 'unreadable'],
  ['a word before it', `bob${set(own)}`, 'unreadable'],
  ['a comma too many', set(own, ''), 'unreadable'],
  ['a comma too few', `{${HEAD},"entry":[${own}${foreign}]}`, 'unreadable'],
  ['a comma before the first', `{${HEAD},"entry":[,${own}]}`, 'unreadable'],
  ['a comma before the end', `{${HEAD},"entry":[${own}],}`, 'unreadable'],
  ['no colon', `{${HEAD},"entry"[${own}]}`, 'unreadable'],
  ['a key without quotes', `{${HEAD},entry:[${own}]}`, 'unreadable'],
  ['a comment', `{${HEAD},/*bob*/"entry":[${own}]}`, 'unreadable'],
  ['a word that is no value', `{${HEAD},"id":bob,"entry":[${own}]}`, 'unreadable'],
  ['a number that is none', set(entry(observation('alice', ',"valueInteger":01'))), 'unreadable'],
  ['brackets that do not match', set(entry(observation('alice', ',"note":[}'))), 'unreadable'],
  ['a raw control character in a text', set(entry(observation('alice', ',"note":"\u0001"'))), 'unreadable'],
  ['10,000 levels', set(entry(observation('alice', `,"x":${'['.repeat(10_000)}${']'.repeat(10_000)}`))), 'unreadable'],
  [
    '10,000 levels beside the entries',
    `{${HEAD},"x":${'['.repeat(10_000)}${']'.repeat(10_000)},"entry":[${own}]}`,
    'unreadable',
  ],
  ['an endless name', `{${HEAD},"${'a'.repeat(300)}":1}`, 'too-large'],
  [
    'a thousand members',
    `{${HEAD},${Array.from({ length: 1_000 }, (_one, at) => `"m${at}":1`).join(',')}}`,
    'unreadable',
  ],
  [
    'an entry beyond the limit',
    set(own, entry(observation('alice', `,"note":"${'a'.repeat(MAX_ENTRY_BYTES)}"`))),
    'too-large',
  ],
  ['UTF-16', Buffer.from(set(own, foreign), 'utf16le'), 'unreadable'],
  ['UTF-16, the other way round', Buffer.from(set(own, foreign), 'utf16le').swap16(), 'unreadable'],
  ['a byte order mark', `\ufeff${set(own)}`, 'unreadable'],
  ['a byte that is no UTF-8, in a text', notUtf8(set(entry(observation('alice', ',"note":"§"')))), 'unreadable'],
  ['a byte that is no UTF-8, beside the entries', notUtf8(`{${HEAD},"id":"§"}`), 'unreadable'],
  ['a byte that is no UTF-8, in a name', notUtf8(`{${HEAD},"§":1}`), 'unreadable'],
]

function notUtf8(text: string): Buffer {
  const bytes = Buffer.from(text)
  return Buffer.concat([
    bytes.subarray(0, bytes.indexOf('§')),
    Buffer.from([0xc3]),
    bytes.subarray(bytes.indexOf('§') + 2),
  ])
}

describe('a list that is not as it should be', () => {
  test.each(WRONG)('%s: the same at every cut, and nothing of Bob before', (_name, text, verdict) => {
    const body = Buffer.from(text as string)
    const sizes =
      body.length > 5_000 ? [1, 7, 4_096, body.length] : Array.from({ length: body.length }, (_one, at) => at + 1)
    for (const size of sizes.length === 0 ? [1] : sizes) {
      const outcome = outcomeOf(cutEvery(body, size))
      expect([size, outcome.verdict]).toEqual([size, verdict])
      expect(outcome.sent.toString('latin1')).not.toMatch(/bob|b\0o\0b/)
    }
  })

  test('cut off anywhere it never passes for a whole one', () => {
    const body = Buffer.from(`${set(own, own)}`)
    for (let length = 0; length < body.length; length += 1)
      expect([length, outcomeOf([body.subarray(0, length)]).verdict]).toEqual([length, 'unreadable'])
  })

  test('what is no object in the place of an entry is refused in a list that nothing confines as well', () => {
    const all: ListGuard = { kind: 'unconfined', bundle: 'searchset', types: 'any', bases: guard.bases }
    expect(outcomeOf([Buffer.from(set(own, foreign))], all).verdict).toBe('pass')
    expect(outcomeOf([Buffer.from(set(own, entry('{"resourceType":"Bob"}')))], all).verdict).toBe('foreign-entry')
  })
})

describe('a list that is right', () => {
  /** Any cut into pieces: positions as fractions. */
  const cuts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 12 })
  function* cutAt(body: Buffer, fractions: readonly number[]): Generator<Buffer> {
    const positions = [0, ...fractions.map((one) => Math.round(one * body.length)).sort((a, b) => a - b), body.length]
    for (const [at, start] of positions.slice(0, -1).entries()) yield body.subarray(start, positions[at + 1])
  }
  const text = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.constantFrom('\\', '"', '},{', '"entry":[', '\u2028', 'é', '😀'),
  )
  // JSON.parse of V8 13 may read the name `\"` as `\`, once it has seen that one: the scan then counts otherwise, and refuses.
  const isPlain = (one: unknown) => !JSON.stringify(one).includes('\\\\')
  const extra = fc.dictionary(text.filter(isPlain), fc.oneof(fc.jsonValue().filter(isPlain), text), { maxKeys: 3 })
  const item = fc.record({ extra, kind: fc.constantFrom('match', 'match', 'remark') })
  const list = fc.record({
    items: fc.array(item, { maxLength: 6 }),
    order: fc.shuffledSubarray(['resourceType', 'type', 'total', 'entry', 'link', 'id', 'signature'], { minLength: 7 }),
    indent: fc.constantFrom(undefined, 1, '\t'),
    isConfirmed: fc.boolean(),
  })
  type List = typeof list extends fc.Arbitrary<infer T> ? T : never

  const resourceOf = ({ extra: more, kind }: List['items'][number]) =>
    kind === 'remark'
      ? { ...more, resourceType: 'OperationOutcome' }
      : { ...more, resourceType: 'Observation', subject: { reference: 'Patient/alice' } }
  const entryOf = (one: List['items'][number]) => ({
    resource: resourceOf(one),
    search: { mode: one.kind === 'remark' ? 'outcome' : 'match' },
  })
  function bodyOf({ items, order, indent, isConfirmed }: List) {
    const all: Record<string, unknown> = {
      resourceType: 'Bundle',
      type: 'searchset',
      total: items.length,
      entry: items.map(entryOf),
      link: [{ relation: 'self', url: `${BASE}/Observation?patient=${isConfirmed ? 'Patient/alice' : ''}` }],
      id: 'b',
      signature: { who: 'bob' },
    }
    return Buffer.from(JSON.stringify(Object.fromEntries(order.map((key) => [key, all[key]])), null, indent))
  }

  test('comes out the same at every cut: what passed, a total that was confirmed, links of ours, nothing else', () => {
    fc.assert(
      fc.property(list, cuts, (one, fractions) => {
        const body = bodyOf(one)
        const whole = outcomeOf([body])
        expect(outcomeOf(cutAt(body, fractions))).toEqual(whole)
        expect(whole.verdict).toBe('pass')
        const matches = one.items.filter(({ kind }) => kind === 'match')
        expect(JSON.parse(whole.sent.toString())).toEqual({
          resourceType: 'Bundle',
          type: 'searchset',
          id: 'b',
          ...(one.isConfirmed ? { total: one.items.length } : {}),
          ...(matches.length === 0
            ? {}
            : { entry: matches.map(entryOf).map((two) => JSON.parse(JSON.stringify(two))) }),
          link: [{ relation: 'self', url: `${FHIR_BASE}/Observation` }],
        })
      }),
    )
  })

  test('what went out is counted by whose it is, and nothing else is', () => {
    const patient = fc.constantFrom('alice', 'carl')
    const entries = fc.array(fc.record({ patient, note: fc.constantFrom('x', 'y'), isRemark: fc.boolean() }), {
      maxLength: 20,
    })
    const both: ListGuard = { ...guard, allowances: [{ patients: new Set(['alice', 'carl']), filter: [] }] }
    fc.assert(
      fc.property(entries, cuts, fc.boolean(), (all, fractions, seesAll) => {
        const texts = all.map((one) => {
          const text = entry(observation(one.patient, `,"note":"${one.note}"`))
          return one.isRemark ? text.replace('Observation"', 'OperationOutcome"').replace('"match"', '"outcome"') : text
        })
        const trail = new Trail(guard.bases)
        const context = { requestId: '', givenId: undefined, traceparent: undefined, method: 'GET', address: '', trail }
        const unconfined: ListGuard = { kind: 'unconfined', bundle: 'searchset', types: 'any', bases: guard.bases }
        const pieces = cutAt(Buffer.from(set(...texts)), fractions)
        expect(inRequest(context, () => outcomeOf(pieces, seesAll ? unconfined : both)).verdict).toBe('pass')
        const counted = new Map<string, number>()
        for (const one of all.filter(({ isRemark }) => !isRemark))
          counted.set(one.patient, (counted.get(one.patient) ?? 0) + 1)
        const expected = [...counted].map(([id, Observation]) => ({
          patient: id,
          types: { Observation },
          ...(Observation === 1 ? { record: `Observation/o-${id}` } : {}),
        }))
        expect(trail.disclosures.list()).toEqual(expect.arrayContaining(expected))
        expect(trail.disclosures.list().length).toBe(expected.length)
      }),
    )
  })

  test('ENF-13: keeps the characters of its entries, but for addresses', () => {
    const odd = `{ "search" : { } ,\n"resource":{"resourceType":"Observation","subject":{"reference":"${BASE}/Patient/alice"},"value":[70.10,1e3,-0.0,"\\u00e9\\/é"]}}`
    const { sent } = outcomeOf([Buffer.from(set(odd, own))])
    expect(sent.toString()).toContain(`"entry":[${odd.replace(BASE, FHIR_BASE)},${own.replace(BASE, FHIR_BASE)}]`)
  })

  test('what passes is what JSON.parse reads in one way and the guard lets pass, and all of that passes', () => {
    const letter = fc.constantFrom('"', '\\', '{', '}', '[', ']', ',', ':', ' ', 'u', '0', '-', 'bob', '')
    const change = fc.record({ at: fc.double({ min: 0, max: 1, noNaN: true }), length: fc.nat(2), letter })
    let passed = 0
    fc.assert(
      fc.property(list, fc.array(change, { maxLength: 2 }), cuts, (one, changes, fractions) => {
        let changed = bodyOf({ ...one, isConfirmed: true }).toString()
        for (const { at, length, letter: by } of changes) {
          const start = Math.round(at * changed.length)
          changed = changed.slice(0, start) + by + changed.slice(start + length)
        }
        const isPassed = outcomeOf(cutAt(Buffer.from(changed), fractions)).verdict === 'pass'
        expect([changed, isPassed]).toEqual([changed, isUsable(changed)])
        passed += isPassed ? 1 : 0
      }),
      { numRuns: 2_000 },
    )
    expect(passed).toBeGreaterThan(200)
  })

  function isUsable(body: string): boolean {
    const parsed = parseStrictly(Buffer.from(body))
    return parsed !== undefined && judgeSearchset(guard, parsed.value).kind === 'pass'
  }
})
