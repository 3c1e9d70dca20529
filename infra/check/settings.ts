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

/** One setting of a container; `isSecret`: what it holds is not known here. */
export type Setting = { name: string; value: string; isSecret: boolean }

/** What is wrong with the settings of one service, with what it would say at its start. */
export function faultsOfEnvironment(name: string, settings: readonly Setting[]): string[] {
  const service = SERVICES[name]
  if (service === undefined) return [`${name} is none of our services`]
  const faults: string[] = []
  const environment: Record<string, string> = {}
  for (const { name: setting, value, isSecret } of settings) {
    if (![...service.known, ...OF_LIBRARIES].includes(setting)) faults.push(`${name} has no setting ${setting}`)
    if (setting in environment) faults.push(`${name}: ${setting} is set twice`)
    if (/(SECRETS?|_KEY|_CONNECTION)$/.test(setting) && !isSecret) faults.push(`${name}: ${setting} must be a secret`)
    environment[setting] = isSecret ? LONG_ENOUGH : value
  }
  return [...faults, ...service.parse(environment).map((fault) => `${name} would not start: ${fault}`)]
}

const LONG_ENOUGH = 'x'.repeat(40)

function faultsOf({ name, body }: Deployed): string[] {
  const held = listAt(body, 'properties', 'configuration', 'secrets').map((one) => at(one, 'name'))
  const container = listAt(body, 'properties', 'template', 'containers')[0] ?? null
  const environment = listAt(container, 'env')
  const mounted = listAt(body, 'properties', 'template', 'volumes').flatMap((volume) => listAt(volume, 'secrets'))
  const used = [...environment, ...mounted].flatMap((one) => at(one, 'secretRef') ?? [])
  const settings = environment.map((one) => ({
    name: String(at(one, 'name')),
    value: String(at(one, 'value')),
    isSecret: at(one, 'secretRef') !== undefined,
  }))
  const files = mounted.map((one) => `/settings/${String(at(one, 'path'))}`)
  const lacking = settings.filter(({ value }) => value.startsWith('/settings/') && !files.includes(value))
  return [
    ...lacking.map((one) => `${name}: ${one.name} names ${one.value}, which is not mounted`),
    ...used.filter((secret) => !held.includes(secret)).map((secret) => `${name}: there is no secret ${String(secret)}`),
    ...faultsOfEnvironment(name, settings),
  ]
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
