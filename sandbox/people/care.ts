// How care is organised around a patient: team, plan, goal, insurance and implanted devices.
import type { CarePlan, CareTeam, Coverage, Device, Goal, Resource } from '@medplum/fhirtypes'
import { type Chart, recordId } from './chart.ts'
import { CLINIC_ID, clinicianName, INSURER_ID } from './clinicians.ts'
import { concept, daysBefore, hl7, reference, SYSTEMS, usCore } from './coding.ts'

export function careResources(chart: Chart): Resource[] {
  const { person, subject, today } = chart
  const since = daysBefore(today, 365)
  const team: CareTeam = {
    resourceType: 'CareTeam',
    id: recordId(chart, 'care-team'),
    meta: usCore('careteam'),
    status: 'active',
    name: `Care team of ${person.given} ${person.family}`,
    subject,
    period: { start: since },
    participant: [
      {
        role: [concept(SYSTEMS.snomed, '446050000', 'Primary care physician')],
        member: reference('Practitioner', person.careTeam, clinicianName(person.careTeam)),
      },
      { role: [concept(SYSTEMS.snomed, '116154003', 'Patient')], member: subject },
    ],
    managingOrganization: [reference('Organization', CLINIC_ID, 'Harbour Clinic')],
  }
  const goal: Goal = {
    resourceType: 'Goal',
    id: recordId(chart, 'goal', 1),
    meta: usCore('goal'),
    lifecycleStatus: 'active',
    description: {
      text: chart.random.pick(['Walk half an hour a day', 'Sleep eight hours', 'Eat two pieces of fruit a day']),
    },
    subject,
    startDate: since,
    target: [{ dueDate: daysBefore(today, -180) }],
  }
  const plan: CarePlan = {
    resourceType: 'CarePlan',
    id: recordId(chart, 'care-plan', 1),
    meta: usCore('careplan'),
    text: {
      status: 'generated',
      div: '<div xmlns="http://www.w3.org/1999/xhtml">Yearly check-up and the goal agreed on.</div>',
    },
    status: 'active',
    intent: 'plan',
    category: [
      concept(
        'http://hl7.org/fhir/us/core/CodeSystem/careplan-category',
        'assess-plan',
        'Assessment and plan of treatment',
      ),
    ],
    subject,
    period: { start: since },
    careTeam: [reference('CareTeam', recordId(chart, 'care-team'))],
    goal: [reference('Goal', recordId(chart, 'goal', 1))],
  }
  return [team, goal, plan, coverage(chart), ...devices(chart)]
}

function coverage(chart: Chart): Coverage {
  return {
    resourceType: 'Coverage',
    id: recordId(chart, 'coverage', 1),
    meta: usCore('coverage'),
    identifier: [
      {
        type: hl7('v2-0203', 'MB', 'Member Number'),
        system: 'https://northwind.example/members',
        value: `NW-${chart.random.int(100_000, 999_999)}`,
      },
    ],
    status: 'active',
    type: concept('https://nahdo.org/sopt', '5', 'Private health insurance'),
    beneficiary: chart.subject,
    relationship: hl7('subscriber-relationship', 'self', 'Self'),
    period: { start: daysBefore(chart.today, 700) },
    payor: [reference('Organization', INSURER_ID, 'Northwind Health Plan')],
  }
}

/** Older patients have a pacemaker. */
function devices(chart: Chart): Device[] {
  if (chart.person.age < 65) return []
  return [
    {
      resourceType: 'Device',
      id: recordId(chart, 'pacemaker'),
      meta: usCore('implantable-device'),
      status: 'active',
      udiCarrier: [{ deviceIdentifier: '09504000059118', carrierHRF: '(01)09504000059118(21)SN-1' }],
      serialNumber: `SN-${chart.random.int(10_000, 99_999)}`,
      type: concept(SYSTEMS.snomed, '14106009', 'Cardiac pacemaker'),
      patient: chart.subject,
    },
  ]
}
