// The certificate of the operator's own host names, read from the vault.

@description('Region.')
param location string
@description('Tags of all resources.')
param tags object
@description('Where it is used.')
param environmentName string
@description('Where it is kept.')
param vaultName string
@description('Its name there.')
param certificateName string
@description('As whom it is read.')
param identityName string

// Key Vault Secrets User.
var reader = subscriptionResourceId('Microsoft.Authorization/roleDefinitions', '4633458b-17de-408a-b875-0445c86b69e6')

resource environment 'Microsoft.App/managedEnvironments@2025-01-01' existing = {
  name: environmentName
}

resource vault 'Microsoft.KeyVault/vaults@2023-07-01' existing = {
  name: vaultName
}

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' existing = {
  name: identityName
}

resource secret 'Microsoft.KeyVault/vaults/secrets@2023-07-01' existing = {
  parent: vault
  name: certificateName
}

resource reads 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(vault.id, certificateName, identity.id, reader)
  scope: secret
  properties: {
    roleDefinitionId: reader
    principalId: identity.properties.principalId
    principalType: 'ServicePrincipal'
  }
}

resource certificate 'Microsoft.App/managedEnvironments/certificates@2025-01-01' = {
  parent: environment
  name: certificateName
  location: location
  tags: tags
  dependsOn: [reads]
  properties: {
    certificateKeyVaultProperties: {
      identity: identity.id
      keyVaultUrl: '${vault.properties.vaultUri}secrets/${certificateName}'
    }
  }
}

output id string = certificate.id
