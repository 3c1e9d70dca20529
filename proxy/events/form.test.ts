import { describe, expect, test } from '@jest/globals'
import type { Change } from './change.ts'
import { messagesOf } from './form.ts'
import type { Row } from './journal.ts'

const FHIR_BASE = 'https://smart.example/fhir'
const row = (changes: Change[]): Row => ({
  key: '2026-03-01T09:30:00.000Z_k',
  begunAt: '2026-03-01T09:30:00.000Z',
  inFlightUntil: '2026-03-01T09:31:00.000Z',
  who: { requestId: 'r1', address: '203.0.113.9', clientId: 'app', person: 'Practitioner/nora' },
  state: { kind: 'changed', changes },
})
const updated: Change = {
  action: 'updated',
  interaction: 'patch',
  type: 'Observation',
  id: '1',
  versionId: '4',
  lastUpdated: '2026-03-01T09:30:00.123Z',
  patient: 'alice',
}
const removed: Change = { action: 'deleted', interaction: 'delete', type: 'Organization', id: '2' }
const unknown: Change = { action: 'unknown', interaction: 'create', type: 'Observation', patient: 'alice' }

const bodies = (form: 'cloudevents' | 'six-fields', ...changes: Change[]) =>
  messagesOf(row(changes), { form, fhirBase: FHIR_BASE }).map(({ body }) => body)

test('SEED-57: the form of six fields, byte for byte: its keys and their order, and a text in each', () => {
  expect(bodies('six-fields', { ...updated, action: 'created' }, updated, removed, unknown)).toEqual([
    '{"action":"Created","resourcetype":"Observation","id":"1","version":"4","lastupdated":"2026-03-01T09:30:00.123Z","source":"203.0.113.9"}',
    '{"action":"Updated","resourcetype":"Observation","id":"1","version":"4","lastupdated":"2026-03-01T09:30:00.123Z","source":"203.0.113.9"}',
    '{"action":"Deleted","resourcetype":"Organization","id":"2","version":"","lastupdated":"","source":"203.0.113.9"}',
    '{"action":"Unknown","resourcetype":"Observation","id":"","version":"","lastupdated":"","source":"203.0.113.9"}',
  ])
})

describe('SEED-56: the form of CloudEvents', () => {
  test('byte for byte', () => {
    expect(bodies('cloudevents', updated)).toEqual([
      '{"specversion":"1.0","id":"Observation/1/_history/4","source":"https://smart.example/fhir","type":"org.hl7.fhir.resource.updated","subject":"Observation/1","time":"2026-03-01T09:30:00.123Z","datacontenttype":"application/json","data":{"schemaVersion":"1","action":"updated","interaction":"patch","resourceType":"Observation","id":"1","versionId":"4","lastUpdated":"2026-03-01T09:30:00.123Z","patient":"Patient/alice","client":"app","person":"Practitioner/nora","requestId":"r1"}}',
    ])
  })

  test('what is not known is left out; the time is when the write began', () => {
    const [event = ''] = bodies('cloudevents', unknown)
    expect(JSON.parse(event)).toMatchObject({
      type: 'org.hl7.fhir.resource.unknown',
      subject: 'Observation',
      time: '2026-03-01T09:30:00.000Z',
      data: { action: 'unknown', interaction: 'create', patient: 'Patient/alice' },
    })
    expect(event).not.toContain('versionId')
  })

  test('an operation on the whole server has no subject', () => {
    const [event = ''] = bodies('cloudevents', {
      action: 'unknown',
      interaction: 'operation',
      type: '',
      operation: '$x',
    })
    expect(JSON.parse(event)).not.toHaveProperty('subject')
  })
})

describe('an event is known again', () => {
  test('by its version, however it came to be known; else by its place in the journal', () => {
    const ids = (...changes: Change[]) =>
      messagesOf(row(changes), { form: 'cloudevents', fhirBase: FHIR_BASE }).map(({ id }) => id)
    expect(ids(updated, removed, unknown)).toEqual([
      'Observation/1/_history/4',
      '2026-03-01T09:30:00.000Z_k/1',
      '2026-03-01T09:30:00.000Z_k/2',
    ])
    expect(ids({ ...updated, isReconciled: true })).toEqual(ids(updated))
  })

  test('what is about one patient has one key', () => {
    const keys = messagesOf(row([updated, removed, unknown]), { form: 'six-fields', fhirBase: FHIR_BASE }).map(
      ({ key }) => key,
    )
    expect(keys).toEqual(['Patient/alice', 'Organization/2', 'Patient/alice'])
  })
})

test('of a write that is still under way nothing is told', () => {
  const pending: Row = { ...row([]), state: { kind: 'pending', attempts: [] } }
  expect(messagesOf(pending, { form: 'cloudevents', fhirBase: FHIR_BASE })).toEqual([])
})
