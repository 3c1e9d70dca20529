import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { compileCondition } from '../../smart/fhir/condition.ts'
import { type EntryVerdict, judgeEntry, type ListGuard } from '../../smart/plan/guard.ts'
import { EntryScan } from './entry-scan.ts'
import { EntryVerdicts } from './entry-verdicts.ts'

const BASES = ['https://smart.example/fhir', 'http://upstream.internal/r4']
const alice = new Set(['alice'])
const category = compileCondition('Observation', 'category', 'a')
if (category === undefined) throw new Error('category')

function guardOf(type: string, more: Partial<Extract<ListGuard, { kind: 'searchset' }>> = {}): ListGuard {
  const allowances = [{ patients: alice, filter: [] }]
  const guard = {
    kind: 'searchset',
    type,
    allowances,
    bases: BASES,
    confining: [],
    exact: true,
    countOnly: false,
  } as const
  return { ...guard, includes: [], ...more }
}

const guards: [string, ListGuard][] = [
  ['records of one patient', guardOf('Observation')],
  ['under a condition', guardOf('Observation', { allowances: [{ patients: alice, filter: [category] }] })],
  [
    'by one clause or another',
    guardOf('Observation', {
      allowances: [
        { patients: alice, filter: [category] },
        { patients: new Set(['carl']), filter: [] },
      ],
    }),
  ],
  [
    'but for a patient’s own wish',
    guardOf('Observation', { allowances: [{ patients: 'any', filter: [], withheld: alice }] }),
  ],
  ['patients', guardOf('Patient')],
  ['where several are named', guardOf('Appointment')],
  ['everything', { kind: 'unconfined', bundle: 'searchset', types: 'any', bases: BASES }],
  ['a history', { kind: 'unconfined', bundle: 'history', types: new Set(['Observation']), bases: BASES }],
]

const to = (id: string) => ({ reference: `Patient/${id}` })
const subject = fc.constantFrom(
  undefined,
  to('alice'),
  to('bob'),
  to('carl'),
  [to('alice')],
  [to('alice'), to('bob')],
  null,
  'alice',
)
const resource = fc.record(
  {
    resourceType: fc.constantFrom('Observation', 'Patient', 'Appointment', 'OperationOutcome', 'Unicorn'),
    id: fc.constantFrom('alice', 'bob', 'o'),
    subject,
    category: fc.constantFrom([{ coding: [{ code: 'a' }] }], [{ coding: [{ code: 'b' }] }], []),
    participant: fc.constantFrom([{ actor: to('alice') }], [{ actor: to('bob') }, { actor: to('alice') }], []),
    note: fc.constantFrom('x', 'y'),
  },
  { requiredKeys: ['resourceType'] },
)
const entry = fc.record(
  {
    resource,
    search: fc.constantFrom({ mode: 'match' }, { mode: 'outcome' }, { mode: 'include' }, null),
    request: fc.constantFrom({ method: 'DELETE', url: 'Observation/1' }, { method: 'PUT', url: 'Patient/1' }),
  },
  { requiredKeys: [] },
)

test.each(guards)('ENF-08: a verdict that is known is the one that judging gives: %s', (_name, guard) => {
  let known = 0
  fc.assert(
    fc.property(fc.array(entry, { minLength: 2, maxLength: 30 }), (entries) => {
      const scan = new EntryScan('upstream.internal', 98)
      const verdicts = new EntryVerdicts(guard, scan, () => undefined)
      const given = entries.map((one): [string, EntryVerdict] => {
        const json = JSON.stringify(one)
        const bytes = Buffer.from(json)
        expect(scan.end(bytes, 0)).toBe(bytes.length)
        const verdict = verdicts.precedent(bytes)?.verdict
        known += verdict === undefined ? 0 : 1
        return [json, verdict ?? verdicts.judge(JSON.parse(json), bytes, 0)]
      })
      expect(given).toEqual(
        entries.map((one) => [JSON.stringify(one), judgeEntry(guard, JSON.parse(JSON.stringify(one)))]),
      )
    }),
  )
  expect(known).toBeGreaterThan(50)
})
