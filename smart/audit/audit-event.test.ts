import { describe, expect, test } from '@jest/globals'
import type { AuditEvent } from '@medplum/fhirtypes'
import { validationOutcome } from '../../sandbox/fhir-server/validate.ts'
import { accessRecord as record } from '../../test/testing/access-record.ts'
import type { AccessRecord } from './audit.ts'
import { byPatient } from './audit-by-patient.ts'
import { auditEvent } from './audit-event.ts'

const FHIR_BASE = 'https://smart.example.org/fhir'
const BALP = 'https://profiles.ihe.net/ITI/BALP'

type Event = {
  meta?: { profile: string[] }
  subtype?: { code: string }[]
  action: string
  outcome: string
  agent: {
    type: { coding: { code: string }[] }
    who: object
    requestor: boolean
    policy?: string[]
    network?: { address?: string }
  }[]
  entity: {
    what?: { reference?: string; identifier?: { value: string } }
    type: { code: string }
    role?: { code: string }
    query?: string
    detail?: object[]
  }[]
}
const eventOf = (changed?: Partial<AccessRecord>) => auditEvent(record(changed), FHIR_BASE) as Event
/** By R4's own definition. */
const faultsOf = (event: Event) =>
  validationOutcome('AuditEvent', event as unknown as AuditEvent).issue.filter(
    ({ severity }) => severity !== 'information',
  )
const codesOf = ({ agent }: Event) => agent.map(({ type }) => type.coding.map(({ code }) => code).join(' '))
const search = { uri: 'Observation?patient&date', disclosed: [{ patient: 'alice', types: { Observation: 12 } }] }

describe('SEED-66: the pattern of BALP for each interaction: profile, action, and the parts of client, server and person', () => {
  const dicom = { source: '110153', destination: '110152' }
  test.each<[string, Partial<AccessRecord>, string | undefined, string, string[]]>([
    ['read', {}, 'PatientRead', 'R', [dicom.destination, dicom.source, 'IRCP UserOauthAgent']],
    ['vread', {}, 'PatientRead', 'R', [dicom.destination, dicom.source, 'IRCP UserOauthAgent']],
    ['search-type', search, 'PatientQuery', 'E', [dicom.source, dicom.destination, 'IRCP UserOauthAgent']],
    ['search-system', search, 'PatientQuery', 'E', [dicom.source, dicom.destination, 'IRCP UserOauthAgent']],
    ['create', {}, 'PatientCreate', 'C', [dicom.source, dicom.destination, 'AUT UserOauthAgent']],
    ['update', {}, 'PatientUpdate', 'U', [dicom.source, dicom.destination, 'AUT UserOauthAgent']],
    ['patch', {}, 'PatientUpdate', 'U', [dicom.source, dicom.destination, 'AUT UserOauthAgent']],
    ['delete', {}, 'PatientDelete', 'D', ['110150', 'custodian', 'AUT UserOauthAgent']],
    ['history-instance', {}, undefined, 'R', [dicom.destination, dicom.source, 'IRCP UserOauthAgent']],
    ['$everything', {}, undefined, 'E', [dicom.source, dicom.destination, 'IRCP UserOauthAgent']],
    ['transaction', {}, undefined, 'E', [dicom.source, dicom.destination, 'IRCP UserOauthAgent']],
  ])('%s', (operation, changed, profile, action, agents) => {
    const event = eventOf({ operation, ...changed })
    const basic = profile === undefined ? [] : [`${BALP}/StructureDefinition/IHE.BasicAudit.${profile}`]
    const byToken = `${BALP}/StructureDefinition/IHE.BasicAudit.OAUTHaccessTokenUse.Minimal`
    expect(event.meta?.profile).toEqual([...basic, byToken])
    expect([event.action, event.outcome, codesOf(event)]).toEqual([action, '0', agents])
    expect(event.subtype?.map(({ code }) => code)).toEqual([operation.startsWith('$') ? 'operation' : operation])
    expect(faultsOf(event)).toEqual([])
  })
})

test('SEED-66: the agents are named by ids: the client, the server by its base, the person by record, account and token', () => {
  const { agent } = eventOf()
  expect(agent.map(({ who, requestor }) => [who, requestor])).toEqual([
    [{ identifier: { value: 'app' } }, false],
    [{ identifier: { value: FHIR_BASE } }, false],
    [
      { reference: 'Practitioner/wei', identifier: { system: 'https://smart.example.org', value: 'hash-of-wei' } },
      true,
    ],
  ])
  expect(agent[0]?.network?.address).toBe('192.0.2.7')
  expect(agent[2]?.policy).toEqual(['urn:ietf:params:oauth:jti:the-jti'])
})

test('SEED-66: the entities of a read: patient, record, request', () => {
  expect(eventOf().entity).toMatchObject([
    { what: { reference: 'Patient/alice' }, type: { code: '1' }, role: { code: '1' } },
    { what: { reference: 'Observation/of-alice' }, type: { code: '2' }, role: { code: '4' } },
    { what: { identifier: { value: 'theirs' } }, type: { code: 'XrequestId' } },
  ])
})

test('SEED-66: of a search: patient with counts, the query by names of parameters, no record', () => {
  const { record: _record, ...rest } = record()
  const { entity } = auditEvent({ ...rest, operation: 'search-type', ...search }, FHIR_BASE) as Event
  expect(entity).toMatchObject([
    { what: { reference: 'Patient/alice' }, detail: [{ type: 'Observation', valueString: '12' }] },
    { type: { code: '2' }, role: { code: '24' }, query: Buffer.from('Observation?patient&date').toString('base64') },
    { type: { code: 'XrequestId' } },
  ])
})

test('SEED-66: a client that acts for itself asks as itself, with no person beside it', () => {
  const event = eventOf({ actor: { clientId: 'backend', subject: 'backend', tokenId: 'j' } })
  expect(event.agent.map(({ requestor }) => requestor)).toEqual([true, false])
  expect(event.meta?.profile).toEqual([`${BALP}/StructureDefinition/IHE.BasicAudit.PatientRead`])
  expect(faultsOf(event)).toEqual([])
})

test.each([
  ['denied', '4'],
  ['failed', '8'],
] as const)('SEED-66: what was %s claims no pattern of what succeeds', (outcome, code) => {
  const event = eventOf({ outcome, reason: 'not-found', disclosed: [], actor: {} })
  expect([event.outcome, event.meta]).toEqual([code, undefined])
  expect(event.entity.map(({ what }) => what?.reference)).toEqual(['Observation/of-alice', undefined])
  expect(faultsOf(event)).toEqual([])
})

describe('SEED-66: one for each patient, of whom it tells and of nobody else', () => {
  const shared = record({
    operation: '$everything',
    record: 'Patient/bob',
    actor: { ...record().actor, patient: 'bob' },
    disclosed: [
      { patient: 'bob', types: { Patient: 1, Appointment: 1 } },
      { patient: 'alice', types: { Appointment: 1 }, record: 'Appointment/of-both' },
      { types: { Practitioner: 3 } },
    ],
  })

  test('each has its own counts, and neither context nor record of the other', () => {
    const parts = byPatient(shared)
    expect(parts.map(({ disclosed }) => disclosed.map(({ patient }) => patient))).toEqual([['bob'], ['alice']])
    const [ofBob, ofAlice] = parts.map((part) => JSON.stringify(auditEvent(part, FHIR_BASE)))
    expect(ofAlice).not.toContain('bob')
    expect(ofBob).not.toContain('alice')
    expect(parts.map(({ record: key, actor }) => [key, actor.patient])).toEqual([
      ['Patient/bob', 'bob'],
      [undefined, undefined],
    ])
  })

  test('a write is of all whom it names', () => {
    const written = record({
      operation: 'update',
      record: 'Appointment/of-both',
      disclosed: shared.disclosed.slice(0, 2),
    })
    expect(byPatient(written).map(({ record: key }) => key)).toEqual(['Appointment/of-both', 'Appointment/of-both'])
  })

  test('what is of no patient, or of more than are named, has one of its own', () => {
    expect(byPatient(record({ disclosed: [] }))).toEqual([record({ disclosed: [] })])
    const cut = byPatient({ ...shared, isCut: true })
    expect(cut.map(({ disclosed, isCut }) => [disclosed.map(({ patient }) => patient), isCut])).toEqual([
      [['bob'], undefined],
      [['alice'], undefined],
      [[undefined], true],
    ])
  })
})
