// The tables, and who may do what to each (docs/architecture.md, "Tables"). No keys: only identities sign in.

@description('Name of the account.')
param name string
@description('Region.')
param location string
@description('Tags of all resources.')
param tags object
@description('true: reached over its private endpoint alone.')
param isPrivate bool
@description('true: change events are journalled.')
param withEvents bool
@description('The authorization server.')
param authServerPrincipalId string
@description('The proxy.')
param proxyPrincipalId string
@description('Where its log goes.')
param workspaceId string

var reader = subscriptionResourceId('Microsoft.Authorization/roleDefinitions', '76199698-9eea-4c19-bc75-cec21354c6b6')
var contributor = subscriptionResourceId('Microsoft.Authorization/roleDefinitions', '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3')

// The authorization server sweeps the audit table, hence writes it too.
var ofAuthServer = ['smartstate', 'revocations', 'referencetokens', 'personlinks', 'audit']
var readByProxy = ['revocations', 'referencetokens', 'personlinks']
var writtenByProxy = concat(['audit'], withEvents ? ['changes'] : [])
var tableNames = concat(ofAuthServer, withEvents ? ['changes'] : [])

resource account 'Microsoft.Storage/storageAccounts@2023-05-01' = {
  name: name
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: { name: 'Standard_ZRS' }
  properties: {
    allowSharedKeyAccess: false
    allowBlobPublicAccess: false
    allowCrossTenantReplication: false
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
    publicNetworkAccess: isPrivate ? 'Disabled' : 'Enabled'
    networkAcls: { defaultAction: isPrivate ? 'Deny' : 'Allow', bypass: 'None' }
  }
}

resource service 'Microsoft.Storage/storageAccounts/tableServices@2023-05-01' = {
  parent: account
  name: 'default'
}

resource tables 'Microsoft.Storage/storageAccounts/tableServices/tables@2023-05-01' = [for table in tableNames: {
  parent: service
  name: table
}]

resource authServerWrites 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for (table, place) in ofAuthServer: {
  name: guid(account.id, table, authServerPrincipalId, contributor)
  scope: tables[place]
  properties: { roleDefinitionId: contributor, principalId: authServerPrincipalId, principalType: 'ServicePrincipal' }
}]

resource readable 'Microsoft.Storage/storageAccounts/tableServices/tables@2023-05-01' existing = [for table in readByProxy: {
  parent: service
  name: table
}]

resource proxyReads 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for (table, place) in readByProxy: {
  name: guid(account.id, table, proxyPrincipalId, reader)
  scope: readable[place]
  properties: { roleDefinitionId: reader, principalId: proxyPrincipalId, principalType: 'ServicePrincipal' }
  dependsOn: [tables]
}]

resource writable 'Microsoft.Storage/storageAccounts/tableServices/tables@2023-05-01' existing = [for table in writtenByProxy: {
  parent: service
  name: table
}]

resource proxyWrites 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for (table, place) in writtenByProxy: {
  name: guid(account.id, table, proxyPrincipalId, contributor)
  scope: writable[place]
  properties: { roleDefinitionId: contributor, principalId: proxyPrincipalId, principalType: 'ServicePrincipal' }
  dependsOn: [tables]
}]

resource log 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'log'
  scope: service
  properties: { workspaceId: workspaceId, logs: [{ categoryGroup: 'audit', enabled: true }] }
}

output id string = account.id
output tablesUrl string = account.properties.primaryEndpoints.table
