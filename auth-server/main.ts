// Starts the authorization server: reads the environment, opens the storage and the port. The only file here that does.
import { createServer, type Server } from 'node:http'
import { pino } from 'pino'
import { clientRegistry } from './clients/registry.ts'
import { type AuthServerConfig, parseConfig } from './config.ts'
import { linkTable } from './identity/links.ts'
import { readJson, readSigningKeys } from './keys/signing-keys.ts'
import { createAuthServer } from './server.ts'
import { entraIdentityProvider } from './sign-in/entra.ts'
import { CALLBACK_PATH } from './sign-in/identity-provider.ts'
import { referenceTable, referenceTokens } from './storage/reference-tokens.ts'
import { tableFeed } from './storage/revocation-feed.ts'
import { tableStore } from './storage/tables.ts'

async function start(config: AuthServerConfig): Promise<Server> {
  const log = pino({ level: config.LOG_LEVEL, name: 'auth-server' })
  const namedKey =
    config.TABLES_ACCOUNT !== undefined && config.TABLES_KEY !== undefined
      ? { namedKey: { account: config.TABLES_ACCOUNT, key: config.TABLES_KEY } }
      : {}
  const tables = { url: config.TABLES_URL, ...namedKey }
  const [keys, clients, links, store, feed, references] = await Promise.all([
    readSigningKeys(config.KEYS_FILE),
    readJson(config.CLIENTS_FILE).then(clientRegistry),
    readJson(config.LINKS_FILE).then(linkTable),
    tableStore(tables),
    tableFeed(tables),
    referenceTable(tables).then(referenceTokens),
  ])
  const identityProvider = entraIdentityProvider({
    id: 'entra',
    label: config.OPERATOR_NAME,
    callbackPath: CALLBACK_PATH,
    tenantId: config.ENTRA_TENANT_ID,
    clientId: config.ENTRA_CLIENT_ID,
    clientSecret: config.ENTRA_CLIENT_SECRET,
    authority: config.ENTRA_AUTHORITY,
    redirectUri: `${config.ISSUER}${CALLBACK_PATH}`,
    ...(config.ENTRA_METADATA_URL === undefined ? {} : { metadataUrl: config.ENTRA_METADATA_URL }),
  })
  const provider = createAuthServer({
    issuer: config.ISSUER,
    fhirBase: config.FHIR_BASE,
    fhirUrl: config.FHIR_INTERNAL_URL ?? config.FHIR_BASE,
    operator: config.OPERATOR_NAME,
    rateLimits: { trustedHops: config.TRUSTED_HOPS, factor: config.RATE_LIMIT_FACTOR },
    cookieSecrets: config.COOKIE_SECRETS,
    keys,
    store,
    feed,
    references,
    lifetimes: {
      offlineSeconds: config.OFFLINE_ACCESS_DAYS * 24 * 3600,
      onlineIdleSeconds: config.ONLINE_ACCESS_IDLE_MINUTES * 60,
      onlineSeconds: config.ONLINE_ACCESS_MAX_MINUTES * 60,
    },
    clients,
    links,
    identityProvider,
    log,
  })
  return new Promise((resolve, reject) => {
    // Whoever sends a body byte by byte holds nothing for long.
    const limits = { headersTimeout: 10_000, requestTimeout: 15_000, connectionsCheckingInterval: 2_000 }
    const server = createServer(limits, provider.callback()).listen(config.PORT, config.HOST, () => {
      log.info({ port: config.PORT, issuer: config.ISSUER }, 'listening')
      resolve(server)
    })
    server.once('error', reject)
  })
}

/** One line, and no stack: whoever reads it set the settings. */
function fail(error: unknown): never {
  const { code, message } = error as { code?: string; message?: string }
  const reason = code === 'EADDRINUSE' ? `PORT ${process.env.PORT} is in use` : (message ?? String(error))
  for (const line of reason.split('\n')) process.stderr.write(`auth-server: ${line}\n`)
  process.exit(1)
}

try {
  const server = await start(parseConfig(process.env))
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      server.close(() => process.exit(0))
      server.closeIdleConnections()
    })
  }
} catch (error) {
  fail(error)
}
