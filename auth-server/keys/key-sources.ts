// Where the signing keys are kept: a file, or a secret of Azure Key Vault. Both hold the same private JWKS.
import { DefaultAzureCredential, type TokenCredential } from '@azure/identity'
import { SecretClient, type SecretClientOptions } from '@azure/keyvault-secrets'
import { type KeyPlan, parseKeyPlan } from './key-plan.ts'
import { readJson } from './signing-keys.ts'

export type KeySource = {
  /** @throws Error that names the place and what is wrong with it, never a key */
  read(): Promise<KeyPlan>
}

export function fileSource(path: string): KeySource {
  return { read: async () => checked(path, await readJson(path)) }
}

/**
 * @param url `https://{vault}/secrets/{name}`; the newest version is read each time
 * @param access for tests; the managed identity otherwise
 */
export function vaultSource(
  url: string,
  access: { credential: TokenCredential; options?: SecretClientOptions } = { credential: new DefaultAzureCredential() },
): KeySource {
  const { origin, pathname } = new URL(url)
  const name = pathname.split('/')[2] ?? ''
  const client = new SecretClient(origin, access.credential, {
    retryOptions: { maxRetries: 2, retryDelayInMs: 200 },
    ...access.options,
  })
  return {
    async read() {
      const { value = '' } = await client.getSecret(name).catch((error: Error) => {
        throw new Error(`${url}: ${error.message.split('\n')[0]}`)
      })
      return checked(url, parseJson(url, value))
    },
  }
}

function parseJson(place: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new Error(`${place}: is not JSON`)
  }
}

function checked(place: string, value: unknown): KeyPlan {
  try {
    return parseKeyPlan(value)
  } catch (error) {
    throw new Error(`${place}: ${(error as Error).message}`)
  }
}
