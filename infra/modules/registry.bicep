// The registry of our images.

@description('Name of the registry.')
param name string
@description('Region.')
param location string
@description('Tags of all resources.')
param tags object
@description('Who pulls images.')
param pullerPrincipalIds string[]

// AcrPull.
var pull = subscriptionResourceId('Microsoft.Authorization/roleDefinitions', '7f951dda-4ed3-4680-a7ca-43fe172d538d')

resource registry 'Microsoft.ContainerRegistry/registries@2023-07-01' = {
  name: name
  location: location
  tags: tags
  sku: { name: 'Basic' }
  properties: { adminUserEnabled: false, anonymousPullEnabled: false }
}

resource pulls 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for puller in pullerPrincipalIds: {
  name: guid(registry.id, puller, pull)
  scope: registry
  properties: { roleDefinitionId: pull, principalId: puller, principalType: 'ServicePrincipal' }
}]

output server string = registry.properties.loginServer
