// All that the two services need in Azure, in one resource group. Parameters: docs/deploy-to-azure.md.
targetScope = 'subscription'

@description('Short name of this installation; begins the names of all resources.')
@minLength(3)
@maxLength(12)
param name string

@description('Region of all resources.')
param location string

@description('Name of the organisation, as people know it. Shown on every page.')
param operatorName string

@description('Tenant whose people sign in.')
param entraTenantId string = tenant().tenantId

@description('Client id of the registration that people sign in with: `npm run setup-entra` makes it.')
param entraClientId string

@description('FHIR base URL of the server behind the proxy. Empty: a FHIR service of Azure Health Data Services is made.')
param upstreamUrl string = ''

@description('As whom the FHIR server is asked.')
param upstreamAuth 'managed-identity' | 'none' = 'managed-identity'

@description('Whose records clinicians reach.')
param practitionerReach 'none' | 'panel' | 'all' = 'none'

@description('false while the secrets are not in the vault yet: the services are left out. Set by the hook of `azd up`.')
param secretsReady bool = false

@description('Image of the authorization server; empty: none yet, a page that says nothing stands in. Set by `azd deploy`.')
param authServerImage string = ''

@description('Image of the proxy; as above.')
param proxyImage string = ''

@description('true: storage and vault are reached over private endpoints alone.')
param privateNetwork bool = true

@description('Public address from which an operator reaches the vault, to put secrets into it. Empty: from nowhere outside.')
param operatorIpAddress string = ''

@description('Object id of the operator who may put secrets into the vault. Set by azd.')
param principalId string = ''

@description('Host name of the authorization server of your own, such as auth.example.org. Empty: one of Azure.')
param authServerDomain string = ''

@description('Host name of the FHIR base of your own. Empty: one of Azure.')
param proxyDomain string = ''

@description('Secret in the vault that holds the certificate of both host names. Needed with them.')
param certificateName string = ''

@description('true: change events go to an event hub that is made.')
param withEvents bool = false

@description('true: API Management stands in front of both services.')
param withApiManagement bool = false

@description('Mail address that alerts go to, and that API Management names as publisher. Empty: alerts are only shown.')
param operatorEmail string = ''

@description('How many days audit records are kept.')
@minValue(1)
@maxValue(36500)
param auditDays int = 2190

@description('Least and most replicas of each service.')
param replicas object = { least: 2, most: 10 }

@description('Further settings of the authorization server, by name.')
param authServerSettings object = {}

@description('Further settings of the proxy, by name.')
param proxySettings object = {}

@description('Secrets in the vault that the authorization server reads as files: `links` is /settings/links.json there.')
param authServerFiles string[] = []

@description('The same for the proxy.')
param proxyFiles string[] = []

var tags = { 'azd-env-name': name }
var suffix = take(uniqueString(subscription().subscriptionId, name, location), 6)
var makesFhirService = empty(upstreamUrl)

resource group 'Microsoft.Resources/resourceGroups@2024-03-01' = {
  name: 'rg-${name}'
  location: location
  tags: tags
}

module identities 'modules/identities.bicep' = {
  name: 'identities'
  scope: group
  params: { name: name, location: location, tags: tags }
}

module monitoring 'modules/monitoring.bicep' = {
  name: 'monitoring'
  scope: group
  params: { name: name, location: location, tags: tags }
}

module network 'modules/network.bicep' = {
  name: 'network'
  scope: group
  params: { name: name, location: location, tags: tags }
}

module storage 'modules/storage.bicep' = {
  name: 'storage'
  scope: group
  params: {
    name: 'st${toLower(replace(name, '-', ''))}${suffix}'
    location: location
    tags: tags
    isPrivate: privateNetwork
    withEvents: withEvents
    authServerPrincipalId: identities.outputs.authServerPrincipalId
    proxyPrincipalId: identities.outputs.proxyPrincipalId
    workspaceId: monitoring.outputs.workspaceId
  }
}

module vault 'modules/vault.bicep' = {
  name: 'vault'
  scope: group
  params: {
    name: 'kv-${name}-${suffix}'
    location: location
    tags: tags
    isPrivate: privateNetwork
    operatorIpAddress: operatorIpAddress
    operatorPrincipalId: principalId
    workspaceId: monitoring.outputs.workspaceId
  }
}

module storageEndpoint 'modules/private-endpoint.bicep' = if (privateNetwork) {
  name: 'storage-endpoint'
  scope: group
  params: {
    name: 'pe-${name}-tables'
    location: location
    tags: tags
    subnetId: network.outputs.endpointSubnetId
    networkId: network.outputs.networkId
    targetId: storage.outputs.id
    part: 'table'
    zone: 'privatelink.table.core.windows.net'
  }
}

module vaultEndpoint 'modules/private-endpoint.bicep' = if (privateNetwork) {
  name: 'vault-endpoint'
  scope: group
  params: {
    name: 'pe-${name}-vault'
    location: location
    tags: tags
    subnetId: network.outputs.endpointSubnetId
    networkId: network.outputs.networkId
    targetId: vault.outputs.id
    part: 'vault'
    zone: 'privatelink.vaultcore.azure.net'
  }
}

module registry 'modules/registry.bicep' = {
  name: 'registry'
  scope: group
  params: {
    name: 'cr${toLower(replace(name, '-', ''))}${suffix}'
    location: location
    tags: tags
    pullerPrincipalIds: [identities.outputs.authServerPrincipalId, identities.outputs.proxyPrincipalId]
  }
}

module events 'modules/events.bicep' = if (withEvents) {
  name: 'events'
  scope: group
  params: {
    name: 'evhns-${name}-${suffix}'
    location: location
    tags: tags
    proxyPrincipalId: identities.outputs.proxyPrincipalId
  }
}

module fhir 'modules/fhir.bicep' = if (makesFhirService) {
  name: 'fhir'
  scope: group
  params: {
    name: 'hw${toLower(replace(name, '-', ''))}${suffix}'
    location: location
    tags: tags
    proxyPrincipalId: identities.outputs.proxyPrincipalId
    workspaceId: monitoring.outputs.workspaceId
  }
}

module environment 'modules/environment.bicep' = {
  name: 'environment'
  scope: group
  params: {
    name: 'cae-${name}'
    location: location
    tags: tags
    subnetId: network.outputs.appsSubnetId
    workspaceId: monitoring.outputs.workspaceId
  }
}

var gatewayHost = 'apim-${name}-${suffix}.azure-api.net'
var authServerHost = withApiManagement ? gatewayHost : empty(authServerDomain) ? 'auth-server.${environment.outputs.domain}' : authServerDomain
var proxyHost = withApiManagement ? gatewayHost : empty(proxyDomain) ? 'proxy.${environment.outputs.domain}' : proxyDomain
var issuer = 'https://${authServerHost}'
var fhirBase = 'https://${proxyHost}/fhir'

module apiManagement 'modules/api-management.bicep' = if (withApiManagement) {
  name: 'api-management'
  scope: group
  params: {
    name: 'apim-${name}-${suffix}'
    location: location
    tags: tags
    publisherName: operatorName
    publisherEmail: operatorEmail
    authServerUrl: 'https://auth-server.${environment.outputs.domain}'
    proxyUrl: 'https://proxy.${environment.outputs.domain}'
    issuer: issuer
    fhirBase: fhirBase
    workspaceId: monitoring.outputs.workspaceId
  }
}

module services 'modules/services.bicep' = if (secretsReady) {
  name: 'services'
  scope: group
  params: {
    location: location
    tags: tags
    environmentName: environment.outputs.name
    registryServer: registry.outputs.server
    vaultName: vault.outputs.name
    tablesUrl: storage.outputs.tablesUrl
    authServerIdentityName: identities.outputs.authServerName
    proxyIdentityName: identities.outputs.proxyName
    authServerImage: authServerImage
    proxyImage: proxyImage
    issuer: issuer
    fhirBase: fhirBase
    operatorName: operatorName
    entraTenantId: entraTenantId
    entraClientId: entraClientId
    upstreamUrl: makesFhirService ? fhir!.outputs.url : upstreamUrl
    upstreamAuth: upstreamAuth
    practitionerReach: practitionerReach
    eventsNamespace: withEvents ? events!.outputs.host : ''
    auditDays: auditDays
    trustedHops: withApiManagement ? 2 : 1
    callers: withApiManagement ? apiManagement!.outputs.addresses : []
    replicas: replicas
    authServerDomain: withApiManagement ? '' : authServerDomain
    proxyDomain: withApiManagement ? '' : proxyDomain
    certificateName: certificateName
    authServerSettings: authServerSettings
    proxySettings: proxySettings
    authServerFiles: authServerFiles
    proxyFiles: proxyFiles
  }
}

module alerts 'modules/alerts.bicep' = if (secretsReady) {
  name: 'alerts'
  scope: group
  params: {
    name: name
    location: location
    tags: tags
    workspaceId: monitoring.outputs.workspaceId
    componentId: monitoring.outputs.componentId
    operatorEmail: operatorEmail
    discoveryUrl: '${fhirBase}/.well-known/smart-configuration'
  }
}

output AZURE_CONTAINER_REGISTRY_ENDPOINT string = registry.outputs.server
output AZURE_KEY_VAULT_ENDPOINT string = vault.outputs.uri
output ISSUER string = issuer
output FHIR_BASE string = fhirBase
output TABLES_URL string = storage.outputs.tablesUrl
