// One network: the apps in one subnet, private endpoints in another.

@description('Short name of this installation.')
param name string
@description('Region.')
param location string
@description('Tags of all resources.')
param tags object

resource network 'Microsoft.Network/virtualNetworks@2024-01-01' = {
  name: 'vnet-${name}'
  location: location
  tags: tags
  properties: { addressSpace: { addressPrefixes: ['10.20.0.0/16'] } }
}

resource apps 'Microsoft.Network/virtualNetworks/subnets@2024-01-01' = {
  parent: network
  name: 'apps'
  properties: {
    addressPrefix: '10.20.0.0/23'
    delegations: [{ name: 'apps', properties: { serviceName: 'Microsoft.App/environments' } }]
  }
}

resource endpoints 'Microsoft.Network/virtualNetworks/subnets@2024-01-01' = {
  parent: network
  name: 'endpoints'
  // One change of a network at a time.
  dependsOn: [apps]
  properties: { addressPrefix: '10.20.2.0/24', privateEndpointNetworkPolicies: 'Enabled' }
}

output networkId string = network.id
output appsSubnetId string = apps.id
output endpointSubnetId string = endpoints.id
