// An audit record of a clinician who reads an observation of Alice's, varied in what a test is about.
import type { AccessRecord } from '../../smart/audit/audit.ts'

export function accessRecord(changed: Partial<AccessRecord> = {}): AccessRecord {
  return {
    kind: 'access',
    id: '8b0a3a2e-5f0c-4a9e-9a52-0d1f6f1f2f10',
    at: '2026-05-04T08:00:00.000Z',
    operation: 'read',
    outcome: 'allowed',
    requestId: 'ours',
    correlationId: 'theirs',
    address: '192.0.2.7',
    actor: {
      clientId: 'app',
      subject: 'hash-of-wei',
      person: 'Practitioner/wei',
      patient: 'alice',
      issuer: 'https://smart.example.org',
      tokenId: 'the-jti',
    },
    statusCode: 200,
    milliseconds: 12,
    type: 'Observation',
    uri: 'Observation/[id]',
    record: 'Observation/of-alice',
    disclosed: [{ patient: 'alice', types: { Observation: 1 }, record: 'Observation/of-alice' }],
    ...changed,
  }
}
