// Puts the pages of a person's own together: their apps, one app, who saw their data.
import type { Middleware } from 'koa'
import type Provider from 'oidc-provider'
import type { AuditTrail } from '../audit/audit-trail.ts'
import type { ClientRecords } from '../clients/registry.ts'
import type { ReaderSettings, Readers } from '../fhir/person-reader.ts'
import { refusalCheck } from '../fhir/refusal-check.ts'
import type { Endings } from '../grants/endings.ts'
import type { Grants } from '../grants/grants.ts'
import { grantNarrowing } from '../grants/narrow-grant.ts'
import type { Personas } from '../identity/personas.ts'
import type { Sessions } from '../identity/sessions.ts'
import type { RememberedConsents } from '../interactions/remembered-consents.ts'
import { accessStore } from './accesses.ts'
import { logPages } from './log-pages.ts'
import { oneApp } from './one-app.ts'
import type { OwnPages } from './own-pages.ts'
import { personLogs } from './person-logs.ts'
import type { Reports } from './reports.ts'
import { appsRoutes } from './routes.ts'

export function ownArea(parts: {
  provider: Provider
  reader: ReaderSettings
  readers: Readers
  personas: Personas
  clients: ClientRecords
  grants: Grants
  endings: Endings
  consents: RememberedConsents
  sessions: Sessions
  pages: OwnPages
  reports: Reports
  auditDays: number
  audit: AuditTrail
  now: () => number
}): Middleware {
  const { provider, reader, readers, grants, endings, consents } = parts
  const { issuer, fhirBase } = reader
  const readerFor = readers.of
  const accesses = accessStore({ ...parts, readerFor })
  const logs = personLogs({ ...parts, readerFor, logFor: readers.log, fhirBase })
  const narrow = grantNarrowing({ provider, fhirBase, grants, endings, consents })
  const one = oneApp({ ...parts, accesses, logs, narrow, isRefused: refusalCheck(reader) })
  const ofLog = logPages({ ...parts, issuer, fhirBase, accesses, logs, readerFor, oneApp: one })
  return appsRoutes({ ...parts, accesses, logs, oneApp: one, logPages: ofLog })
}
