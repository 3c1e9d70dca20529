// What may be asked for in Azure, and how. A type, version or role that does not stand here is refused: somebody has to look it
// up first.

import { at, type Deployed, isValues, type Value } from './values.ts'

type Rule = {
  /** As published for the type; a preview only where there is nothing else. */
  apiVersion: string
  name: RegExp
  /** Members that must have these values, by their path. */
  must?: Readonly<Record<string, Value>>
}

const WORDS = /^[a-zA-Z0-9][a-zA-Z0-9-_.]{1,61}[a-zA-Z0-9]$/
const GUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/

const TYPES: Readonly<Record<string, Rule>> = {
  'Microsoft.Resources/resourceGroups': { apiVersion: '2024-03-01', name: WORDS },
  'Microsoft.ManagedIdentity/userAssignedIdentities': { apiVersion: '2023-01-31', name: WORDS },
  'Microsoft.OperationalInsights/workspaces': {
    apiVersion: '2023-09-01',
    name: WORDS,
    must: { 'properties.features.disableLocalAuth': true },
  },
  'Microsoft.Insights/components': {
    apiVersion: '2020-02-02',
    name: WORDS,
    must: { 'properties.DisableLocalAuth': true },
  },
  'Microsoft.Insights/diagnosticSettings': { apiVersion: '2021-05-01-preview', name: WORDS },
  'Microsoft.Insights/actionGroups': { apiVersion: '2023-01-01', name: WORDS },
  'Microsoft.Insights/webtests': { apiVersion: '2022-06-15', name: WORDS },
  'Microsoft.Insights/metricAlerts': { apiVersion: '2018-03-01', name: WORDS },
  'Microsoft.Insights/scheduledQueryRules': { apiVersion: '2021-08-01', name: WORDS },
  'Microsoft.Network/virtualNetworks': { apiVersion: '2024-01-01', name: WORDS },
  'Microsoft.Network/virtualNetworks/subnets': { apiVersion: '2024-01-01', name: WORDS },
  'Microsoft.Network/privateDnsZones': { apiVersion: '2020-06-01', name: /^privatelink(\.[a-z]+)+$/ },
  'Microsoft.Network/privateDnsZones/virtualNetworkLinks': { apiVersion: '2020-06-01', name: WORDS },
  'Microsoft.Network/privateEndpoints': { apiVersion: '2024-01-01', name: WORDS },
  'Microsoft.Network/privateEndpoints/privateDnsZoneGroups': { apiVersion: '2024-01-01', name: WORDS },
  'Microsoft.Storage/storageAccounts': {
    apiVersion: '2023-05-01',
    name: /^[a-z0-9]{3,24}$/,
    must: {
      'properties.allowSharedKeyAccess': false,
      'properties.allowBlobPublicAccess': false,
      'properties.minimumTlsVersion': 'TLS1_2',
      'properties.supportsHttpsTrafficOnly': true,
    },
  },
  'Microsoft.Storage/storageAccounts/tableServices': { apiVersion: '2023-05-01', name: /^default$/ },
  'Microsoft.Storage/storageAccounts/tableServices/tables': { apiVersion: '2023-05-01', name: /^[a-z][a-z0-9]{2,62}$/ },
  'Microsoft.KeyVault/vaults': {
    apiVersion: '2023-07-01',
    name: /^[a-z][a-z0-9-]{1,22}[a-z0-9]$/,
    must: { 'properties.enableRbacAuthorization': true, 'properties.enablePurgeProtection': true },
  },
  'Microsoft.KeyVault/vaults/secrets': { apiVersion: '2023-07-01', name: /^[a-z0-9-]{1,127}$/ },
  'Microsoft.ContainerRegistry/registries': {
    apiVersion: '2023-07-01',
    name: /^[a-z0-9]{5,50}$/,
    must: { 'properties.adminUserEnabled': false, 'properties.anonymousPullEnabled': false },
  },
  'Microsoft.EventHub/namespaces': {
    apiVersion: '2024-01-01',
    name: /^[a-z][a-z0-9-]{4,48}[a-z0-9]$/,
    must: { 'properties.disableLocalAuth': true, 'properties.minimumTlsVersion': '1.2' },
  },
  'Microsoft.EventHub/namespaces/eventhubs': { apiVersion: '2024-01-01', name: WORDS },
  'Microsoft.HealthcareApis/workspaces': { apiVersion: '2024-03-31', name: /^[a-z0-9]{3,24}$/ },
  'Microsoft.HealthcareApis/workspaces/fhirservices': {
    apiVersion: '2024-03-31',
    name: /^[a-z0-9-]{3,24}$/,
    must: { kind: 'fhir-R4', 'properties.authenticationConfiguration.smartProxyEnabled': false },
  },
  'Microsoft.App/managedEnvironments': { apiVersion: '2025-01-01', name: WORDS },
  'Microsoft.App/managedEnvironments/certificates': { apiVersion: '2025-01-01', name: WORDS },
  'Microsoft.App/containerApps': {
    apiVersion: '2025-01-01',
    name: /^[a-z][a-z0-9-]{0,30}[a-z0-9]$/,
    must: { 'properties.configuration.ingress.allowInsecure': false, 'identity.type': 'UserAssigned' },
  },
  'Microsoft.ApiManagement/service': { apiVersion: '2024-05-01', name: /^[a-z][a-z0-9-]{0,48}[a-z0-9]$/ },
  'Microsoft.ApiManagement/service/namedValues': { apiVersion: '2024-05-01', name: WORDS },
  'Microsoft.ApiManagement/service/apis': { apiVersion: '2024-05-01', name: WORDS },
  'Microsoft.ApiManagement/service/apis/policies': { apiVersion: '2024-05-01', name: WORDS },
  'Microsoft.ApiManagement/service/apis/operations': { apiVersion: '2024-05-01', name: WORDS },
  'Microsoft.ApiManagement/service/apis/operations/policies': { apiVersion: '2024-05-01', name: WORDS },
  'Microsoft.Authorization/roleAssignments': { apiVersion: '2022-04-01', name: GUID },
}

/** Built-in roles by their ids, each with the types that it may be given on: never a group or subscription whole. */
const ROLES: Readonly<Record<string, { name: string; on: readonly string[] }>> = {
  '76199698-9eea-4c19-bc75-cec21354c6b6': {
    name: 'Storage Table Data Reader',
    on: ['Microsoft.Storage/storageAccounts/tableServices/tables'],
  },
  '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3': {
    name: 'Storage Table Data Contributor',
    on: ['Microsoft.Storage/storageAccounts/tableServices/tables'],
  },
  '4633458b-17de-408a-b875-0445c86b69e6': { name: 'Key Vault Secrets User', on: ['Microsoft.KeyVault/vaults/secrets'] },
  'b86a8fe4-44ce-4948-aee5-eccb2c155cd7': { name: 'Key Vault Secrets Officer', on: ['Microsoft.KeyVault/vaults'] },
  '7f951dda-4ed3-4680-a7ca-43fe172d538d': { name: 'AcrPull', on: ['Microsoft.ContainerRegistry/registries'] },
  '2b629674-e913-4c01-ae53-ef4638d8f975': {
    name: 'Azure Event Hubs Data Sender',
    on: ['Microsoft.EventHub/namespaces/eventhubs'],
  },
  '5a1fc7df-4bf1-4951-a576-89034ee01acd': {
    name: 'FHIR Data Contributor',
    on: ['Microsoft.HealthcareApis/workspaces/fhirservices'],
  },
}

/** Resources that must be told whether they can be reached from everywhere. */
const PRIVATE = ['Microsoft.Storage/storageAccounts', 'Microsoft.KeyVault/vaults']

export function faultsOfResources(resources: readonly Deployed[]): string[] {
  const doubled = resources.filter(
    (one, place) =>
      !one.isExisting && resources.findIndex((other) => !other.isExisting && other.id === one.id) !== place,
  )
  return [
    ...resources.flatMap((one) => faultsOf(one).map((fault) => `${one.file}: ${one.symbol}: ${fault}`)),
    ...doubled.map((one) => `${one.file}: ${one.symbol}: there are two named ${one.name}`),
  ]
}

function faultsOf(one: Deployed): string[] {
  const rule = TYPES[one.type]
  if (rule === undefined) return [`the type ${one.type} is not one that is used here`]
  const faults: string[] = []
  if (one.apiVersion !== rule.apiVersion) faults.push(`the version must be ${rule.apiVersion}, not ${one.apiVersion}`)
  if (!rule.name.test(one.name)) faults.push(`${one.name} is no name for ${one.type}`)
  if (one.isExisting) return faults
  for (const [path, value] of Object.entries(rule.must ?? {}))
    if (at(one.body, ...path.split('.')) !== value) faults.push(`${path} must be ${String(value)}`)
  if (PRIVATE.includes(one.type) && at(one.body, 'properties', 'publicNetworkAccess') === undefined)
    faults.push('publicNetworkAccess must be told')
  if (one.type === 'Microsoft.Authorization/roleAssignments') faults.push(...faultsOfRole(one))
  return faults
}

function faultsOfRole({ body }: Deployed): string[] {
  const id =
    String(at(body, 'properties', 'roleDefinitionId'))
      .split('/')
      .at(-1) ?? ''
  const role = ROLES[id]
  if (role === undefined) return [`the role ${id} is not one that is given here`]
  const scope = isValues(body.scope ?? null) ? undefined : (body.scope as Deployed | undefined)
  if (scope === undefined || !role.on.includes(scope.type))
    return [`${role.name} is given on ${scope?.type ?? 'all of the group'}, not on ${role.on.join(' or ')}`]
  return []
}
