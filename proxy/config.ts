// The proxy's settings, parsed once at start. All faults are named at once, one line each.

import { z } from 'zod'
import { serviceSettings } from '../service/settings.ts'
import { type TelemetrySettings, telemetryOf, telemetrySettings } from '../service/telemetry/settings.ts'
import { PANEL_SOURCES, type PanelSource } from '../smart/access/reach.ts'
import type { CompartmentRules } from '../smart/fhir/compartment.ts'
import { DEFAULT_OPERATIONS, type OperationRule, parseStatedRule } from '../smart/plan/plan-operation.ts'
import { type AuditConfig, auditOf, auditSettings, faultsOfAudit } from './settings/audit-settings.ts'
import { compartmentOf, compartmentSettings } from './settings/compartment-settings.ts'
import { type EventsConfig, eventSettings, eventsOf, faultsOfEvents } from './settings/event-settings.ts'
import { type OptOutConfig, optOutOf, optOutSettings } from './settings/opt-out-settings.ts'
import { type RoleConfig, roleSettings, rolesOf } from './settings/role-settings.ts'
import { baseUrl, list, positive } from './settings/setting-types.ts'
import {
  credentialSettingsOf,
  type ExportFilesConfig,
  exportFilesOf,
  faultsOfUpstream,
  upstreamSettings,
} from './settings/upstream-settings.ts'
import type { TableSettings } from './table.ts'
import type { UpstreamCredentialSettings } from './upstream/upstream-identity.ts'

/** `Type/$name=rule`, with what a rule may be (plan-operation.ts). */
const operation = z.string().transform((text, context) => {
  const rule = parseStatedRule(text)
  if (rule === undefined) context.addIssue(`${text} states no rule`)
  return rule ?? z.NEVER
})

/** By the names of the environment. */
export const proxySettings = z
  .object({
    /** Address to listen on. Default 127.0.0.1: only this machine. */
    HOST: z.string().min(1).default('127.0.0.1'),
    /** Port to listen on. Default 4002. */
    PORT: z.coerce.number().int().min(0).max(65_535).default(4002),
    /** Issuer of the access tokens, exactly as in `iss`. */
    ISSUER: baseUrl,
    /** FHIR base URL as clients use it; access tokens must name exactly this audience. */
    FHIR_BASE: baseUrl,
    /** Where the issuer's public keys are. Default: ISSUER/jwks. */
    JWKS_URL: z.url({ protocol: /^https?$/ }).optional(),
    /** How long keys count that cannot be fetched anew, in minutes, from 10 to 1440; then 503. Default 60. */
    KEYS_GRACE_MINUTES: z.coerce.number().int().min(10).max(1440).default(60),
    /** How far an issuer's clock may be from ours, in seconds, up to 60: a token counts for so much longer. Default 5. */
    CLOCK_SKEW_SECONDS: z.coerce.number().int().min(0).max(60).default(5),
    /** Which patients practitioners may open through user/ scopes. Default none. */
    PRACTITIONER_REACH: z.enum(['none', 'panel', 'all']).default('none'),
    /** Practitioners who may open every patient, as a comma list of Practitioner/id. Default: none of them. */
    PRACTITIONER_REACH_ALL: list.pipe(z.array(z.string().regex(/^Practitioner\/[A-Za-z0-9.-]{1,64}$/))).default([]),
    /** What puts a patient on a clinician's panel, comma separated; group and list are further ones. Default: the first three. */
    PANEL_SOURCES: list
      .pipe(z.array(z.enum(PANEL_SOURCES)).min(1))
      .default(['general-practitioner', 'encounter', 'care-team']),
    /** Operations that are passed on, each with its rule: terminology or unconfined; none: not any. Default: terminology. */
    OPERATIONS: list
      .transform((stated) => (stated.length === 1 && stated[0] === 'none' ? [] : stated))
      .pipe(z.array(operation))
      .optional(),
    /** Most patients that one search is confined to; a larger panel gets 422. Default 500. */
    PANEL_LIMIT: positive.default(500),
    /** Seals paging links, at least 32 characters. All replicas need the same; absent, links end with the process. */
    PAGING_SECRET: z.string().min(32).optional(),
    /** Largest answer of the upstream that is judged, in bytes; a larger one gets 422. Default 16 MiB. */
    MAX_BODY_BYTES: positive.default(16 * 1024 * 1024),
    ...upstreamSettings,
    ...serviceSettings,
    ...telemetrySettings,
    ...eventSettings,
    /** How long a request may take until its answer begins, all that it needs of the upstream together. Default 60 000. */
    REQUEST_TIMEOUT_MS: positive.default(60_000),
    /** Azure Table Storage endpoint, the same as the authorization server's: revocations are read from it. */
    TABLES_URL: baseUrl,
    /** Account name and key, for Azurite. Without them the managed identity signs in. */
    TABLES_ACCOUNT: z.string().min(1).optional(),
    TABLES_KEY: z.string().min(1).optional(),
    /** Every answer is 503 when revocations could not be read for so many seconds. Default 60. */
    REVOCATIONS_MAX_AGE_SECONDS: positive.default(60),
    /** How often revocations are read, in milliseconds. Default 1 000. */
    REVOCATIONS_POLL_MS: positive.default(1_000),
    /** Whether the authorization server lets clients register themselves; discovery says so. Default false. */
    REGISTRATION: z.enum(['true', 'false']).default('false'),
    /** URL of the brand bundle that lists this service, and our organisation's identifier in it as system|value. */
    BRAND_BUNDLE_URL: z.url({ protocol: /^https?$/ }).optional(),
    BRAND_IDENTIFIER: z
      .string()
      .regex(/^[^|]*\|.+$/, 'must be system|value')
      .optional(),
    /** JSON file of the operator's brands, published at FHIR_BASE/service-base; instead of the two before. Default none. */
    BRANDS_FILE: z.string().min(1).optional(),
    /** How often the FHIR server is asked what it makes of searches, in minutes; 0: never. Default 60. */
    PROBE_EVERY_MINUTES: z.coerce.number().int().min(0).max(1440).default(60),
    ...compartmentSettings,
    /** Whether each decision is logged in a form that can be asked again under other settings. Default false. */
    DECISION_LOG: z.enum(['true', 'false']).default('false'),
    ...roleSettings,
    ...optOutSettings,
    ...auditSettings,
    /** Largest file that is taken as its own bytes. Default 100 MiB. */
    MAX_FILE_BYTES: positive.default(100 * 1024 * 1024),
    /** Requests a minute of one holder of a grant; each entry of a Bundle counts. 0: no limits. Default 3 000. */
    RATE_LIMIT_PER_MINUTE: z.coerce.number().int().min(0).max(1_000_000).default(3_000),
    /** Proxies of yours in front that append to X-Forwarded-For. Default 0: none. */
    TRUSTED_HOPS: z.coerce.number().int().min(0).max(10).default(0),
    /** JSON file that names processors and their order, each with its settings. Default none. */
    PROCESSORS_FILE: z.string().min(1).optional(),
    /** Least severe log lines that are written. Default info. */
    LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  })
  .refine((given) => (given.TABLES_ACCOUNT === undefined) === (given.TABLES_KEY === undefined), {
    path: ['TABLES_KEY'],
    message: 'TABLES_ACCOUNT and TABLES_KEY go together',
  })
  .refine((given) => given.BRANDS_FILE === undefined || given.BRAND_BUNDLE_URL === undefined, {
    path: ['BRANDS_FILE'],
    message: 'either this or BRAND_BUNDLE_URL',
  })
  .refine((given) => given.ROLE_TENANTS.length === 0 || given.ROLE_AUDIENCES.length > 0, {
    path: ['ROLE_AUDIENCES'],
    message: 'ROLE_TENANTS needs ROLE_AUDIENCES',
  })
  .superRefine((given, context) => {
    for (const { path, message } of [...faultsOfUpstream(given), ...faultsOfEvents(given), ...faultsOfAudit(given)])
      context.addIssue({ code: 'custom', path: [path], message })
  })

export type ProxyConfig = Readonly<{
  host: string
  port: number
  workers: number | 'auto'
  drainSeconds: number
  /** Undefined: it is off. */
  telemetry: TelemetrySettings | undefined
  issuer: string
  fhirBase: string
  upstreamUrl: string
  jwksUrl: string
  keysGraceMinutes: number
  clockSkewSeconds: number
  practitionerReach: 'none' | 'panel' | 'all'
  panelSources: ReadonlySet<PanelSource>
  practitionersWithAll: ReadonlySet<string>
  operations: ReadonlyMap<string, OperationRule>
  compartment: CompartmentRules
  logsDecisions: boolean
  panelLimit: number
  pagingSecret: string | undefined
  maxBodyBytes: number
  upstreamTimeoutMs: number
  upstreamConnections: number
  /** Undefined: below the upstream's own address. */
  exportFiles: ExportFilesConfig | undefined
  upstreamCredential: UpstreamCredentialSettings
  requestTimeoutMs: number
  tables: TableSettings
  registration: boolean
  /** Published elsewhere. */
  brands?: { bundle: string; identifier?: { system?: string; value: string } }
  /** Undefined: none are published here. */
  brandsFile: string | undefined
  revocations: { maxAgeSeconds: number; pollMilliseconds: number }
  /** Undefined: only tokens of our own issuer are accepted. */
  roles: RoleConfig | undefined
  /** Undefined: nothing is withheld. */
  optOut: OptOutConfig | undefined
  audit: AuditConfig
  /** Undefined: nobody is told of changes. */
  events: EventsConfig | undefined
  probeEveryMinutes: number
  maxFileBytes: number
  rateLimitPerMinute: number
  trustedHops: number
  /** Undefined: there are none. */
  processorsFile: string | undefined
  logLevel: string
}>

export type ParsedConfig = { ok: true; config: ProxyConfig } | { ok: false; faults: string[] }

/** @param environment setting by name; an empty value counts as absent */
export function parseConfig(environment: Readonly<Record<string, string | undefined>>): ParsedConfig {
  const given = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''),
  )
  const parsed = proxySettings.safeParse(given)
  if (!parsed.success)
    return { ok: false, faults: parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`) }
  const settings = parsed.data
  const tables = tablesOf(settings)
  const config: ProxyConfig = {
    host: settings.HOST,
    port: settings.PORT,
    workers: settings.WORKERS,
    drainSeconds: settings.DRAIN_SECONDS,
    telemetry: telemetryOf(settings),
    issuer: settings.ISSUER,
    fhirBase: settings.FHIR_BASE,
    upstreamUrl: settings.UPSTREAM_URL,
    jwksUrl: settings.JWKS_URL ?? `${settings.ISSUER}/jwks`,
    keysGraceMinutes: settings.KEYS_GRACE_MINUTES,
    clockSkewSeconds: settings.CLOCK_SKEW_SECONDS,
    practitionerReach: settings.PRACTITIONER_REACH,
    panelSources: new Set(settings.PANEL_SOURCES),
    practitionersWithAll: new Set(settings.PRACTITIONER_REACH_ALL),
    operations: settings.OPERATIONS === undefined ? DEFAULT_OPERATIONS : new Map(settings.OPERATIONS),
    compartment: compartmentOf(settings),
    logsDecisions: settings.DECISION_LOG === 'true',
    panelLimit: settings.PANEL_LIMIT,
    pagingSecret: settings.PAGING_SECRET,
    maxBodyBytes: settings.MAX_BODY_BYTES,
    upstreamTimeoutMs: settings.UPSTREAM_TIMEOUT_MS,
    upstreamConnections: settings.UPSTREAM_CONNECTIONS,
    exportFiles: exportFilesOf(settings),
    upstreamCredential: credentialSettingsOf(settings),
    requestTimeoutMs: settings.REQUEST_TIMEOUT_MS,
    tables,
    registration: settings.REGISTRATION === 'true',
    ...brandsOf(settings.BRAND_BUNDLE_URL, settings.BRAND_IDENTIFIER),
    brandsFile: settings.BRANDS_FILE,
    revocations: {
      maxAgeSeconds: settings.REVOCATIONS_MAX_AGE_SECONDS,
      pollMilliseconds: settings.REVOCATIONS_POLL_MS,
    },
    roles: rolesOf(settings),
    optOut: optOutOf(settings),
    audit: auditOf(settings, settings.UPSTREAM_URL),
    events: eventsOf(settings, tables),
    probeEveryMinutes: settings.PROBE_EVERY_MINUTES,
    maxFileBytes: settings.MAX_FILE_BYTES,
    rateLimitPerMinute: settings.RATE_LIMIT_PER_MINUTE,
    trustedHops: settings.TRUSTED_HOPS,
    processorsFile: settings.PROCESSORS_FILE,
    logLevel: settings.LOG_LEVEL,
  }
  return { ok: true, config: Object.freeze(config) }
}

function tablesOf({
  TABLES_URL: url,
  TABLES_ACCOUNT: account,
  TABLES_KEY: key,
}: z.infer<typeof proxySettings>): TableSettings {
  return account === undefined || key === undefined ? { url } : { url, namedKey: { account, key } }
}

function brandsOf(bundle: string | undefined, identifier: string | undefined): Pick<ProxyConfig, 'brands'> {
  if (bundle === undefined) return {}
  if (identifier === undefined) return { brands: { bundle } }
  const [system = '', ...value] = identifier.split('|')
  return { brands: { bundle, identifier: { ...(system === '' ? {} : { system }), value: value.join('|') } } }
}
