// What Azure tells of a resource once it is there, for those members that our files read. Another one is an error: it would
// be one that nobody has looked up.

import type { Deployed, Values } from './values.ts'

/** One for each name. */
const idOf = (name: string): string =>
  `00000000-0000-4000-8000-${Buffer.from(name).toString('hex').padStart(12, '0').slice(-12)}`

const TOLD: Readonly<Record<string, (name: string) => Values>> = {
  'Microsoft.ManagedIdentity/userAssignedIdentities': (name) => ({
    properties: { principalId: idOf(`${name}p`), clientId: idOf(`${name}c`) },
  }),
  'Microsoft.Storage/storageAccounts': (name) => ({
    properties: { primaryEndpoints: { table: `https://${name}.table.core.windows.net/` } },
  }),
  'Microsoft.KeyVault/vaults': (name) => ({ properties: { vaultUri: `https://${name}.vault.azure.net/` } }),
  'Microsoft.ContainerRegistry/registries': (name) => ({ properties: { loginServer: `${name}.azurecr.io` } }),
  'Microsoft.App/managedEnvironments': () => ({
    properties: { defaultDomain: 'happy-hill-0a1b2c3d.westeurope.azurecontainerapps.io', staticIp: '10.20.0.9' },
  }),
  'Microsoft.Network/virtualNetworks/subnets': () => ({}),
  'Microsoft.ApiManagement/service': () => ({ properties: { publicIPAddresses: ['203.0.113.77'] } }),
}

export function toldOf({ type, name }: Pick<Deployed, 'type' | 'name'>): Values {
  return TOLD[type]?.(name) ?? {}
}
