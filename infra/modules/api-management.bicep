// API Management in front of both services, with the policies of apim-policies/.

@description('Name of the service.')
@maxLength(50)
param name string
@description('Region.')
param location string
@description('Tags of all resources.')
param tags object
@description('Name of the organisation.')
param publisherName string
@description('Its mail address; empty: one that nobody reads.')
param publisherEmail string
@description('Where the authorization server is.')
param authServerUrl string
@description('Where the proxy is.')
param proxyUrl string
@description('Public origin of the authorization server.')
param issuer string
@description('Public FHIR base.')
param fhirBase string
@description('Where its log goes.')
param workspaceId string

var apis = loadJsonContent('../../apim-policies/apis.json')
var values = [
  { name: 'maintenance', value: 'false' }
  { name: 'validate-tokens', value: 'true' }
  { name: 'issuer', value: issuer }
  { name: 'fhir-base', value: fhirBase }
  { name: 'auth-server-url', value: authServerUrl }
  { name: 'proxy-url', value: proxyUrl }
]

resource service 'Microsoft.ApiManagement/service@2024-05-01' = {
  name: name
  location: location
  tags: tags
  // A tier with addresses of its own: the services listen to them alone.
  sku: { name: 'Basic', capacity: 1 }
  properties: {
    publisherName: publisherName
    publisherEmail: empty(publisherEmail) ? 'nobody@example.org' : publisherEmail
  }
}

resource namedValues 'Microsoft.ApiManagement/service/namedValues@2024-05-01' = [for one in values: {
  parent: service
  name: one.name
  properties: { displayName: one.name, value: one.value, secret: false }
}]

resource proxy 'Microsoft.ApiManagement/service/apis@2024-05-01' = {
  parent: service
  name: apis[0].name
  properties: {
    displayName: apis[0].title
    path: apis[0].path
    protocols: ['https']
    subscriptionRequired: false
    format: 'openapi+json'
    value: loadTextContent('../../apim-policies/proxy.openapi.json')
    serviceUrl: proxyUrl
  }
}

resource authServer 'Microsoft.ApiManagement/service/apis@2024-05-01' = {
  parent: service
  name: apis[1].name
  properties: {
    displayName: apis[1].title
    path: apis[1].path
    protocols: ['https']
    subscriptionRequired: false
    format: 'openapi+json'
    value: loadTextContent('../../apim-policies/auth-server.openapi.json')
    serviceUrl: authServerUrl
  }
}

resource proxyPolicy 'Microsoft.ApiManagement/service/apis/policies@2024-05-01' = {
  parent: proxy
  name: 'policy'
  dependsOn: [namedValues]
  properties: { format: 'xml', value: loadTextContent('../../apim-policies/proxy.xml') }
}

resource authServerPolicy 'Microsoft.ApiManagement/service/apis/policies@2024-05-01' = {
  parent: authServer
  name: 'policy'
  dependsOn: [namedValues]
  properties: { format: 'xml', value: loadTextContent('../../apim-policies/auth-server.xml') }
}

resource proxyDocuments 'Microsoft.ApiManagement/service/apis/operations@2024-05-01' existing = [for one in apis[0].documents: {
  parent: proxy
  name: one.id
}]

resource proxyDocumentPolicies 'Microsoft.ApiManagement/service/apis/operations/policies@2024-05-01' = [for (one, place) in apis[0].documents: {
  parent: proxyDocuments[place]
  name: 'policy'
  dependsOn: [proxyPolicy]
  properties: { format: 'xml', value: loadTextContent('../../apim-policies/document.xml') }
}]

resource authServerDocuments 'Microsoft.ApiManagement/service/apis/operations@2024-05-01' existing = [for one in apis[1].documents: {
  parent: authServer
  name: one.id
}]

resource authServerDocumentPolicies 'Microsoft.ApiManagement/service/apis/operations/policies@2024-05-01' = [for (one, place) in apis[1].documents: {
  parent: authServerDocuments[place]
  name: 'policy'
  dependsOn: [authServerPolicy]
  properties: { format: 'xml', value: loadTextContent('../../apim-policies/document.xml') }
}]

resource log 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'log'
  scope: service
  properties: { workspaceId: workspaceId, logs: [{ category: 'GatewayLogs', enabled: true }] }
}

output addresses array = service.properties.publicIPAddresses
