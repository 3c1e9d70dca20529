// The values of an old configuration, and where those are that lie in a Key Vault.

export type OldValues = {
  names(): readonly string[]
  /** Whether it is set, be it in a Key Vault. */
  has(name: string): boolean
  /** Undefined where it is not set, or lies in a Key Vault. */
  get(name: string): string | undefined
  /** Undefined where it does not lie in one. */
  vaulted(name: string): VaultSecret | undefined
}

export type VaultSecret = { vault: string; secret: string }

/** @param given by name, as the older system spelled it */
export function oldValues(given: ReadonlyMap<string, string>): OldValues {
  const byKey = new Map([...given].filter(([, value]) => value !== '').map(([name, value]) => [keyOf(name), value]))
  const vaulted = (name: string) => vaultSecretOf(byKey.get(keyOf(name)) ?? '')
  return {
    names: () => [...given].filter(([, value]) => value !== '').map(([name]) => name),
    has: (name) => byKey.has(keyOf(name)),
    get: (name) => (vaulted(name) === undefined ? byKey.get(keyOf(name)) : undefined),
    vaulted,
  }
}

/** Names as they are compared: Windows knows no case, Linux writes `__` for `:`, and the samples' templates leave out `AZURE_`. */
export function keyOf(name: string): string {
  return name
    .replaceAll('__', ':')
    .replace(/^AZURE_/i, '')
    .toLowerCase()
}

/** App Service resolves such a value itself: `@Microsoft.KeyVault(SecretUri=…)`, or `VaultName=…;SecretName=…`. */
function vaultSecretOf(value: string): VaultSecret | undefined {
  const inner = /^@Microsoft\.KeyVault\((.*)\)$/is.exec(value.trim())?.[1]
  if (inner === undefined) return undefined
  const uri = /SecretUri=https:\/\/([a-z0-9-]+)\.[a-z0-9.-]+\/+secrets\/([a-z0-9-]+)/i.exec(inner)
  const vault = uri?.[1] ?? /VaultName=([a-z0-9-]+)/i.exec(inner)?.[1]
  const secret = uri?.[2] ?? /SecretName=([a-z0-9-]+)/i.exec(inner)?.[1]
  return { vault: vault ?? 'VAULT', secret: secret ?? 'SECRET' }
}
