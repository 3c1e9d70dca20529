// An access record as a FHIR AuditEvent, after the patterns of IHE BALP 1.1 (Basic Audit Log Patterns): one for each patient,
// since each may read what is about her alone. Pure.

import type { AccessRecord, AuditActor } from './audit.ts'
import type { Disclosure } from './disclosures.ts'

const BALP = 'https://profiles.ihe.net/ITI/BALP'
const DICOM = 'http://dicom.nema.org/resources/ontology/DCM'
const INTERACTIONS = 'http://hl7.org/fhir/restful-interaction'
const TERMINOLOGY = 'http://terminology.hl7.org/CodeSystem'

type Coding = { system: string; code: string; display?: string }

const APPLICATION: Coding = { system: DICOM, code: '110150', display: 'Application' }
const SOURCE: Coding = { system: DICOM, code: '110153', display: 'Source Role ID' }
const DESTINATION: Coding = { system: DICOM, code: '110152', display: 'Destination Role ID' }
const CUSTODIAN: Coding = { system: `${TERMINOLOGY}/provenance-participant-type`, code: 'custodian' }
const RECIPIENT: Coding = {
  system: `${TERMINOLOGY}/v3-ParticipationType`,
  code: 'IRCP',
  display: 'information recipient',
}
const AUTHOR: Coding = { system: `${TERMINOLOGY}/v3-ParticipationType`, code: 'AUT', display: 'author (originator)' }
const OAUTH_USER: Coding = { system: `${BALP}/CodeSystem/UserAgentTypes`, code: 'UserOauthAgent' }

type Pattern = {
  /** FHIR's code of the interaction; undefined: it has none. */
  code: string | undefined
  action: 'C' | 'R' | 'U' | 'D' | 'E'
  /** Of BALP, for what succeeds; where a patient is named with `Patient` in front. */
  profile?: 'Create' | 'Read' | 'Update' | 'Delete' | 'Query'
  client: Coding
  server: Coding
  user: Coding
}

const READ: Omit<Pattern, 'code'> = { action: 'R', client: DESTINATION, server: SOURCE, user: RECIPIENT }
const EXECUTE: Omit<Pattern, 'code'> = { action: 'E', client: SOURCE, server: DESTINATION, user: RECIPIENT }
const WRITE = { client: SOURCE, server: DESTINATION, user: AUTHOR }

const PATTERNS: ReadonlyMap<string, Omit<Pattern, 'code'>> = new Map<string, Omit<Pattern, 'code'>>([
  ['read', { ...READ, profile: 'Read' }],
  ['vread', { ...READ, profile: 'Read' }],
  ['history-instance', READ],
  ['history-type', READ],
  ['history-system', READ],
  ['search-type', { ...EXECUTE, profile: 'Query' }],
  ['search-system', { ...EXECUTE, profile: 'Query' }],
  ['create', { ...WRITE, action: 'C', profile: 'Create' }],
  ['update', { ...WRITE, action: 'U', profile: 'Update' }],
  ['patch', { ...WRITE, action: 'U', profile: 'Update' }],
  ['delete', { action: 'D', profile: 'Delete', client: APPLICATION, server: CUSTODIAN, user: AUTHOR }],
  ['batch', EXECUTE],
  ['transaction', EXECUTE],
])

function patternOf(operation: string): Pattern {
  const known = PATTERNS.get(operation)
  if (known !== undefined) return { ...known, code: operation }
  return { ...EXECUTE, code: operation === 'unknown' ? undefined : 'operation' }
}

/**
 * @param record that tells of one patient, or of nobody (audit-by-patient.ts)
 * @param fhirBase by which the server is known
 */
export function auditEvent(record: AccessRecord, fhirBase: string): Record<string, unknown> {
  const of = record.disclosed.find(({ patient }) => patient !== undefined)
  const pattern = patternOf(record.operation)
  const { code, action } = pattern
  const { outcome, reason, actor } = record
  const profile = profilesOf(record, pattern, of)
  return {
    resourceType: 'AuditEvent',
    ...(profile.length === 0 ? {} : { meta: { profile } }),
    type: { system: `${TERMINOLOGY}/audit-event-type`, code: 'rest', display: 'RESTful Operation' },
    ...(code === undefined ? {} : { subtype: [{ system: INTERACTIONS, code }] }),
    action,
    recorded: record.at,
    outcome: outcome === 'allowed' ? '0' : outcome === 'denied' ? '4' : '8',
    ...(reason === undefined ? {} : { outcomeDesc: reason }),
    agent: [clientAgent(record, pattern), serverAgent(pattern, fhirBase), ...userAgent(actor, pattern)],
    source: {
      site: new URL(fhirBase).host,
      observer: { identifier: { value: fhirBase } },
      type: [{ system: `${TERMINOLOGY}/security-source-type`, code: '4', display: 'Application Server' }],
    },
    entity: entitiesOf(record, pattern, of),
  }
}

/** Only what its profile says may claim it: failures have none. */
function profilesOf({ outcome, record, actor }: AccessRecord, pattern: Pattern, of: Disclosure | undefined): string[] {
  const { profile } = pattern
  const hasData = profile === 'Query' || (record ?? of?.record) !== undefined
  const isBasic = profile !== undefined && outcome === 'allowed' && hasData
  const basic = `${BALP}/StructureDefinition/IHE.BasicAudit.${of?.patient === undefined ? '' : 'Patient'}${profile}`
  const byToken = `${BALP}/StructureDefinition/IHE.BasicAudit.OAUTHaccessTokenUse.Minimal`
  return [...(isBasic ? [basic] : []), ...(isPersons(actor) && actor.tokenId !== undefined ? [byToken] : [])]
}

function isPersons({ person, subject, clientId }: AuditActor): boolean {
  return person !== undefined || (subject !== undefined && subject !== clientId)
}

function clientAgent({ actor, address }: AccessRecord, { client }: Pattern) {
  return {
    type: { coding: [client] },
    who: actor.clientId === undefined ? { display: 'unknown' } : { identifier: { value: actor.clientId } },
    requestor: !isPersons(actor),
    network: address === undefined ? { type: '2' } : { address, type: '2' },
  }
}

function serverAgent({ server }: Pattern, fhirBase: string) {
  return {
    type: { coding: [server] },
    who: { identifier: { value: fhirBase } },
    requestor: false,
    network: { address: fhirBase, type: '5' },
  }
}

function userAgent(actor: AuditActor, { user }: Pattern) {
  if (!isPersons(actor)) return []
  const { person, subject, issuer, tokenId } = actor
  const identifier = { ...(issuer === undefined ? {} : { system: issuer }), value: subject }
  return [
    {
      type: { coding: [user, OAUTH_USER] },
      who: {
        ...(person === undefined ? {} : { reference: person }),
        ...(subject === undefined ? {} : { identifier }),
      },
      requestor: true,
      ...(tokenId === undefined ? {} : { policy: [`urn:ietf:params:oauth:jti:${tokenId}`] }),
    },
  ]
}

function entitiesOf(record: AccessRecord, { action }: Pattern, of: Disclosure | undefined) {
  const key = record.record ?? of?.record
  const object = { system: `${TERMINOLOGY}/audit-entity-type`, code: '2', display: 'System Object' }
  const role = (code: string, display: string) => ({ system: `${TERMINOLOGY}/object-role`, code, display })
  const patient = of?.patient === undefined ? [] : [patientEntity(of.patient, of, action === 'E')]
  const data = { what: { reference: key }, type: object, role: role('4', 'Domain Resource') }
  // Parameters without their values, which may be names and numbers of people.
  const query = { type: object, role: role('24', 'Query'), description: record.uri, query: btoa(record.uri) }
  const request = {
    what: { identifier: { value: record.correlationId } },
    type: { system: `${BALP}/CodeSystem/BasicAuditEntityType`, code: 'XrequestId' },
  }
  // What was refused names no record: then only what kind was asked for.
  return [...patient, action === 'E' || key === undefined ? query : data, request]
}

/** Of a list how many records of each type: BALP has no other place for it. */
function patientEntity(patient: string, { types }: Disclosure, isList: boolean) {
  const detail = Object.entries(types).map(([type, count]) => ({ type, valueString: String(count) }))
  return {
    what: { reference: `Patient/${patient}` },
    type: { system: `${TERMINOLOGY}/audit-entity-type`, code: '1', display: 'Person' },
    role: { system: `${TERMINOLOGY}/object-role`, code: '1', display: 'Patient' },
    ...(isList && detail.length > 0 ? { detail } : {}),
  }
}
