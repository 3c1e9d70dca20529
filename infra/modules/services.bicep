// Both services, with their settings, and the secrets that each may read.

@description('Region.')
param location string
@description('Tags of all resources.')
param tags object
@description('Where they run.')
param environmentName string
@description('Where their images are.')
param registryServer string
@description('Vault of the secrets.')
param vaultName string
@description('Endpoint of Table Storage.')
param tablesUrl string
@description('Identity of the authorization server.')
param authServerIdentityName string
@description('Identity of the proxy.')
param proxyIdentityName string
@description('Image of the authorization server; empty: none yet.')
param authServerImage string
@description('Image of the proxy; empty: none yet.')
param proxyImage string
@description('Public origin of the authorization server.')
param issuer string
@description('Public FHIR base.')
param fhirBase string
@description('Name of the organisation.')
param operatorName string
@description('Tenant whose people sign in.')
param entraTenantId string
@description('Registration that they sign in with.')
param entraClientId string
@description('FHIR server behind the proxy.')
param upstreamUrl string
@description('As whom it is asked.')
param upstreamAuth string
@description('Whose records clinicians reach.')
param practitionerReach string
@description('Event Hubs namespace of change events; empty: none.')
param eventsNamespace string
@description('How many days audit records are kept.')
param auditDays int
@description('Proxies in front that append to X-Forwarded-For.')
param trustedHops int
@description('Addresses that alone may ask the services; none: everybody.')
param callers array
@description('Least and most replicas of each.')
param replicas object
@description('Host name of the authorization server of the operator\'s own; empty: none.')
param authServerDomain string
@description('Host name of the FHIR base of the operator\'s own; empty: none.')
param proxyDomain string
@description('Secret that holds the certificate of both.')
param certificateName string
@description('Further settings of the authorization server.')
param authServerSettings object
@description('Further settings of the proxy.')
param proxySettings object
@description('Secrets that the authorization server reads as files.')
param authServerFiles string[]
@description('Secrets that the proxy reads as files.')
param proxyFiles string[]

// Key Vault Secrets User.
var reader = subscriptionResourceId('Microsoft.Authorization/roleDefinitions', '4633458b-17de-408a-b875-0445c86b69e6')
var ofAuthServer = concat(['signing-keys', 'cookie-secrets', 'entra-client-secret', 'clients'], authServerFiles)
var ofProxy = concat(['paging-secret'], proxyFiles)
var both = [
  { name: 'HOST', value: '0.0.0.0' }
  { name: 'PORT', value: '8080' }
  { name: 'ISSUER', value: issuer }
  { name: 'FHIR_BASE', value: fhirBase }
  { name: 'TABLES_URL', value: tablesUrl }
  { name: 'AUDIT_DAYS', value: string(auditDays) }
  { name: 'TRUSTED_HOPS', value: string(trustedHops) }
]

resource vault 'Microsoft.KeyVault/vaults@2023-07-01' existing = {
  name: vaultName
}

resource authServerIdentity 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' existing = {
  name: authServerIdentityName
}

resource proxyIdentity 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' existing = {
  name: proxyIdentityName
}

resource authServerSecrets 'Microsoft.KeyVault/vaults/secrets@2023-07-01' existing = [for secret in ofAuthServer: {
  parent: vault
  name: secret
}]

resource authServerReads 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for (secret, place) in ofAuthServer: {
  name: guid(vault.id, secret, authServerIdentity.id, reader)
  scope: authServerSecrets[place]
  properties: {
    roleDefinitionId: reader
    principalId: authServerIdentity.properties.principalId
    principalType: 'ServicePrincipal'
  }
}]

resource proxySecrets 'Microsoft.KeyVault/vaults/secrets@2023-07-01' existing = [for secret in ofProxy: {
  parent: vault
  name: secret
}]

resource proxyReads 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for (secret, place) in ofProxy: {
  name: guid(vault.id, secret, proxyIdentity.id, reader)
  scope: proxySecrets[place]
  properties: {
    roleDefinitionId: reader
    principalId: proxyIdentity.properties.principalId
    principalType: 'ServicePrincipal'
  }
}]

module certificate 'certificate.bicep' = if (!empty(certificateName)) {
  name: 'certificate'
  params: {
    location: location
    tags: tags
    environmentName: environmentName
    vaultName: vaultName
    certificateName: certificateName
    identityName: authServerIdentityName
  }
}

module authServer 'container-app.bicep' = {
  name: 'auth-server'
  dependsOn: [authServerReads]
  params: {
    name: 'auth-server'
    location: location
    tags: tags
    environmentName: environmentName
    registryServer: registryServer
    identityId: authServerIdentity.id
    image: authServerImage
    replicas: replicas
    callers: callers
    domain: authServerDomain
    certificateId: empty(certificateName) ? '' : certificate!.outputs.id
    vaultUri: vault.properties.vaultUri
    secrets: concat(['cookie-secrets', 'entra-client-secret', 'clients'], authServerFiles)
    files: concat(['clients'], authServerFiles)
    settings: concat(both, [
      { name: 'AZURE_CLIENT_ID', value: authServerIdentity.properties.clientId }
      { name: 'KEYS_SECRET_URL', value: '${vault.properties.vaultUri}secrets/signing-keys' }
      { name: 'COOKIE_SECRETS', secretRef: 'cookie-secrets' }
      { name: 'CLIENTS_FILE', value: '/settings/clients.json' }
      { name: 'ENTRA_TENANT_ID', value: entraTenantId }
      { name: 'ENTRA_CLIENT_ID', value: entraClientId }
      { name: 'ENTRA_CLIENT_SECRET', secretRef: 'entra-client-secret' }
      { name: 'OPERATOR_NAME', value: operatorName }
      // As Entra names the claim of a directory extension in an id_token.
      { name: 'FHIR_USER_CLAIMS', value: 'extn.fhirUser,extension_${replace(entraClientId, '-', '')}_fhirUser' }
    ])
    furtherSettings: authServerSettings
  }
}

module proxy 'container-app.bicep' = {
  name: 'proxy'
  dependsOn: [proxyReads]
  params: {
    name: 'proxy'
    location: location
    tags: tags
    environmentName: environmentName
    registryServer: registryServer
    identityId: proxyIdentity.id
    image: proxyImage
    replicas: replicas
    callers: callers
    domain: proxyDomain
    certificateId: empty(certificateName) ? '' : certificate!.outputs.id
    vaultUri: vault.properties.vaultUri
    secrets: concat(['paging-secret'], proxyFiles)
    files: proxyFiles
    settings: concat(both, [
      { name: 'AZURE_CLIENT_ID', value: proxyIdentity.properties.clientId }
      { name: 'UPSTREAM_URL', value: upstreamUrl }
      { name: 'UPSTREAM_AUTH', value: upstreamAuth }
      { name: 'PAGING_SECRET', secretRef: 'paging-secret' }
      { name: 'PRACTITIONER_REACH', value: practitionerReach }
    ], empty(eventsNamespace) ? [] : [
      { name: 'EVENTS', value: 'event-hubs' }
      { name: 'EVENTS_HUB_NAMESPACE', value: eventsNamespace }
      { name: 'EVENTS_HUB_NAME', value: 'change-events' }
    ])
    furtherSettings: proxySettings
  }
}
