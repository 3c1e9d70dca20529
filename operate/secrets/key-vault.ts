// The vault as Azure has it.

import type { TokenCredential } from '@azure/identity'
import { SecretClient, type SecretClientOptions } from '@azure/keyvault-secrets'
import type { Vault } from './secrets.ts'

/** @param url as `https://name.vault.azure.net` */
export function keyVault(url: string, credential: TokenCredential, options: SecretClientOptions = {}): Vault {
  const client = new SecretClient(url, credential, options)
  return {
    async names() {
      const names = new Set<string>()
      for await (const { name } of client.listPropertiesOfSecrets()) names.add(name)
      return names
    },
    async put(name, value) {
      await client.setSecret(name, value)
    },
  }
}
