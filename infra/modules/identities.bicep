// The two services as themselves. What each may do is said where the thing is that it may do it to.

@description('Short name of this installation.')
param name string
@description('Region.')
param location string
@description('Tags of all resources.')
param tags object

resource authServer 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' = {
  name: 'id-${name}-auth-server'
  location: location
  tags: tags
}

resource proxy 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' = {
  name: 'id-${name}-proxy'
  location: location
  tags: tags
}

output authServerName string = authServer.name
output authServerPrincipalId string = authServer.properties.principalId
output proxyName string = proxy.name
output proxyPrincipalId string = proxy.properties.principalId
