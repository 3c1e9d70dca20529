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
  properties: {
    addressSpace: { addressPrefixes: ['10.20.0.0/16'] }
    // In here, not as resources of their own: a network that is deployed again keeps what is said in it.
    subnets: [
      {
        name: 'apps'
        properties: {
          addressPrefix: '10.20.0.0/23'
          delegations: [{ name: 'apps', properties: { serviceName: 'Microsoft.App/environments' } }]
        }
      }
      {
        name: 'endpoints'
        properties: { addressPrefix: '10.20.2.0/24', privateEndpointNetworkPolicies: 'Enabled' }
      }
    ]
  }
}

resource apps 'Microsoft.Network/virtualNetworks/subnets@2024-01-01' existing = {
  parent: network
  name: 'apps'
}

resource endpoints 'Microsoft.Network/virtualNetworks/subnets@2024-01-01' existing = {
  parent: network
  name: 'endpoints'
}

output networkId string = network.id
output appsSubnetId string = apps.id
output endpointSubnetId string = endpoints.id
