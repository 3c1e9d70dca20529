// Every address and setting of a sandbox, worked out from the base port, the host of the front door and the data folder. Pure.

import { join } from 'node:path'
import { SANDBOX_TENANT_ID } from './people/demo-people.ts'
import type { ServiceDefinition } from './service.ts'
import { TABLES_ACCOUNT, TABLES_KEY } from './tables/azurite.ts'

/** Ports are counted from the base: front door +0, and so on up to the queues. */
export const PORT_COUNT = 9

export type SandboxUrls = {
  issuer: string
  fhirBase: string
  authServer: string
  proxy: string
  /** The FHIR server itself; nobody but proxy and EHR should know it. */
  fhirServer: string
  entra: string
  tables: string
  /** The queue of change events. */
  events: string
  app: string
  launcher: string
}

export function sandboxUrls(p: { portBase: number; host: string }): SandboxUrls {
  const at = (offset: number, host = '127.0.0.1') => `http://${host}:${p.portBase + offset}`
  return {
    issuer: at(0, p.host),
    fhirBase: `${at(0, p.host)}/fhir`,
    authServer: at(1),
    proxy: at(2),
    fhirServer: `${at(3)}/r4`,
    entra: at(4, 'localhost'),
    tables: `${at(5)}/${TABLES_ACCOUNT}`,
    events: `${at(8)}/${TABLES_ACCOUNT}/change-events`,
    app: at(6, 'localhost'),
    launcher: at(7),
  }
}

/** Files of the data folder that services are told of. */
export function sandboxFiles(dataFolder: string) {
  const file = (name: string) => join(dataFolder, name)
  return {
    secrets: file('secrets.json'),
    signingKeys: file('signing-keys.json'),
    entraKey: file('entra-key.json'),
    entraApps: file('entra-apps.json'),
    launcherKey: file('launcher-key.json'),
    serviceKey: file('service-key.json'),
    sandbox: file('sandbox.json'),
    scenarios: file('scenarios'),
    adminKey: file('admin-key.json'),
    admin: file('admin.json'),
    clients: file('clients.json'),
    links: file('links.json'),
    identityProviders: file('identity-providers.json'),
    tables: file('tables'),
  }
}

/** Secrets made at the first start and kept in the data folder. */
export type SandboxSecrets = {
  cookie: string
  paging: string
  entraClient: string
  launcherEntraClient: string
  /** Who knows it may open and see runs of scenarios. */
  runs: string
}

export const AUTH_SERVER_ENTRA_CLIENT = 'smart-auth-server'
export const LAUNCHER_ENTRA_CLIENT = 'ehr-launcher'

/** The services, with the environment of each. Whatever is set here wins over the caller's environment. */
export function serviceDefinitions(p: {
  portBase: number
  host: string
  dataFolder: string
  secrets: SandboxSecrets
  /** What the person who starts the sandbox may choose. */
  environment: Record<string, string | undefined>
}): ServiceDefinition[] {
  const urls = sandboxUrls(p)
  const files = sandboxFiles(p.dataFolder)
  const listenAt = (offset: number, host = '127.0.0.1') => ({ HOST: host, PORT: String(p.portBase + offset) })
  const ours = {
    ISSUER: urls.issuer,
    FHIR_BASE: urls.fhirBase,
    // Whoever presses Ctrl-C does not wait for connections that lie idle.
    DRAIN_SECONDS: p.environment.DRAIN_SECONDS || '1',
  }
  const entraMetadataUrl = `${urls.entra}/${SANDBOX_TENANT_ID}/v2.0/.well-known/openid-configuration`
  return [
    {
      name: 'entra',
      file: 'sandbox/entra/main.ts',
      env: { ...listenAt(4), BASE_URL: urls.entra, APPS_FILE: files.entraApps, KEY_FILE: files.entraKey },
      readyUrl: `${urls.entra}/health`,
      after: [],
    },
    {
      name: 'tables',
      file: 'sandbox/tables/main.ts',
      env: { ...listenAt(5), QUEUE_PORT: String(p.portBase + 8), LOCATION: files.tables },
      readyUrl: urls.tables,
      after: [],
    },
    {
      name: 'fhir-server',
      file: 'sandbox/fhir-server/main.ts',
      env: listenAt(3),
      readyUrl: `${urls.fhirServer}/metadata`,
      after: [],
    },
    {
      name: 'auth-server',
      file: 'auth-server/main.ts',
      env: {
        ...listenAt(1),
        ...ours,
        FHIR_INTERNAL_URL: `${urls.proxy}/fhir`,
        TABLES_URL: urls.tables,
        TABLES_ACCOUNT,
        TABLES_KEY,
        TRUSTED_HOPS: '1',
        FRAME_ANCESTORS: urls.launcher,
        KEYS_FILE: files.signingKeys,
        // Nobody waits a minute for a change of keys to show.
        KEYS_RELOAD_SECONDS: p.environment.KEYS_RELOAD_SECONDS || '5',
        COOKIE_SECRETS: p.secrets.cookie,
        ENTRA_TENANT_ID: SANDBOX_TENANT_ID,
        ENTRA_CLIENT_ID: AUTH_SERVER_ENTRA_CLIENT,
        ENTRA_CLIENT_SECRET: p.secrets.entraClient,
        // MSAL insists on https for the authority; it then takes every address from the metadata.
        ENTRA_AUTHORITY: urls.entra.replace('http:', 'https:'),
        ENTRA_METADATA_URL: entraMetadataUrl,
        CLIENTS_FILE: files.clients,
        SANDBOX: 'true',
        LINKS_FILE: files.links,
        // One provider keeps a launch at one press.
        ...(p.environment.SANDBOX_SECOND_IDP === 'true' ? { IDENTITY_PROVIDERS_FILE: files.identityProviders } : {}),
        ADMIN_ROLES: 'SmartAdmin=admin,SmartSupport=support,SmartAuditor=auditor',
        OPERATOR_NAME: p.environment.OPERATOR_NAME || 'Contoso Health',
      },
      readyUrl: `${urls.authServer}/health`,
      after: ['tables', 'entra'],
    },
    {
      name: 'proxy',
      file: 'proxy/main.ts',
      env: {
        ...listenAt(2),
        ...ours,
        TABLES_URL: urls.tables,
        TABLES_ACCOUNT,
        TABLES_KEY,
        UPSTREAM_URL: urls.fhirServer,
        JWKS_URL: `${urls.authServer}/jwks`,
        PAGING_SECRET: p.secrets.paging,
        EVENTS: p.environment.EVENTS || 'storage-queue',
        EVENTS_QUEUE_URL: urls.events,
        PRACTITIONER_REACH: p.environment.PRACTITIONER_REACH || 'panel',
        PRACTITIONER_REACH_ALL: p.environment.PRACTITIONER_REACH_ALL || 'Practitioner/nora-hale',
      },
      readyUrl: `${urls.proxy}/health`,
      after: ['fhir-server', 'tables'],
    },
    {
      name: 'front-door',
      file: 'sandbox/front-door/main.ts',
      env: {
        ...listenAt(0, p.host),
        PUBLIC_URL: urls.issuer,
        AUTH_SERVER_URL: urls.authServer,
        PROXY_URL: urls.proxy,
        ENTRA_URL: urls.entra,
        RUNS_KEY: p.secrets.runs,
        SANDBOX_GATEWAY: p.environment.SANDBOX_GATEWAY || 'false',
      },
      readyUrl: `${urls.issuer}/front-door/health`,
      after: [],
    },
    {
      name: 'sample-app',
      file: 'sandbox/sample-app/main.ts',
      env: { ...listenAt(6), FHIR_BASE: urls.fhirBase },
      readyUrl: `${urls.app}/health`,
      after: [],
    },
    {
      name: 'launcher',
      file: 'sandbox/launcher/main.ts',
      env: {
        ...listenAt(7),
        DATA_FOLDER: p.dataFolder,
        ENTRA_METADATA_URL: entraMetadataUrl,
        ENTRA_CLIENT_ID: LAUNCHER_ENTRA_CLIENT,
        ENTRA_CLIENT_SECRET: p.secrets.launcherEntraClient,
      },
      readyUrl: `${urls.launcher}/health`,
      after: [],
    },
  ]
}

/** What both services are given, for tools that look at them. */
export function sandboxEnvironments(p: Parameters<typeof serviceDefinitions>[0]) {
  const definitions = serviceDefinitions(p)
  const of = (service: string) => ({ ...p.environment, ...definitions.find(({ name }) => name === service)?.env })
  return { authServer: of('auth-server'), proxy: of('proxy') }
}
