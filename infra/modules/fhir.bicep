// A FHIR service of Azure Health Data Services that nobody but the proxy may ask.

@description('Name of the workspace.')
@maxLength(24)
param name string
@description('Region.')
param location string
@description('Tags of all resources.')
param tags object
@description('The proxy.')
param proxyPrincipalId string
@description('Where its log goes.')
param workspaceId string

// FHIR Data Contributor.
var contributor = subscriptionResourceId('Microsoft.Authorization/roleDefinitions', '5a1fc7df-4bf1-4951-a576-89034ee01acd')
var url = 'https://${name}-fhir.fhir.azurehealthcareapis.com'

resource workspace 'Microsoft.HealthcareApis/workspaces@2024-03-31' = {
  name: name
  location: location
  tags: tags
}

resource service 'Microsoft.HealthcareApis/workspaces/fhirservices@2024-03-31' = {
  parent: workspace
  name: 'fhir'
  location: location
  tags: tags
  kind: 'fhir-R4'
  properties: {
    authenticationConfiguration: {
      authority: 'https://login.microsoftonline.com/${tenant().tenantId}'
      audience: url
      smartProxyEnabled: false
    }
  }
}

resource asks 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(service.id, proxyPrincipalId, contributor)
  scope: service
  properties: { roleDefinitionId: contributor, principalId: proxyPrincipalId, principalType: 'ServicePrincipal' }
}

resource log 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'log'
  scope: service
  properties: { workspaceId: workspaceId, logs: [{ category: 'AuditLogs', enabled: true }] }
}

output url string = url
