// Settings of the audit trail.

import { z } from 'zod'
import type { EventHubsSettings } from '../events/event-hubs-sink.ts'
import { list } from './setting-types.ts'

const SINKS = ['log', 'table', 'upstream', 'event-hubs'] as const

const text = z.string().min(1).optional()

export const auditSettings = {
  /** Where audit records go, comma separated: log, table, upstream, event-hubs; none: nowhere. Default table. */
  AUDIT: list
    .transform((named) => (named.length === 1 && named[0] === 'none' ? [] : named))
    .pipe(z.array(z.enum(SINKS)))
    .default(['table']),
  /** true: requests are refused with 503 while records cannot be written. Default false. */
  AUDIT_REQUIRED: z.enum(['true', 'false']).default('false'),
  /** The event hub for them, and its namespace such as contoso.servicebus.windows.net: the managed identity signs in. */
  AUDIT_HUB_NAME: text,
  AUDIT_HUB_NAMESPACE: text,
  /** Instead of the namespace: a connection string, as an emulator needs it. */
  AUDIT_HUB_CONNECTION: text,
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
  /** Undefined: records go to none. */
  hub: EventHubsSettings | undefined
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
    hub: hubOf(given),
    tellsUpstream: given.UPSTREAM_AUDIT_HEADERS === undefined ? isAzure : given.UPSTREAM_AUDIT_HEADERS === 'true',
  }
}

/** What is wrong with the settings together, each with the setting to look at. */
export function faultsOfAudit(given: Given): { path: string; message: string }[] {
  if (!given.AUDIT.includes('event-hubs')) return []
  const { AUDIT_HUB_NAME: hub, AUDIT_HUB_NAMESPACE: namespace, AUDIT_HUB_CONNECTION: connection } = given
  const isOne = (namespace === undefined) !== (connection === undefined)
  return [
    ...(hub === undefined ? [{ path: 'AUDIT_HUB_NAME', message: 'is needed for AUDIT=event-hubs' }] : []),
    ...(isOne ? [] : [{ path: 'AUDIT_HUB_NAMESPACE', message: 'either this or AUDIT_HUB_CONNECTION is needed' }]),
  ]
}

function hubOf(given: Given): EventHubsSettings | undefined {
  const { AUDIT_HUB_NAME: hub, AUDIT_HUB_NAMESPACE: namespace = '', AUDIT_HUB_CONNECTION: connection } = given
  if (hub === undefined || !given.AUDIT.includes('event-hubs')) return undefined
  return connection === undefined ? { hub, namespace } : { hub, connection }
}
