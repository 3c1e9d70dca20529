import { describe, expect, test } from '@jest/globals'
import { compileAccess } from '../access/access.ts'
import type { Reach } from '../access/reach.ts'
import { DEFAULT_RULES } from '../fhir/compartment.ts'
import { parseInteraction } from '../fhir/interaction.ts'
import type { PlanSettings } from '../plan/plan.ts'
import { type DecisionLine, decisionLine, isSame, replay } from './decision-line.ts'

const settings: PlanSettings = { panelLimit: 3, bases: ['https://smart.example/fhir'] }
const SECRET = /zoe|zebra|4711|1970|quill/i

type Caller = { scope: string; patient?: string; person?: string; reach?: Reach }
const none: Reach = { kind: 'none' }
const ANA: Caller = {
  ...{ scope: 'patient/*.cruds openid', patient: 'zoe-4711', person: 'Patient/zoe-4711' },
  reach: { kind: 'patients', ids: new Set(['zoe-4711']) },
}
const NARROW: Caller = { ...ANA, scope: 'patient/Observation.rs?category=http://c|lab patient/Patient.r' }
const panel = (size: number): Reach => ({
  kind: 'patients',
  ids: new Set(Array.from({ length: size }, (_one, at) => `zebra-${at}`)),
})
const NORA: Caller = { scope: 'user/*.rs', person: 'Practitioner/quill', reach: panel(2) }
const BUSY: Caller = { ...NORA, reach: panel(5) }
const ALL: Caller = { ...NORA, reach: { kind: 'all' } }
const CHART: Caller = { scope: 'patient/*.rs launch', patient: 'zoe-4711', person: 'Practitioner/quill' }
const SYSTEM: Caller = { scope: 'system/*.rs system/Observation.c' }

function lineFor({ scope, reach = none, ...who }: Caller, request: string, under = settings): DecisionLine {
  const [method = '', url = ''] = request.split(' ')
  const parsed = parseInteraction(method, `/${url}`, '')
  if (!parsed.ok) throw new Error(parsed.message)
  const access = compileAccess({ client_id: 'app', scope, ...who })
  const line = decisionLine({ client: 'app', scope, access, reach, interaction: parsed.interaction }, under)
  if (line === undefined) throw new Error(request)
  return line
}

const REQUESTS = [
  'GET Patient/zoe-4711',
  'GET Observation/zebra-1/_history/1970',
  'GET Observation/zebra/_history?_since=1970-04-01',
  'GET Observation/_history',
  'GET _history',
  'GET Observation',
  'GET Observation?code=zebra,quill&date=ge1970-01-01&_count=20&_sort=-date',
  'GET Observation?code:not=zebra&category:missing=true&_summary=count',
  'GET Observation?patient=Patient/zoe-4711&_include=Observation:subject&_revinclude:iterate=Provenance:target',
  'GET Observation?subject:Patient.name=Zebra&_total=none',
  'GET Patient?_has:Observation:patient:code=4711',
  'GET Patient?name=Zebra&birthdate=1970-01-01&identifier=http://x|4711',
  'GET Patient?Zebra=4711',
  'GET Patient?_sort=Zebra',
  'GET Patient?_elements=name,zoe',
  'GET Patient?_filter=name+eq+Zebra',
  'GET Practitioner?name=Zebra',
  'GET AuditEvent?patient=zoe-4711',
  'GET ?_type=Patient,Observation&_lastUpdated=gt1970',
  'GET Patient/zoe-4711/$everything?start=1970-01-01&_type=Observation',
  'GET Observation/$lastn?max=3&category=zebra&patient=zoe-4711',
  'GET Patient/zoe-4711/$zebra',
  'GET Patient/zoe-4711/*?_since=1970-01-01',
  'GET Binary/zebra',
  'GET $export?_since=1970-01-01T00:00:00Z',
  'POST Observation',
  'PUT Observation/zebra',
  'PATCH Observation/zebra',
  'DELETE Observation/zebra?_hardDelete=true',
]
const CALLERS = { ANA, NARROW, NORA, BUSY, ALL, CHART, SYSTEM }

/** Of a panel that is too large, whether a patient who is named is on it is not told. */
const IS_NOT_TOLD = 'BUSY GET Observation?patient=Patient/zoe-4711'

describe.each(Object.entries(CALLERS))('%s', (name, caller) => {
  test.each(REQUESTS)('%s: told without a word of anybody, and decided alike when it is asked again', (request) => {
    const line = lineFor(caller, request)
    expect(JSON.stringify(line)).not.toMatch(SECRET)
    const isTold = !`${name} ${request}`.startsWith(IS_NOT_TOLD)
    expect(line.isExact).toBe(isTold)
    if (!isTold) return
    expect(replay(line, { settings })).toEqual({
      decision: line.decision,
      shape: line.shape,
      ...(line.reason === undefined ? {} : { reason: line.reason }),
      ...(line.needs === undefined ? {} : { needs: line.needs }),
    })
  })
})

test('what it says', () => {
  expect(lineFor(ANA, 'GET Observation?code=4711,zebra&_count=20&_include=Observation:subject')).toEqual({
    ...{ client: 'app', scope: 'patient/*.cruds openid', person: 'Patient', patient: 'own', reach: 1 },
    request: 'GET Observation?code=*,*&_count=20&_include=Observation:subject',
    decision: 'allowed',
    shape: ['Observation?code&_count&patient of some'],
    isExact: true,
  })
  expect(lineFor(NARROW, 'GET Condition')).toMatchObject({
    ...{ decision: 'denied', reason: 'insufficient-scope', needs: 'patient/Condition.s', shape: [] },
  })
})

test('filters of scopes keep their codes and times, and no record or identifier', () => {
  const scope =
    'patient/Observation.rs?category=lab&date=ge2026 patient/Observation.rs?performer=Practitioner/quill patient/Patient.r?_id=zoe-4711 patient/Patient.rs?identifier=4711 patient/Zebra.rs?name=zoe'
  const line = lineFor({ ...ANA, scope }, 'GET Observation')
  expect(line.scope).toBe(
    'patient/Observation.rs?category=lab&date=ge2026 patient/Observation.rs?performer=Practitioner/x patient/Patient.r?_id=x patient/Patient.rs?identifier=x patient/Zebra.rs',
  )
  expect(line.isExact).toBe(true)
})

test('a page, a bundle and what is open to all are not decided by scopes', () => {
  const access = compileAccess({ client_id: 'app', scope: ANA.scope })
  const asked = { client: 'app', scope: '', access, reach: none }
  for (const interaction of [{ kind: 'page', handle: 'x' }, { kind: 'bundle' }, { kind: 'capabilities' }] as const)
    expect(decisionLine({ ...asked, interaction }, settings)).toBeUndefined()
})

test('what hung on the FHIR server of that time is seen when it is asked again', () => {
  const line = lineFor(ANA, 'GET Observation', { ...settings, unconfinable: new Set(['Observation']) })
  const again = replay(line, { settings })
  expect([line.reason, again?.decision, again !== undefined && isSame(line, again)]).toEqual([
    'not-confinable',
    'allowed',
    false,
  ])
})

describe('under other rules', () => {
  const changed = (line: DecisionLine, policy: Parameters<typeof replay>[1]) => {
    const again = replay(line, policy)
    return again === undefined ? undefined : [isSame(line, again), again.decision, again.reason ?? again.shape]
  }
  test.each<[string, Caller, string, Partial<Parameters<typeof replay>[1]>, unknown]>([
    [
      'fewer scopes',
      ANA,
      'GET Condition',
      { scope: 'patient/Observation.rs' },
      [false, 'denied', 'insufficient-scope'],
    ],
    ['the same scopes', ANA, 'GET Condition', { scope: ANA.scope }, [true, 'allowed', ['Condition?patient of some']]],
    [
      'a narrower scope',
      ANA,
      'GET Observation',
      { scope: 'patient/Observation.rs?category=lab' },
      [false, 'allowed', ['Observation?category&patient of some with category=lab']],
    ],
    [
      'a smaller panel',
      NORA,
      'GET Observation',
      { settings: { ...settings, panelLimit: 1 } },
      [false, 'denied', 'too-costly'],
    ],
    [
      'no reach for clinicians',
      NORA,
      'GET Observation',
      { practitionerReach: 'none' },
      [false, 'denied', 'outside-reach'],
    ],
    [
      'reach for clinicians, who are none',
      ANA,
      'GET Observation',
      { practitionerReach: 'none' },
      [true, 'allowed', ['Observation?patient of some']],
    ],
    [
      'all for clinicians',
      NORA,
      'GET Observation',
      { practitionerReach: 'all' },
      [false, 'allowed', ['Observation of anyone']],
    ],
    [
      'another line around a patient',
      ANA,
      'GET Observation',
      { settings: { ...settings, compartment: { ...DEFAULT_RULES, definition: 'full' } } },
      [false, 'allowed', ['Observation?_count&patient of some', 'Observation?_count&performer of some']],
    ],
    [
      'nothing shared',
      ANA,
      'GET Practitioner',
      { settings: { ...settings, compartment: { ...DEFAULT_RULES, shared: new Set() } } },
      [false, 'denied', 'not-confinable'],
    ],
    [
      'a panel for clinicians who had none',
      { ...NORA, reach: none },
      'GET Observation',
      { practitionerReach: 'panel' },
      undefined,
    ],
    [
      'a panel, where whom they reach does not matter',
      { ...CHART, reach: none },
      'GET Observation',
      { practitionerReach: 'panel' },
      [true, 'allowed', ['Observation?patient of some']],
    ],
  ])('%s', (_name, caller, request, policy, expected) => {
    expect(changed(lineFor(caller, request), { settings, ...policy })).toEqual(expected)
  })
})
