// Starts the authorization server: reads the environment, opens the storage and the port. The only file here that does.
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { type Logger, pino } from 'pino'
import { type BrandAssets, brandAssets, pictureType } from '../consent-ui/index.ts'
import { drainOf } from '../service/drain.ts'
import { type Running, runService } from '../service/run-service.ts'
import { telemetryFor, telemetryOf } from '../service/telemetry/settings.ts'
import { auditTrail } from './audit/audit-trail.ts'
import type { RegistrationSettings } from './clients/registration.ts'
import { parseClients, seededClients } from './clients/seed.ts'
import { type AuthServerConfig, parseConfig } from './config.ts'
import { linkStore } from './identity/links.ts'
import { type LinkEntry, parseLinks, seedLinks } from './identity/links-file.ts'
import { fileSource, type KeySource, vaultSource } from './keys/key-sources.ts'
import { watchKeys } from './keys/key-watch.ts'
import { readJson, type SigningKeys } from './keys/signing-keys.ts'
import { launchStyles } from './launch/styles.ts'
import { tellOfActs, tellOfState } from './observe.ts'
import { createAuthServer } from './server.ts'
import { entraOfSettings, providersOfFile } from './sign-in/providers.ts'
import { auditTable } from './storage/audit-table.ts'
import type { RecordStore } from './storage/record-store.ts'
import { referenceTable, referenceTokens } from './storage/reference-tokens.ts'
import { tableFeed } from './storage/revocation-feed.ts'
import { type SharedLinkRows, sharedLinks, sharedLinkTable } from './storage/shared-links.ts'
import { sweepHourly } from './storage/sweep.ts'
import { tableStore } from './storage/tables.ts'

const DAY_SECONDS = 24 * 3600

/** Audit records that are being written when the last answer is out are waited for no longer than this. */
const CLOSING_MS = 10_000

async function start(config: AuthServerConfig): Promise<Running> {
  const telemetry = await telemetryFor('auth-server', telemetryOf(config))
  const log = openLog(config, telemetry?.log)
  const namedKey =
    config.TABLES_ACCOUNT !== undefined && config.TABLES_KEY !== undefined
      ? { namedKey: { account: config.TABLES_ACCOUNT, key: config.TABLES_KEY } }
      : {}
  const tables = { url: config.TABLES_URL, ...namedKey }
  const [entries, linkEntries, store, feed, references, linkRows, auditRows] = await Promise.all([
    config.CLIENTS_FILE === undefined ? undefined : readJson(config.CLIENTS_FILE).then(parseClients),
    config.LINKS_FILE === undefined ? undefined : readJson(config.LINKS_FILE).then(parseLinks),
    tableStore(tables),
    tableFeed(tables),
    referenceTable(tables).then(referenceTokens),
    sharedLinkTable(tables),
    auditTable(tables),
  ])
  sweepHourly({ ...tables, auditDays: config.AUDIT_DAYS }, store, log)
  const clients = await seededClients({ store, feed, entries, now: Date.now })
  const audit = auditTrail({
    // Whatever the level of other lines.
    audited: pino({ name: 'audit' }),
    rows: auditRows,
    trustedHops: config.TRUSTED_HOPS,
    now: Date.now,
    log,
    onAct: tellOfActs(telemetry),
  })
  const parts = {
    issuer: config.ISSUER,
    fhirBase: config.FHIR_BASE,
    fhirUrl: config.FHIR_INTERNAL_URL ?? config.FHIR_BASE,
    pages: {
      operator: config.OPERATOR_NAME,
      support: config.SUPPORT_CONTACT,
      languages: config.LANGUAGES,
      brand: await readBrand(config),
      timeZone: config.TIME_ZONE,
    },
    rateLimits: { trustedHops: config.TRUSTED_HOPS, factor: config.RATE_LIMIT_FACTOR },
    servesOldAddresses: config.LEGACY_ADDRESSES,
    frameAncestors: config.FRAME_ANCESTORS,
    styles: launchStyles(config.ISSUER, config.STYLES_FILE === undefined ? {} : await readJson(config.STYLES_FILE)),
    cookieSecrets: config.COOKIE_SECRETS,
    store,
    feed,
    references,
    lifetimes: {
      offlineSeconds: config.OFFLINE_ACCESS_DAYS * 24 * 3600,
      onlineIdleSeconds: config.ONLINE_ACCESS_IDLE_MINUTES * 60,
      onlineSeconds: config.ONLINE_ACCESS_MAX_MINUTES * 60,
    },
    consent: {
      counts: config.CONSENT_COUNTS,
      start: config.CONSENT_START,
      sensitive: config.SENSITIVE_DATA,
    },
    clients,
    allowLocalKeySets: config.SANDBOX,
    registration: registrationOf(config),
    links: await seededLinks(linkEntries, { store, rows: linkRows }, config),
    auditDays: config.AUDIT_DAYS,
    auditRows,
    adminRoles: config.ADMIN_ROLES,
    proxyUrl: config.FHIR_INTERNAL_URL,
    linkSeconds: config.LINK_DAYS * DAY_SECONDS,
    personas: {
      sources: config.PERSONA_SOURCES,
      fhirUserClaims: config.FHIR_USER_CLAIMS,
      claimSeconds: config.CLAIM_PERSONA_DAYS * DAY_SECONDS,
      identifierLookups: config.IDENTIFIER_LOOKUPS,
    },
    identityProviders: [...entraOfSettings(config), ...(await readProviders(config))],
    audit,
    telemetry,
    // Told of once they are there.
    keyState: () => watch.state(),
    log,
  }
  // The library takes its keys once: other keys are another provider. All state is in the tables, and requests that are
  // under way end with the one they began with.
  const handlerFor = (keys: SigningKeys) => createAuthServer({ ...parts, keys }).callback()
  const watch = await watchKeys({
    source: keySourceOf(config),
    reloadSeconds: config.KEYS_RELOAD_SECONDS,
    now: Date.now,
    log,
    onChange: (keys) => {
      handle = handlerFor(keys)
    },
  })
  let handle = handlerFor(watch.keys)
  if (telemetry !== undefined) tellOfState(telemetry, { keys: watch.state })
  // Whoever sends a body byte by byte holds nothing for long.
  const limits = { headersTimeout: 10_000, requestTimeout: 15_000, connectionsCheckingInterval: 2_000 }
  const server = createServer(limits, (request, response) => void handle(request, response))
  const drain = drainOf(server)
  server.listen(config.PORT, config.HOST)
  await once(server, 'listening')
  log.info({ port: config.PORT, issuer: config.ISSUER }, 'listening')
  return {
    async end() {
      await drain(config.DRAIN_SECONDS * 1000)
      await audit.drained(AbortSignal.timeout(CLOSING_MS))
      await telemetry?.close()
    },
  }
}

/** @param further where lines go besides standard output */
function openLog({ LOG_LEVEL: level }: AuthServerConfig, further?: { write(line: string): void }): Logger {
  const name = 'auth-server'
  if (further === undefined) return pino({ level, name })
  const streams = [process.stdout, further].map((stream) => ({ stream, level: 'trace' as const }))
  return pino({ level, name }, pino.multistream(streams))
}

async function seededLinks(
  entries: readonly LinkEntry[] = [],
  { store, rows }: { store: RecordStore; rows: SharedLinkRows },
  config: AuthServerConfig,
) {
  const links = sharedLinks(linkStore(store, Date.now), rows)
  await seedLinks(links, entries, new Date(Date.now() + config.LINK_DAYS * DAY_SECONDS * 1000).toISOString())
  return links
}

/** @throws Error when the logo cannot be read, or a colour could not */
async function readBrand({ BRAND_ACCENT, BRAND_ACCENT_DARK, BRAND_LOGO_FILE }: AuthServerConfig): Promise<BrandAssets> {
  const contentType = BRAND_LOGO_FILE === undefined ? undefined : pictureType(BRAND_LOGO_FILE)
  return brandAssets({
    accent: BRAND_ACCENT,
    accentDark: BRAND_ACCENT_DARK,
    logo:
      BRAND_LOGO_FILE === undefined || contentType === undefined
        ? undefined
        : { contentType, body: await readFile(BRAND_LOGO_FILE) },
  })
}

async function readProviders({ IDENTITY_PROVIDERS_FILE: file, ISSUER }: AuthServerConfig) {
  return file === undefined ? [] : providersOfFile(await readJson(file), ISSUER, process.env)
}

function keySourceOf({ KEYS_FILE, KEYS_SECRET_URL }: AuthServerConfig): KeySource {
  return KEYS_SECRET_URL === undefined ? fileSource(String(KEYS_FILE)) : vaultSource(KEYS_SECRET_URL)
}

function registrationOf(config: AuthServerConfig): RegistrationSettings | undefined {
  const { REGISTRATION_TOKEN_SHA256: tokenSha256, REGISTRATION_AUTO_ENABLE: isEnabledAtOnce } = config
  return tokenSha256 === undefined ? undefined : { tokenSha256, isEnabledAtOnce }
}

/** One line, and no stack: whoever reads it set the settings. */
function fail(error: unknown): never {
  const { code, message } = error as { code?: string; message?: string }
  const reason = code === 'EADDRINUSE' ? `PORT ${process.env.PORT} is in use` : (message ?? String(error))
  for (const line of reason.split('\n')) process.stderr.write(`auth-server: ${line}\n`)
  process.exit(1)
}

try {
  const config = parseConfig(process.env)
  const { WORKERS: workers, DRAIN_SECONDS: drainSeconds } = config
  await runService(() => start(config), { workers, drainSeconds, log: openLog(config) })
} catch (error) {
  fail(error)
}
