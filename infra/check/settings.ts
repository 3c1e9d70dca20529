// The settings of each container against the service that reads them.

import { authServerSettings, parseConfig as parseAuthServer } from '../../auth-server/config.ts'
import { parseConfig as parseProxy, proxySettings } from '../../proxy/config.ts'
import { at, type Deployed, isValues, type Value } from './values.ts'

/** Read by libraries of ours: which identity signs in. */
const OF_LIBRARIES: readonly string[] = ['AZURE_CLIENT_ID']

const SERVICES: Readonly<
  Record<string, { known: readonly string[]; parse: (environment: Record<string, string>) => string[] }>
> = {
  'auth-server': { known: Object.keys(authServerSettings.shape), parse: faultsOfAuthServer },
  proxy: { known: Object.keys(proxySettings.shape), parse: faultsOfProxy },
}

/** @returns a line for each setting that is not known, and for each fault that the service itself would find at its start */
export function faultsOfSettings(resources: readonly Deployed[]): string[] {
  return resources.filter(({ type }) => type === 'Microsoft.App/containerApps').flatMap(faultsOf)
}

function faultsOf({ name, body }: Deployed): string[] {
  const service = SERVICES[name]
  if (service === undefined) return [`${name} is none of our services`]
  const secrets = listAt(body, 'properties', 'configuration', 'secrets').map((one) => at(one, 'name'))
  const faults: string[] = []
  const environment: Record<string, string> = {}
  const container = listAt(body, 'properties', 'template', 'containers')[0] ?? null
  for (const one of listAt(container, 'env')) {
    const [setting, value, secret] = [String(at(one, 'name')), at(one, 'value'), at(one, 'secretRef')]
    if (![...service.known, ...OF_LIBRARIES].includes(setting)) faults.push(`${name} has no setting ${setting}`)
    if (setting in environment) faults.push(`${name}: ${setting} is set twice`)
    if (secret !== undefined && !secrets.includes(secret)) faults.push(`${name}: there is no secret ${String(secret)}`)
    if (/(SECRETS?|_KEY|_CONNECTION)$/.test(setting) && secret === undefined)
      faults.push(`${name}: ${setting} must be a secret`)
    // What a secret holds is not known here; it is long enough.
    environment[setting] = secret === undefined ? String(value) : 'x'.repeat(40)
  }
  for (const one of listAt(body, 'properties', 'template', 'volumes').flatMap((volume) => listAt(volume, 'secrets')))
    if (!secrets.includes(at(one, 'secretRef')))
      faults.push(`${name}: there is no secret ${String(at(one, 'secretRef'))}`)
  return [...faults, ...service.parse(environment).map((fault) => `${name} would not start: ${fault}`)]
}

function faultsOfAuthServer(environment: Record<string, string>): string[] {
  try {
    parseAuthServer(environment)
    return []
  } catch (error) {
    return (error as Error).message.split('\n')
  }
}

function faultsOfProxy(environment: Record<string, string>): string[] {
  const parsed = parseProxy(environment)
  return parsed.ok ? [] : parsed.faults
}

function listAt(value: Value, ...path: readonly string[]): readonly Value[] {
  const found = isValues(value) ? at(value, ...path) : undefined
  return Array.isArray(found) ? found : []
}
