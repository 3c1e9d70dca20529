// The settings of the SMART samples for Azure Health Data Services: its two functions, its consent page, its templates.
import {
  byHand,
  converted,
  type Made,
  noCounterpart,
  notNeeded,
  type OldSetting,
  type OldSystem,
} from './old-setting.ts'
import type { OldValues } from './old-values.ts'
import { IDENTITY_PROVIDERS } from './our-settings.ts'
import { PLATFORM } from './platform.ts'
import { as, asUrl, hostOf, isGuid, isTrue } from './values.ts'

const ADDRESS: readonly OldSetting[] = [
  converted(
    'AZURE_ApiManagementHostName',
    ['ISSUER', 'FHIR_BASE', 'LEGACY_ADDRESSES'],
    'apps keep `https://{host}/smart`. A host below azure-api.net is that of API Management: keep it in front, or choose one of your own',
    (value, old): Made | string => {
      const host = hostOf(value)
      if (host === undefined) return 'it is no host'
      if (host.endsWith('.azure-api.net'))
        return 'the host is that of API Management: keep it in front, or choose one of your own'
      const prefix = (old.get('AZURE_ApiManagementFhirPrefex') ?? 'smart').replaceAll('/', '')
      const isPath = /^[\w.~-]+$/.test(prefix)
      return {
        ISSUER: `https://${host}`,
        ...(isPath ? { FHIR_BASE: `https://${host}/${prefix}` } : {}),
        LEGACY_ADDRESSES: 'true',
      }
    },
  ),
  converted('AZURE_ApiManagementFhirPrefex', ['FHIR_BASE'], 'the path of `FHIR_BASE`', () => ({})),
]

const UPSTREAM: readonly OldSetting[] = [
  converted(['AZURE_FhirUrl', 'AZURE_FhirServerUrl'], ['UPSTREAM_URL'], 'the FHIR server', asUrl('UPSTREAM_URL')),
  converted(['fhirId', 'existingFhirId'], ['UPSTREAM_URL'], 'the FHIR server, by its resource id', resourceId),
  converted(
    'AZURE_FhirAudience',
    ['UPSTREAM_SCOPE'],
    'what tokens for it are asked for. Apps name `FHIR_BASE` as `aud`',
    (value) => as('UPSTREAM_SCOPE')(`${value.trim().replace(/\/$/, '')}/.default`),
  ),
  converted(
    'AZURE_ExportStorageAccountUrl',
    ['EXPORT_FILES_URL'],
    'where files of exports lie; add the container where the FHIR server uses one',
    asUrl('EXPORT_FILES_URL'),
  ),
]

const SIGN_IN: readonly OldSetting[] = [
  converted('AZURE_TenantId', ['ENTRA_TENANT_ID'], 'where people sign in', (value, old): Made | string => {
    if (hasOtherProvider(old)) return {}
    return isGuid(value) ? { ENTRA_TENANT_ID: value.trim() } : 'it is a name: the id of the tenant is needed'
  }),
  byHand(
    [
      'AZURE_IDPProvider',
      'IDP_Provider',
      'AZURE_IDPProviderTenantId',
      'IDP_Provider_Tenant_*',
      'AZURE_SmartonFhir_with_B2C',
      'smartonfhirwithb2c',
      'AZURE_B2C_Tenant_*',
      'B2CTenantId',
      'AZURE_Authority_URL',
      'AuthorityURL',
      'AZURE_Issuer',
    ],
    'where people do not sign in with Entra ID: an entry of `IDENTITY_PROVIDERS_FILE`',
  ),
  notNeeded(['AZURE_Authorization_Endpoint', 'AZURE_Token_Endpoint'], 'found out from the provider’s metadata'),
  byHand(
    ['AZURE_Fhir_Resource_AppId', 'FhirResourceAppId'],
    'scopes need no registration in Entra. Its claim `fhirUser` belongs on the registration that people sign in with',
  ),
  byHand('AZURE_Standalone_App_ClientId', 'register that app as a [client](#clients)'),
  byHand(
    ['AZURE_KeyVaultStore', 'AZURE_BackendServiceKeyVaultStore'],
    'each secret in it with a tag `jwks_url` is a backend service: register a [client](#clients) with that `jwks_uri`',
  ),
  notNeeded(
    ['AZURE_KeyVaultClientIdKey', 'AZURE_KeyVaultClientSecretKey'],
    'backend services prove themselves with their keys, and we hold no secret of theirs',
  ),
]

const OTHERS: readonly OldSetting[] = [
  converted(
    'ApiPublisherName',
    ['OPERATOR_NAME'],
    'the organisation’s name, shown on every page',
    (value): Made | string =>
      value.trim().length > 80 ? 'here it is 80 characters at most' : as('OPERATOR_NAME')(value),
  ),
  notNeeded(
    ['AZURE_ContextAppClientId', 'REACT_APP_*', 'contextStaticAppBaseUrl'],
    'of the consent page, which is a step of the authorization server now',
  ),
  notNeeded(['AZURE_CacheConnectionString', 'AZURE_CacheContainer'], 'there is no Redis: state is in tables'),
  noCounterpart('AZURE_Debug', 'errors never tell callers more; `LOG_LEVEL` does so for operators'),
  noCounterpart(['AZURE_IsCachedData', 'AZURE_TestBackendClient*'], 'for tests of the sample: register a client'),
  notNeeded(
    ['JwksUri', 'JWKS', 'Audience'],
    'named values of API Management. Apps find our keys by discovery, a client’s are in its registration, and `aud` is `FHIR_BASE`',
  ),
  notNeeded(
    [
      'name',
      'location',
      'principalId',
      'ApiPublisherEmail',
      'existingResourceGroupName',
      'logAnalyticsName',
      'enableVNetSupport',
      'oncEnabled',
      'AZURE_ENV_NAME',
      'AZURE_SUBSCRIPTION_ID',
      'AZURE_RESOURCE_GROUP',
      'AZURE_AppInsights*',
      'AzureAuthCustomOperationManagedIdentityId',
    ],
    'of the sample’s deployment',
  ),
]

/** `/subscriptions/…/workspaces/{workspace}/fhirservices/{name}`, or `…/services/{name}` of the older service. */
function resourceId(value: string): Made | string {
  const [, workspace, service] = /\/workspaces\/([a-z0-9-]+)\/fhirservices\/([a-z0-9-]+)$/i.exec(value.trim()) ?? []
  if (workspace !== undefined) return { UPSTREAM_URL: `https://${workspace}-${service}.fhir.azurehealthcareapis.com` }
  const [, older] = /\/services\/([a-z0-9-]+)$/i.exec(value.trim()) ?? []
  return older === undefined ? 'it is no FHIR service' : { UPSTREAM_URL: `https://${older}.azurehealthcareapis.com` }
}

function hasOtherProvider(old: OldValues): boolean {
  const named = PROVIDER_NAMES.map(old.get).find((value) => value !== undefined)
  return named === undefined ? B2C_NAMES.some((name) => isTrue(old.get(name))) : named !== 'EntraID'
}

const PROVIDER_NAMES = ['AZURE_IDPProvider', 'IDP_Provider'] as const
const B2C_NAMES = ['AZURE_SmartonFhir_with_B2C', 'smartonfhirwithb2c'] as const

export const SAMPLES: OldSystem = {
  id: 'samples',
  title: 'SMART samples for Azure Health Data Services',
  settings: [...ADDRESS, ...UPSTREAM, ...SIGN_IN, ...OTHERS, PLATFORM],
  modules: [],
  derive: (old) => [
    { name: 'UPSTREAM_AUTH', from: [], value: 'managed-identity' },
    ...(hasOtherProvider(old)
      ? [
          {
            name: 'IDENTITY_PROVIDERS_FILE',
            from: [...PROVIDER_NAMES, ...B2C_NAMES].filter(old.has),
            fill: IDENTITY_PROVIDERS,
          },
        ]
      : []),
  ],
}
