// Settings of the authorization server: read once, checked, and refused with every fault named.
import { z } from 'zod'
import { isGroupOfData, LANGUAGES, type Lang, pictureType } from '../consent-ui/index.ts'
import { serviceSettings } from '../service/settings.ts'
import { telemetrySettings } from '../service/telemetry/settings.ts'
import { isResourceType } from '../smart/fhir/resource-types.ts'
import { adminRolesSetting } from './admin/roles.ts'
import { identifierLookupSchema } from './identity/identifier-source.ts'
import { PERSONA_SOURCES } from './identity/personas.ts'

const httpUrl = z.url({ protocol: /^https?$/ }).transform((url) => url.replace(/\/+$/, ''))

const colour = z.string().regex(/^#[0-9a-f]{6}$/i, 'must be a colour such as #0a5a8a')

const commaList = <Item extends z.ZodType<unknown, string>>(item: Item) =>
  z
    .string()
    .transform((text) => text.split(',').map((one) => one.trim()))
    .pipe(z.array(item))

const isGroupOrType = (text: string): boolean => isGroupOfData(text) || isResourceType(text)

const jsonText = z.string().transform((text, context): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    context.addIssue({ code: 'custom', message: 'must be JSON' })
    return z.NEVER
  }
})

/** By the names of the environment. */
export const authServerSettings = z.object({
  /** Address to listen on. Only an ingress on the same host should reach it. */
  HOST: z.string().default('127.0.0.1'),
  /** Port to listen on. */
  PORT: z.coerce.number().int().min(1).max(65_535).default(4001),
  /** Our issuer, the public origin of this service. Also what redirects and cookies are built from: the Host header is not believed. */
  ISSUER: httpUrl,
  /** The public FHIR base URL that the proxy serves; the only audience of SMART access tokens. */
  FHIR_BASE: httpUrl,
  /** How this service reaches the FHIR base itself, when that is not through the public address. */
  FHIR_INTERNAL_URL: httpUrl.optional(),
  /** Azure Table Storage endpoint, such as https://account.table.core.windows.net. */
  TABLES_URL: httpUrl,
  /** Account name and key, for Azurite. Without them the managed identity signs in. */
  TABLES_ACCOUNT: z.string().optional(),
  TABLES_KEY: z.string().optional(),
  /** Private JWKS: one ES256 key (access tokens) and one RS256 key (id_tokens). */
  KEYS_FILE: z.string().min(1).optional(),
  /** The same as a secret of Azure Key Vault, `https://{vault}/secrets/{name}`, read with the managed identity. */
  KEYS_SECRET_URL: z
    .url({ protocol: /^https$/ })
    .refine((url) => /^\/secrets\/[A-Za-z0-9-]+$/.test(new URL(url).pathname), 'must be https://{vault}/secrets/{name}')
    .optional(),
  /** How often the keys are looked at again. A planned change of keys happens at its own instant. */
  KEYS_RELOAD_SECONDS: z.coerce.number().int().min(5).max(3600).default(60),
  /** Cookie signing secrets, comma separated, the newest first; each at least 32 characters. */
  COOKIE_SECRETS: z
    .string()
    .transform((text) => text.split(',').map((secret) => secret.trim()))
    .refine((secrets) => secrets.every((secret) => secret.length >= 32), 'each secret needs at least 32 characters'),
  /** The Entra tenant whose people sign in here, and our registration there with the redirect URI `{ISSUER}/callback`. */
  ENTRA_TENANT_ID: z.uuid().optional(),
  ENTRA_CLIENT_ID: z.string().min(1).optional(),
  ENTRA_CLIENT_SECRET: z.string().min(1).optional(),
  /** What people see where they choose between several providers. Unset: OPERATOR_NAME. */
  ENTRA_LABEL: z.string().min(1).max(80).optional(),
  /** Where Entra ID is: another address in national clouds. */
  ENTRA_AUTHORITY: httpUrl.default('https://login.microsoftonline.com'),
  /** Where a stand-in for Entra ID publishes its metadata. Unset with the real one. */
  ENTRA_METADATA_URL: httpUrl.optional(),
  /** JSON array of further identity providers, of kind `entra` or `oidc`; people choose where there are several. */
  IDENTITY_PROVIDERS_FILE: z.string().min(1).optional(),
  /** SHA-256, hex, of the initial access token for dynamic client registration (RFC 7591). Unset: there is none. */
  REGISTRATION_TOKEN_SHA256: z
    .string()
    .regex(/^[0-9a-f]{64}$/i, 'must be a SHA-256 in hex')
    .optional(),
  /** true: clients that register themselves may begin at once; otherwise an operator enables each. */
  REGISTRATION_AUTO_ENABLE: z.stringbool().default(false),
  /** true only on a developer's machine: clients' key sets may lie at http and loopback addresses. */
  SANDBOX: z.stringbool().default(false),
  /** JSON array of clients to register at start. Those that were changed through the API since are left alone; those that are gone from it are disabled. */
  CLIENTS_FILE: z.string().min(1).optional(),
  /** JSON array of {tid, oid, personas} or {iss, sub, personas}: links to begin with. Those that were removed or ended stay so. */
  LINKS_FILE: z.string().min(1).optional(),
  /** How long a link holds that was made without an end of its own. */
  LINK_DAYS: z.coerce.number().int().min(1).max(36_500).default(365),
  /** Where we learn which records an account stands for, in order: claim, links, identifier, related-person. */
  PERSONA_SOURCES: commaList(z.enum(PERSONA_SOURCES)).prefault('claim,links'),
  /** Claims of the id_token that name a record, as `Patient/42` or absolute below FHIR_BASE. */
  FHIR_USER_CLAIMS: commaList(z.string().min(1)).prefault('fhirUser,extension_fhirUser'),
  /** How long after a sign-in such a claim counts: nobody tells us when the directory changes. */
  CLAIM_PERSONA_DAYS: z.coerce.number().int().min(1).max(3650).default(365),
  /** JSON list of {provider, claim, system, type}: whose claim is looked up as an identifier of which records. */
  IDENTIFIER_LOOKUPS: jsonText.pipe(z.array(identifierLookupSchema)).prefault('[]'),
  /** The organisation's name, as people know it. Shown on every page. */
  OPERATOR_NAME: z.string().min(1).max(80),
  /** Whom people may ask for help: a phone number, an address of mail, or of an https page. Shown below every page. */
  SUPPORT_CONTACT: z.string().min(1).max(100).optional(),
  /** Languages of the pages, the first for whoever reads none of them. `en-XA` and `ar-XB` are made up, for looking at layouts. */
  LANGUAGES: commaList(z.enum(LANGUAGES))
    .refine((languages): languages is [Lang, ...Lang[]] => new Set(languages).size === languages.length, 'each once')
    .prefault('en,es'),
  /** The operator's colour for buttons and links, `#rrggbb`, on light and on dark pages. One that could not be read stops the start. */
  BRAND_ACCENT: colour.optional(),
  BRAND_ACCENT_DARK: colour.optional(),
  /** A logo before the operator's name: an SVG, PNG, JPEG or WebP file. */
  BRAND_LOGO_FILE: z
    .string()
    .refine((file) => pictureType(file) !== undefined, 'must be an .svg, .png, .jpg or .webp file')
    .optional(),
  /** App roles of the Entra tenant that open the pages for operators, `SmartAdmin=admin,SmartSupport=support,SmartAuditor=auditor`. Unset: there are none. */
  ADMIN_ROLES: adminRolesSetting.optional(),
  /** In which times of day are said, as `Europe/Madrid`. */
  TIME_ZONE: z
    .string()
    .refine((zone) => isTimeZone(zone), 'must be a time zone, such as Europe/Madrid')
    .default('UTC'),
  /** How many days audit records are kept, at least; the sweep removes whole months. Six years. */
  AUDIT_DAYS: z.coerce.number().int().min(1).max(36_500).default(2190),
  /** How long an app may stay away and still refresh, from each use; certification asks for at least 90. */
  OFFLINE_ACCESS_DAYS: z.coerce.number().int().min(90).max(365).default(100),
  /** `online_access`: longest time between two refreshes, and longest time in all since the person signed in. */
  ONLINE_ACCESS_IDLE_MINUTES: z.coerce.number().int().min(5).max(1440).default(90),
  ONLINE_ACCESS_MAX_MINUTES: z.coerce.number().int().min(5).max(10_080).default(720),
  /** Whether consent pages say how much there is of each kind of data, counted as the person and under what is asked for. */
  CONSENT_COUNTS: z.stringbool().default(true),
  /** off: nothing is ticked before the person has ticked it, and the request leads to the page of choices. */
  CONSENT_START: z.enum(['on', 'off']).default('on'),
  /** Groups (about, problems, medicines, tests, daily, visits, notes, insurance, privacy) and resource types, comma separated, that are asked about one by one. Default: none. */
  SENSITIVE_DATA: commaList(z.string().refine(isGroupOrType, 'must be groups of data or resource types')).default([]),
  /** Origins of EHRs, comma separated, that may show an app's request in a frame. Default: none. */
  FRAME_ANCESTORS: z
    .string()
    .transform((text) => text.split(',').map((origin) => origin.trim()))
    .pipe(
      z.array(z.string().refine((text) => URL.canParse(text) && new URL(text).origin === text, 'must be an origin')),
    )
    .default([]),
  /** JSON object of style documents by tenant, `default` for all others: told to apps that an EHR opens. */
  STYLES_FILE: z.string().min(1).optional(),
  /** Proxies of ours in front of this service that append to X-Forwarded-For. Addresses beyond them are not believed. */
  TRUSTED_HOPS: z.coerce.number().int().min(0).max(10).default(0),
  /** true: `/auth/authorize`, `/auth/token`, `/auth/token/introspection`, `/oauth2/authorize` and `/oauth2/token` are served too: addresses of the samples for Azure Health Data Services, and of FHIR Proxy 2. */
  LEGACY_ADDRESSES: z.stringbool().default(false),
  /** Multiplies all rate limits; 0 switches them off. */
  RATE_LIMIT_FACTOR: z.coerce.number().min(0).max(1000).default(1),
  ...serviceSettings,
  ...telemetrySettings,
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
})

function isTimeZone(zone: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}

export type AuthServerConfig = z.infer<typeof authServerSettings>

/** @throws Error with one line per fault, each naming its setting */
export function parseConfig(environment: Record<string, string | undefined>): AuthServerConfig {
  const present = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''),
  )
  const parsed = authServerSettings.safeParse(present)
  const faults = parsed.success ? [] : parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`)
  if ((present.TABLES_ACCOUNT === undefined) !== (present.TABLES_KEY === undefined)) {
    faults.push('TABLES_KEY: TABLES_ACCOUNT and TABLES_KEY go together')
  }
  const missing = ['ENTRA_TENANT_ID', 'ENTRA_CLIENT_ID', 'ENTRA_CLIENT_SECRET'].filter((name) => !present[name])
  if (missing.length < 3 || present.IDENTITY_PROVIDERS_FILE === undefined) {
    faults.push(...missing.map((name) => `${name}: needed to sign people in with Entra ID`))
  }
  if ((present.KEYS_FILE === undefined) === (present.KEYS_SECRET_URL === undefined)) {
    faults.push('KEYS_FILE: KEYS_FILE or KEYS_SECRET_URL is needed, not both')
  }
  if (!parsed.success || faults.length > 0) throw new Error(faults.join('\n'))
  return Object.freeze(parsed.data)
}
