// The hub of change events; the proxy may send to it, and nothing else.

@description('Name of the namespace.')
param name string
@description('Region.')
param location string
@description('Tags of all resources.')
param tags object
@description('The proxy.')
param proxyPrincipalId string

// Azure Event Hubs Data Sender.
var sender = subscriptionResourceId('Microsoft.Authorization/roleDefinitions', '2b629674-e913-4c01-ae53-ef4638d8f975')

resource namespace 'Microsoft.EventHub/namespaces@2024-01-01' = {
  name: name
  location: location
  tags: tags
  sku: { name: 'Standard', tier: 'Standard', capacity: 1 }
  properties: { disableLocalAuth: true, minimumTlsVersion: '1.2' }
}

resource hub 'Microsoft.EventHub/namespaces/eventhubs@2024-01-01' = {
  parent: namespace
  name: 'change-events'
  properties: { partitionCount: 8, messageRetentionInDays: 7 }
}

resource sends 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(hub.id, proxyPrincipalId, sender)
  scope: hub
  properties: { roleDefinitionId: sender, principalId: proxyPrincipalId, principalType: 'ServicePrincipal' }
}

output host string = '${namespace.name}.servicebus.windows.net'
