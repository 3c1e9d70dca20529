// The decision alone: what apps of patients and clinicians ask for, decided as often as one core can.
import { type Access, compileAccess } from '../../smart/access/access.ts'
import type { Reach } from '../../smart/access/reach.ts'
import { type Interaction, parseInteraction } from '../../smart/fhir/interaction.ts'
import { type PlanSettings, plan } from '../../smart/plan/plan.ts'
import { FHIR_BASE } from './token.ts'

const SECONDS = 2
const REQUESTS = [
  'Patient/ana',
  'Observation/o-1',
  'Observation?category=laboratory&_count=50',
  'Observation?code=http://loinc.org|2339-0&date=ge2025-01-01&_sort=-date',
  'MedicationRequest?status=active&_include=MedicationRequest:medication',
  'Encounter?patient=ana',
  'Condition/c-1/_history/2',
  'AllergyIntolerance',
]
const SCOPES: [string, object, Reach][] = [
  ['patient/*.rs', { patient: 'ana' }, { kind: 'none' }],
  [
    'launch/patient openid patient/Patient.r patient/Observation.rs?category=laboratory',
    { patient: 'ana' },
    { kind: 'none' },
  ],
  ['user/*.cruds', { person: 'Practitioner/wei' }, { kind: 'patients', ids: new Set(['ana', 'ben', 'clara']) }],
  ['system/*.rs', {}, { kind: 'none' }],
]

/** Decisions a second. */
export function decisionsASecond(): number {
  const settings: PlanSettings = { panelLimit: 500, bases: [FHIR_BASE, 'http://upstream.internal/r4'] }
  const asked = REQUESTS.map((url): Interaction => {
    const parsed = parseInteraction('GET', `/${url}`, '')
    if (!parsed.ok) throw new Error(`${url}: ${parsed.message}`)
    return parsed.interaction
  })
  const callers = SCOPES.map(([scope, who, reach]): [Access, Reach] => [
    compileAccess({ client_id: 'app', scope, ...who }),
    reach,
  ])
  const round = () => {
    for (const [access, reach] of callers) for (const interaction of asked) plan(access, reach, interaction, settings)
  }
  for (let at = 0; at < 5_000; at += 1) round()
  const before = process.cpuUsage()
  const until = performance.now() + SECONDS * 1000
  let rounds = 0
  while (performance.now() < until) {
    for (let at = 0; at < 100; at += 1) round()
    rounds += 100
  }
  const { user, system } = process.cpuUsage(before)
  return (rounds * callers.length * asked.length) / ((user + system) / 1e6)
}
