// The settings of the FHIR Server for Azure and of Azure API for FHIR that concern its SMART proxy and who may call it. Those
// of the data, of searches and of operations stay with the server.
import {
  byHand,
  converted,
  type Made,
  noCounterpart,
  notNeeded,
  type OldSetting,
  type OldSystem,
} from './old-setting.ts'
import { PLATFORM } from './platform.ts'
import { asUrl, isGuid, urlOf } from './values.ts'

/** The same setting has a name each in the server’s configuration, in the managed service and in its template. */
const SECURITY: readonly OldSetting[] = [
  notNeeded(
    [
      'FhirServer:Security:EnableAadSmartOnFhirProxy',
      'authenticationConfiguration:smartProxyEnabled',
      'enableAadSmartOnFhirProxy',
    ],
    'both its addresses are always there, and its launch for clients with `legacy_launch`. Switch it off at the server once no app uses it',
  ),
  notNeeded('FhirServer:Security:Enabled', 'nothing is answered without a token. At the server leave it on'),
  converted(
    [
      'FhirServer:Security:Authentication:Audience',
      'authenticationConfiguration:audience',
      'securityAuthenticationAudience',
    ],
    ['UPSTREAM_SCOPE', 'UPSTREAM_URL'],
    'tokens for the server are asked for it, with `/.default`; where it is the server’s own address, that too',
    audience,
  ),
  converted(
    [
      'FhirServer:Security:Authentication:Authority',
      'authenticationConfiguration:authority',
      'securityAuthenticationAuthority',
    ],
    ['ENTRA_TENANT_ID', 'ENTRA_AUTHORITY'],
    'the tenant in it, and where Entra is',
    authority,
  ),
  byHand(
    'authenticationConfiguration:smartIdentityProviders:*',
    'each an entry of `IDENTITY_PROVIDERS_FILE`; their applications become [clients](#clients)',
  ),
  converted(
    'accessPolicies:*:objectId',
    ['ROLE_ALLOWED_OBJECT_IDS'],
    'in [role mode](role-mode.md) alone. At the server leave the proxy’s own identity in the list, and nobody else',
    (value): Made | string => (isGuid(value) ? { ROLE_ALLOWED_OBJECT_IDS: value.trim() } : 'it is no object id'),
  ),
  notNeeded('FhirServer:Security:PrincipalClaims:*', 'the log names account and client by itself'),
  noCounterpart(
    'FhirServer:Security:Authorization:*',
    'roles and scopes are read in the claims of Entra: [role mode](role-mode.md)',
  ),
  notNeeded(
    ['FhirServer:Cors:*', 'corsConfiguration:*'],
    'every origin may read, without cookies; the token endpoint is for the origins of registered clients',
  ),
]

const CONTAINER = 'where files of exports lie; add the container where the server uses one'

const EXPORT: readonly OldSetting[] = [
  converted(
    'FhirServer:Operations:Export:StorageAccountUri',
    ['EXPORT_FILES_URL'],
    CONTAINER,
    asUrl('EXPORT_FILES_URL'),
  ),
  converted('exportConfiguration:storageAccountName', ['EXPORT_FILES_URL'], CONTAINER, (value): Made | string =>
    /^[a-z0-9]{3,24}$/.test(value.trim())
      ? { EXPORT_FILES_URL: `https://${value.trim()}.blob.core.windows.net` }
      : 'it is no name of an account',
  ),
  notNeeded(
    'FhirServer:Operations:Export:StorageAccountConnection',
    'its key stays with the server; give the proxy’s identity the right to read blobs, and set `EXPORT_FILES_URL`',
  ),
  notNeeded(
    'FhirServer:CoreFeatures:EnableSmartExportScopeAuthorization',
    'export is always judged by scopes, and is its client’s alone',
  ),
]

/** Of the sample launcher beside it. */
const LAUNCHER = notNeeded(
  ['FhirServerUrl', 'ClientId', 'DefaultSmartAppUrl'],
  'of the sample launcher: the sandbox has one of its own',
)

const OF_THE_SERVER = notNeeded(
  [
    'FhirServer:*',
    'CosmosDb:*',
    'SqlServer:*',
    'DataStore',
    'KeyVault:*',
    'TaskHosting:*',
    'Logging:*',
    'Telemetry:*',
    'PrometheusMetrics:*',
    'cosmosDb*',
    'sql*',
    'appServicePlan*',
    'acrConfiguration:*',
    'importConfiguration:*',
    'exportConfiguration:*',
    'privateEndpointConnections:*',
    'publicNetworkAccess',
    'provisioningState',
    'serviceName',
    'numberOfInstances',
    'msdeployPackageUrl',
    'deployApplicationInsights',
    'additionalFhirServerConfigProperties:*',
    'solutionType',
    'fhirVersion',
    'enableExport',
    'enableConvertData',
    'enableReindex',
    'enableImport',
    'backgroundTaskCount',
    'id',
    'etag',
    'kind',
    'name',
    'type',
    'location',
    'resourceGroup',
    'identity:*',
    'systemData:*',
    'tags:*',
    'eventState',
    'resourceVersionPolicyConfiguration:*',
    'implementationGuidesConfiguration:*',
  ],
  'of the FHIR server itself: it stays there',
)

function audience(value: string): Made | string {
  const url = urlOf(value)
  if (url === undefined) return { UPSTREAM_SCOPE: `${value.trim()}/.default` }
  const isServer = /^[a-z0-9-]+\.(fhir\.)?azurehealthcareapis\.com$/i.test(new URL(url).host)
  return { UPSTREAM_SCOPE: `${url}/.default`, ...(isServer ? { UPSTREAM_URL: url } : {}) }
}

/** `https://login.microsoftonline.com/{tenant}`, with or without `/v2.0`. */
function authority(value: string): Made | string {
  const url = urlOf(value)
  const [, tenant = ''] = url === undefined ? [] : new URL(url).pathname.split('/')
  if (url === undefined || !isGuid(tenant)) return 'it does not name the tenant by its id'
  const { origin } = new URL(url)
  return {
    ENTRA_TENANT_ID: tenant,
    ...(origin === 'https://login.microsoftonline.com' ? {} : { ENTRA_AUTHORITY: origin }),
  }
}

export const AZURE_SMART_PROXY: OldSystem = {
  id: 'azure-smart-proxy',
  title: 'SMART proxy of Azure API for FHIR',
  settings: [...SECURITY, ...EXPORT, LAUNCHER, OF_THE_SERVER, PLATFORM],
  modules: [],
  derive: () => [{ name: 'UPSTREAM_AUTH', from: [], value: 'managed-identity' }],
}
