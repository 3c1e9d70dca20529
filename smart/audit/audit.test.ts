import { describe, expect, test } from '@jest/globals'
import { accessRecord } from '../../test/testing/access-record.ts'
import { parseInteraction } from '../fhir/interaction.ts'
import { auditFields, auditFieldsWithoutIds } from './audit.ts'
import { auditRows, oldestKept } from './audit-rows.ts'
import { askedFor, operationName, uriPattern } from './audited-interaction.ts'
import { Disclosures } from './disclosures.ts'

const record = accessRecord({
  operation: 'search-type',
  uri: 'Observation?patient',
  disclosed: [
    { patient: 'alice', types: { Observation: 2 } },
    { patient: 'bob', types: { Observation: 1 }, record: 'Observation/of-bob' },
    { types: { Practitioner: 1 } },
  ],
})

test('SEED-66: the names of Azure’s audit log, where they fit', () => {
  expect(auditFields(record)).toEqual({
    LogCategory: 'AuditLogs',
    TimeGenerated: '2026-05-04T08:00:00.000Z',
    OperationName: 'search-type',
    FhirResourceType: 'Observation',
    RequestUri: 'Observation?patient',
    ResultType: 'Succeeded',
    StatusCode: 200,
    OperationDuration: 12,
    CorrelationId: 'theirs',
    CallerIPAddress: '192.0.2.7',
    CallerIdentityIssuer: 'https://smart.example.org',
    CallerIdentityObjectId: 'hash-of-wei',
    CallerIdentity: {
      clientId: 'app',
      subject: 'hash-of-wei',
      person: 'Practitioner/wei',
      patient: 'alice',
      tokenId: 'the-jti',
    },
    Properties: {
      id: record.id,
      requestId: 'ours',
      outcome: 'allowed',
      record: 'Observation/of-alice',
      disclosed: record.disclosed,
    },
  })
})

test('SEED-66: lines that others read have counts in place of ids', () => {
  const fields = auditFieldsWithoutIds(record)
  expect(fields.Properties).toEqual({
    id: record.id,
    requestId: 'ours',
    outcome: 'allowed',
    disclosed: { patients: 2, records: { Observation: 3, Practitioner: 1 } },
  })
  expect(JSON.stringify(fields)).not.toMatch(/alice|bob|Practitioner\/wei/)
  const linked = auditFieldsWithoutIds({
    kind: 'authentication',
    id: 'i',
    at: record.at,
    operation: 'POST /links',
    outcome: 'denied',
    reason: 'invalid_request',
    actor: { clientId: 'desk' },
    target: { subject: 'hash-of-bob', record: 'Patient/bob' },
  })
  expect(linked).toMatchObject({
    ResultType: 'Failed',
    Properties: { outcome: 'denied', reason: 'invalid_request', target: { subject: 'hash-of-bob' } },
  })
  expect(JSON.stringify(linked)).not.toContain('Patient/bob')
})

describe('SEED-66: what was asked, without what people put into it', () => {
  test.each([
    ['GET', 'Patient/42', 'read', 'Patient/[id]', { type: 'Patient', record: 'Patient/42' }],
    ['GET', 'Patient/42/_history/3', 'vread', 'Patient/[id]/_history/[vid]', { type: 'Patient', record: 'Patient/42' }],
    [
      'GET',
      'Patient/42/_history',
      'history-instance',
      'Patient/[id]/_history',
      { type: 'Patient', record: 'Patient/42' },
    ],
    ['GET', 'Patient/_history', 'history-type', 'Patient/_history', { type: 'Patient' }],
    ['GET', '_history', 'history-system', '_history', {}],
    ['GET', 'Patient?name=Ruiz&name=Ana', 'search-type', 'Patient?name', { type: 'Patient' }],
    [
      'GET',
      'Patient?name:exact=Ruiz&_has:Observation:patient:code=1',
      'search-type',
      'Patient?name&_has',
      { type: 'Patient' },
    ],
    [
      'GET',
      'Observation?subject.name=Ruiz&Ruiz=1&_count=3',
      'search-type',
      'Observation?subject&*&_count',
      { type: 'Observation' },
    ],
    ['GET', '?_type=Patient&name=Ruiz', 'search-system', '?_type&*', {}],
    ['POST', 'Patient', 'create', 'Patient', { type: 'Patient' }],
    ['PUT', 'Patient?identifier=1', 'update', 'Patient?identifier', { type: 'Patient' }],
    ['DELETE', 'Patient/42', 'delete', 'Patient/[id]', { type: 'Patient', record: 'Patient/42' }],
    ['GET', 'Patient/42/*', 'compartment', 'Patient/[id]/*', { type: 'Patient', record: 'Patient/42' }],
    [
      'GET',
      'Patient/42/$everything?start=2020',
      '$everything',
      'Patient/[id]/$everything?*',
      { type: 'Patient', record: 'Patient/42' },
    ],
    ['GET', '_page/the-sealed-handle', 'page', '_page', {}],
    ['GET', '_file/the-sealed-handle', 'export-file', '_file', {}],
    ['POST', '', 'bundle', '', {}],
  ])('%s %s', (method, path, name, uri, asked) => {
    const parsed = parseInteraction(
      method,
      path === '' || path.startsWith('?') ? `/fhir${path}` : `/fhir/${path}`,
      '/fhir',
    )
    const interaction = parsed.ok ? parsed.interaction : undefined
    expect([operationName(interaction), uriPattern(interaction), askedFor(interaction)]).toEqual([name, uri, asked])
  })

  test('what could not be read has no name', () => {
    expect([operationName(undefined), uriPattern(undefined), askedFor(undefined)]).toEqual(['unknown', '', {}])
  })
})

describe('SEED-66: disclosures', () => {
  const bases = ['https://smart.example.org/fhir']
  const observation = (patient: string, id = '1') => ({
    resourceType: 'Observation',
    id,
    subject: { reference: `Patient/${patient}` },
  })

  test('are counted by patient and type; one alone keeps its key', () => {
    const disclosures = new Disclosures(bases)
    for (const one of [observation('alice', '1'), observation('alice', '2'), observation('bob', '3')])
      disclosures.add(one)
    disclosures.add({ resourceType: 'Practitioner', id: 'wei' })
    disclosures.add(undefined)
    expect(disclosures.list()).toEqual([
      { patient: 'alice', types: { Observation: 2 } },
      { patient: 'bob', types: { Observation: 1 }, record: 'Observation/3' },
      { types: { Practitioner: 1 }, record: 'Practitioner/wei' },
    ])
    expect(disclosures.isCut).toBe(false)
  })

  test('of a record about two patients are those of both', () => {
    const disclosures = new Disclosures(bases)
    const participant = ['alice', 'bob'].map((id) => ({ actor: { reference: `Patient/${id}` } }))
    disclosures.add({ resourceType: 'Appointment', id: 'a', participant })
    expect(disclosures.list().map(({ patient, record: key }) => [patient, key])).toEqual([
      ['alice', 'Appointment/a'],
      ['bob', 'Appointment/a'],
    ])
  })

  test('of more than a thousand patients name a thousand, and count the rest', () => {
    const disclosures = new Disclosures(bases)
    for (let at = 0; at < 1_200; at += 1) disclosures.add(observation(`p${at}`, String(at)))
    disclosures.add(observation('p7', 'again'))
    const list = disclosures.list()
    expect([list.filter(({ patient }) => patient !== undefined).length, disclosures.isCut]).toEqual([1_000, true])
    expect(list.find(({ patient }) => patient === undefined)?.types).toEqual({ Observation: 200 })
    expect(list.find(({ patient }) => patient === 'p7')?.types).toEqual({ Observation: 2 })
  })
})

describe('SEED-66: rows', () => {
  test('what was denied to a known client stands once more among the denials of its day', () => {
    const denied = { ...record, outcome: 'denied' as const, disclosed: [] }
    const partitions = (of: typeof denied) => auditRows(of).map(({ partitionKey }) => partitionKey)
    expect(partitions(denied)).toEqual(['2026-05~d~04', '2026-05~x~04'])
    expect(partitions({ ...denied, actor: {} })).toEqual(['2026-05~d~04'])
  })

  test('lie by month and patient, newest first; those of nobody by day', () => {
    const [ofAlice, ofBob] = auditRows(record)
    expect([ofAlice?.partitionKey, ofBob?.partitionKey]).toEqual(['2026-05~p~alice', '2026-05~p~bob'])
    const [later] = auditRows({ ...record, at: '2026-05-04T08:00:00.001Z' })
    expect(String(later?.rowKey) < String(ofAlice?.rowKey)).toBe(true)
    expect(auditRows({ ...record, disclosed: [] })[0]?.partitionKey).toBe('2026-05~d~04')
  })

  test('fit into a property of a table, also of a thousand patients', () => {
    const disclosed = Array.from({ length: 1_000 }, (_, at) => ({ patient: `p${at}`, types: { Observation: 1 } }))
    const rows = auditRows({ ...record, disclosed, isCut: true })
    expect(rows).toHaveLength(1_001)
    expect(Math.max(...rows.map(({ record: text }) => text.length))).toBeLessThan(2_000)
  })

  test('are kept for as long as was said, to the month', () => {
    expect(oldestKept(new Date('2026-05-04T00:00:00Z'), 3)).toBe('2026-05')
    expect(oldestKept(new Date('2026-05-04T00:00:00Z'), 4)).toBe('2026-04')
    const old = auditRows({ ...record, at: '2026-04-30T23:59:59.999Z' })[0]?.partitionKey
    expect(String(old) < oldestKept(new Date('2026-05-04T00:00:00Z'), 3)).toBe(true)
    expect(String(old) < oldestKept(new Date('2026-05-04T00:00:00Z'), 4)).toBe(false)
  })
})
