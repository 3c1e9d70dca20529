import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { compileAccess } from '../access/access.ts'
import { parseInteraction } from '../fhir/interaction.ts'
import { type Guard, judgeAround, judgeEntry, judgeSearchset, type ListGuard } from './guard.ts'
import { plan } from './plan.ts'

const proven = new Set(['Observation'])

function guardOf(scope: string, url: string, context: object = { patient: 'alice' }): Guard {
  const parsed = parseInteraction('GET', `/${url}`, '')
  if (!parsed.ok) throw new Error(parsed.message)
  const settings = { panelLimit: 3, bases: ['https://smart.example/fhir'], proven }
  const decided = plan(
    compileAccess({ client_id: 'app', scope, ...context }),
    { kind: 'none' },
    parsed.interaction,
    settings,
  )
  if (decided.kind !== 'forward') throw new Error(decided.kind)
  return decided.guard
}

describe('whether a search is known to be confined exactly', () => {
  test.each<[string, string, string, object | undefined, boolean]>([
    ['a type that was found to be confined', 'patient/*.rs', 'Observation?code=1', undefined, true],
    ['one that was not', 'patient/*.rs', 'Condition?code=1', undefined, false],
    [
      'with a condition of the scope, which was not tried',
      'patient/Observation.rs?category=a',
      'Observation',
      undefined,
      false,
    ],
    ['nothing to confine', 'patient/*.rs', 'Practitioner', undefined, true],
    ['everybody’s', 'system/*.rs', 'Condition', {}, true],
    ['everybody’s, with a condition', 'system/Condition.rs?category=a', 'Condition', {}, false],
  ])('%s', (_name, scope, url, context, exact) => {
    expect(guardOf(scope, url, context)).toMatchObject({ kind: 'searchset', exact })
  })
})

describe('ENF-08: a list is judged entry by entry as it is judged as a whole', () => {
  const resource = fc.oneof(
    fc.record({
      resourceType: fc.constantFrom('Observation', 'OperationOutcome', 'Patient'),
      subject: fc.constantFrom({ reference: 'Patient/alice' }, { reference: 'Patient/bob' }),
    }),
    fc.constantFrom(undefined, null, 'x', []),
  )
  const entry = fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({
        resource,
        search: fc.constantFrom(undefined, null, { mode: 'match' }, { mode: 'outcome' }, { mode: 'include' }),
      }),
    },
    fc.constantFrom(null, 'x', [], {}),
  )
  const guards = [
    guardOf('patient/*.rs', 'Observation'),
    guardOf('patient/*.rs', 'Observation?_summary=count'),
    guardOf('system/*.rs', '_history', {}),
    guardOf('system/*.rs', '?_type=Observation', {}),
  ] as ListGuard[]

  test.each(guards)('%#', (guard) => {
    const verdicts = new Set<string>()
    fc.assert(
      fc.property(
        fc.constantFrom('searchset', 'history'),
        fc.array(entry, { maxLength: 3 }),
        fc.constantFrom('patient=Patient/alice', ''),
        (type, entries, query) => {
          const around = { resourceType: 'Bundle', type, link: [{ relation: 'self', url: `http://x/?${query}` }] }
          const whole = judgeSearchset(guard, { ...around, entry: entries })
          const byOne = entries.map((one) => judgeEntry(guard, one))
          const rest = judgeAround(guard, around)
          const isPassed = rest.kind === 'pass' && !byOne.includes('foreign')
          expect(whole.kind).toBe(isPassed ? 'pass' : 'refuse')
          if (whole.kind === 'pass')
            expect([...whole.outcomes]).toEqual([...byOne.keys()].filter((at) => byOne[at] === 'remark'))
          verdicts.add(whole.kind)
        },
      ),
      { numRuns: 500 },
    )
    expect([...verdicts].sort()).toEqual(['pass', 'refuse'])
  })
})
