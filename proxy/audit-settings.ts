// Settings of the audit trail.

import { z } from 'zod'
import { list } from './setting-types.ts'

const SINKS = ['log', 'table', 'upstream'] as const

export const auditSettings = {
  /** Where audit records go, comma separated: log, table, upstream; none: nowhere. Default table. */
  AUDIT: list
    .transform((named) => (named.length === 1 && named[0] === 'none' ? [] : named))
    .pipe(z.array(z.enum(SINKS)))
    .default(['table']),
  /** true: requests are refused with 503 while records cannot be written. Default false. */
  AUDIT_REQUIRED: z.enum(['true', 'false']).default('false'),
  /** Whether the FHIR server is told for whom it is asked, in X-MS-AZUREFHIR-AUDIT headers. Default: at an Azure address. */
  UPSTREAM_AUDIT_HEADERS: z.enum(['true', 'false']).optional(),
  /** How many days records are kept in the table, at least. Default 2190: six years. */
  AUDIT_DAYS: z.coerce.number().int().min(1).max(36_500).default(2190),
}

type Given = z.infer<z.ZodObject<typeof auditSettings>>

export type AuditConfig = {
  sinks: ReadonlySet<(typeof SINKS)[number]>
  isRequired: boolean
  keptDays: number
  /** Whether the FHIR server is told for whom it is asked. */
  tellsUpstream: boolean
}

/** Of Azure Health Data Services and Azure API for FHIR, which keep such headers in their audit logs. */
const AZURE = /\.azurehealthcareapis\.com$/i

export function auditOf(given: Given, upstreamUrl: string): AuditConfig {
  const isAzure = AZURE.test(new URL(upstreamUrl).hostname)
  return {
    sinks: new Set(given.AUDIT),
    isRequired: given.AUDIT_REQUIRED === 'true',
    keptDays: given.AUDIT_DAYS,
    tellsUpstream: given.UPSTREAM_AUDIT_HEADERS === undefined ? isAzure : given.UPSTREAM_AUDIT_HEADERS === 'true',
  }
}
