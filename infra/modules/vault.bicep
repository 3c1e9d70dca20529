// The vault of signing keys and secrets. Who may read which secret is said where the services are (services.bicep).

@description('Name of the vault.')
@maxLength(24)
param name string
@description('Region.')
param location string
@description('Tags of all resources.')
param tags object
@description('true: reached over its private endpoint, and from the operator\'s address.')
param isPrivate bool
@description('Public address of the operator who puts secrets into it. Empty: none.')
param operatorIpAddress string
@description('Object id of that operator. Empty: nobody.')
param operatorPrincipalId string
@description('Where its log goes.')
param workspaceId string

// Key Vault Secrets Officer.
var officer = subscriptionResourceId('Microsoft.Authorization/roleDefinitions', 'b86a8fe4-44ce-4948-aee5-eccb2c155cd7')
var isClosed = isPrivate && empty(operatorIpAddress)

resource vault 'Microsoft.KeyVault/vaults@2023-07-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    tenantId: tenant().tenantId
    sku: { family: 'A', name: 'standard' }
    enableRbacAuthorization: true
    enableSoftDelete: true
    enablePurgeProtection: true
    softDeleteRetentionInDays: 90
    publicNetworkAccess: isClosed ? 'Disabled' : 'Enabled'
    networkAcls: {
      defaultAction: isPrivate ? 'Deny' : 'Allow'
      bypass: 'None'
      ipRules: empty(operatorIpAddress) ? [] : [{ value: operatorIpAddress }]
    }
  }
}

resource operatorWrites 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!empty(operatorPrincipalId)) {
  name: guid(vault.id, operatorPrincipalId, officer)
  scope: vault
  properties: { roleDefinitionId: officer, principalId: operatorPrincipalId }
}

resource log 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'log'
  scope: vault
  properties: { workspaceId: workspaceId, logs: [{ categoryGroup: 'audit', enabled: true }] }
}

output id string = vault.id
output name string = vault.name
output uri string = vault.properties.vaultUri
