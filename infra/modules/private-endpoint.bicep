// One private endpoint, and the zone in which its name is found.

@description('Name of the endpoint.')
param name string
@description('Region.')
param location string
@description('Tags of all resources.')
param tags object
@description('Subnet of private endpoints.')
param subnetId string
@description('Network in which the name is found.')
param networkId string
@description('What is reached.')
param targetId string
@description('Which part of it.')
param part 'table' | 'vault'
@description('DNS zone of such parts.')
param zone string

resource dns 'Microsoft.Network/privateDnsZones@2020-06-01' = {
  name: zone
  location: 'global'
  tags: tags
}

resource link 'Microsoft.Network/privateDnsZones/virtualNetworkLinks@2020-06-01' = {
  parent: dns
  name: 'network'
  location: 'global'
  tags: tags
  properties: { registrationEnabled: false, virtualNetwork: { id: networkId } }
}

resource endpoint 'Microsoft.Network/privateEndpoints@2024-01-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    subnet: { id: subnetId }
    privateLinkServiceConnections: [{ name: part, properties: { privateLinkServiceId: targetId, groupIds: [part] } }]
  }
}

resource zones 'Microsoft.Network/privateEndpoints/privateDnsZoneGroups@2024-01-01' = {
  parent: endpoint
  name: 'default'
  properties: { privateDnsZoneConfigs: [{ name: part, properties: { privateDnsZoneId: dns.id } }] }
}
