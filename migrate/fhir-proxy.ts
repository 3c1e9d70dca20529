// The settings of the FHIR Proxy (Secure FHIR Gateway and Proxy), of version 1 and 2.
import { fhirProxyDerived } from './fhir-proxy-derived.ts'
import { FHIR_PROXY_MODULES, hasModule, MODULE_SETTINGS } from './fhir-proxy-modules.ts'
import { FHIR_PROXY_PEOPLE } from './fhir-proxy-people.ts'
import {
  byHand,
  converted,
  type Made,
  noCounterpart,
  notNeeded,
  type OldSetting,
  type OldSystem,
  secret,
} from './old-setting.ts'
import { PLATFORM } from './platform.ts'
import { as, asNumber, asUrl, hostOf, isTrue, memberOf, NO_URL, storageUrl, urlOf } from './values.ts'

const ADDRESS: readonly OldSetting[] = [
  converted(
    'FP-HOST',
    ['ISSUER', 'FHIR_BASE'],
    'apps keep `https://{host}/fhir`. A host below azurewebsites.net belongs to the old function app: choose one of your own',
    (value): Made | string => {
      const host = hostOf(value)
      if (host === undefined) return 'it is no host'
      if (host.endsWith('.azurewebsites.net')) return 'the host belongs to the old function app: choose one of your own'
      return { ISSUER: `https://${host}`, FHIR_BASE: `https://${host}/fhir` }
    },
  ),
]

const UPSTREAM: readonly OldSetting[] = [
  converted('FS-URL', ['UPSTREAM_URL'], 'the FHIR server', asUrl('UPSTREAM_URL')),
  converted('FS-RESOURCE', ['UPSTREAM_SCOPE'], 'what tokens for it are asked for, with `/.default`', (value) =>
    as('UPSTREAM_SCOPE')(`${value.trim()}/.default`),
  ),
  converted('FS-TENANT-NAME', ['UPSTREAM_TENANT_ID'], 'with a client id alone', as('UPSTREAM_TENANT_ID')),
  converted(
    'FS-CLIENT-ID',
    ['UPSTREAM_CLIENT_ID'],
    'with it `UPSTREAM_AUTH` is client-credentials, without it managed-identity',
    as('UPSTREAM_CLIENT_ID'),
  ),
  secret(
    ['FS-SECRET', 'FS-CLIENT-SECRET'],
    'UPSTREAM_CLIENT_SECRET',
    'or better none: give the managed identity the right, and set `UPSTREAM_AUTH`',
  ),
  converted(
    'FS-ISMSI',
    ['UPSTREAM_AUTH'],
    'true: managed-identity',
    (value): Made => (isTrue(value) ? { UPSTREAM_AUTH: 'managed-identity' } : {}),
  ),
  converted('FS-AUTHORITY', ['UPSTREAM_AUTHORITY'], 'where its tokens come from', asUrl('UPSTREAM_AUTHORITY')),
  converted(
    'FP-POOLEDCON-MAXCONNECTIONS',
    ['UPSTREAM_CONNECTIONS'],
    'most connections to the FHIR server',
    asNumber('UPSTREAM_CONNECTIONS', { least: 1, most: 10_000 }),
  ),
  notNeeded('FP-POOLEDCON-*', 'connections are kept and ended as the FHIR server says'),
  notNeeded(
    'FP-POLLY-*',
    'reads are asked again by themselves, writes never; a request has a deadline, `REQUEST_TIMEOUT_MS`',
  ),
  notNeeded('FS-RESPONSE-HEADER-NAME', 'which headers come back is fixed'),
]

const VALIDATION = '[profile-validation](processors.md#profile-validation)'
const MODULE_OFF = 'its module was not switched on'

const MODULES: readonly OldSetting[] = [
  converted(MODULE_SETTINGS, [], 'each module by itself: [modules](#modules)', () => ({})),
  converted(
    'FP-MOD-CONSENT-OPTOUT-CATEGORY',
    ['CONSENT_OPT_OUT_CATEGORY'],
    'with the module `ConsentOptOutFilter` alone. Named actors count now, and each verb',
    (value, old): Made | string => {
      if (!hasModule(old, 'ConsentOptOutFilter')) return MODULE_OFF
      const category = value.trim()
      return /^[^|\s]+\|[^|\s]+$/.test(category) ? { CONSENT_OPT_OUT_CATEGORY: category } : 'it is not system|code'
    },
  ),
  converted(
    'CONSENT_CACHE_TTL_MINUTES',
    ['CONSENT_OPT_OUT_MINUTES'],
    'the older one took them for hours where it kept denials',
    asNumber('CONSENT_OPT_OUT_MINUTES', { least: 1, most: 1440 }),
  ),
  converted(
    'FP-MOD-EVENTHUB-NAME',
    ['EVENTS_HUB_NAME'],
    'with the module `PublishFHIREventPostProcess` alone',
    (value, old) => (hasModule(old, 'PublishFHIREventPostProcess') ? as('EVENTS_HUB_NAME')(value) : MODULE_OFF),
  ),
  converted(
    'FP-MOD-EVENTHUB-CONNECTION',
    ['EVENTS_HUB_NAMESPACE'],
    'the namespace alone, without its key: the managed identity needs to send there',
    (value, old): Made | string => {
      if (!hasModule(old, 'PublishFHIREventPostProcess')) return MODULE_OFF
      const host = hostOf(memberOf(value, 'Endpoint')?.replace(/^sb:/i, 'https:') ?? '')
      return host === undefined ? 'it names no namespace' : { EVENTS_HUB_NAMESPACE: host }
    },
  ),
  converted('FP-MOD-FHIRVALIDATION-URL', [], `\`url\` of the processor ${VALIDATION}`, (value): Made | string =>
    urlOf(value) === undefined ? NO_URL : {},
  ),
  converted(
    'FP-MOD-FHIRVALIDATION-POLICY-FILE',
    [],
    `\`policyFile\` of the processor ${VALIDATION}: put the file beside \`PROCESSORS_FILE\``,
    () => ({}),
  ),
  byHand('FP-MOD-FHIRVALIDATION-POLICY-CONTAINER', 'fetch the file of the policy from there'),
  converted('FS_TIMEOUT_SECS', [], `\`timeoutSeconds\` of the processor ${VALIDATION}`, (value): Made | string => {
    const made = asNumber('timeoutSeconds', { least: 1, most: 120 })(value)
    return typeof made === 'string' ? made : {}
  }),
  noCounterpart(
    ['FP-STORAGEACCOUNT-CONNSTRING', 'FP-STORAGEACCOUNT-CONTAINER', 'FP-BLOBALREADYEXISTS-RETRYCOUNT'],
    'of the module `PublishFHIRResponseToBlobPostProcessor`: `url` of the processor [blob-copy](processors.md#blob-copy) names account and container, and the managed identity signs in',
  ),
  noCounterpart('FP-BUNDLES-LOGCONVERTED', 'it wrote records into the log'),
  noCounterpart(
    ['SA-*', 'FP-SA-BULKLOAD', 'FP-BULK-OVERRIDE-ACTION'],
    'of the Dataverse agent and its queue: let a function of yours read the change events and fill it',
  ),
]

const STORAGE: readonly OldSetting[] = [
  converted(
    'FP-STORAGEACCT',
    ['TABLES_URL'],
    'the account alone, without its key: the managed identity signs in. Links come over by [import](#links)',
    (value): Made | string => {
      const url = storageUrl(value, 'table')
      return url === undefined ? 'it names no account' : { TABLES_URL: url }
    },
  ),
  converted(
    'FP-EXPORT-STORAGEACCT',
    ['EXPORT_FILES_URL'],
    'the account alone; add the container where the FHIR server uses one',
    (value): Made | string => {
      const url = storageUrl(value, 'blob') ?? memberOf(value, 'BlobEndpoint')
      return url === undefined ? 'it names no account' : { EXPORT_FILES_URL: url }
    },
  ),
  notNeeded('FP-REDISCONNECTION', 'there is no Redis: state is in tables'),
  byHand('FP-SC-*', 'a client of the old proxy, not a setting of it: [clients](#clients)'),
]

export const FHIR_PROXY: OldSystem = {
  id: 'fhir-proxy',
  title: 'FHIR Proxy',
  settings: [...ADDRESS, ...UPSTREAM, ...FHIR_PROXY_PEOPLE, ...MODULES, ...STORAGE, PLATFORM],
  modules: FHIR_PROXY_MODULES,
  derive: fhirProxyDerived,
}
