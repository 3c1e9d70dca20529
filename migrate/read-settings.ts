// An old configuration as it is exported: what `az functionapp config appsettings list` prints, files of parameters for
// ARM and Bicep, `az … show`, appsettings.json and local.settings.json, or lines of KEY=VALUE.
import { parseEnv } from 'node:util'

/** @throws Error when there is nothing to read in it; it names no value */
export function readSettings(text: string): ReadonlyMap<string, string> {
  const trimmed = text.replace(/^\uFEFF/, '').trim()
  const settings = /^[[{]/.test(trimmed) ? ofJson(trimmed) : ofLines(trimmed)
  if (settings.size === 0) throw new Error('holds no settings')
  return settings
}

function ofLines(text: string): Map<string, string> {
  return new Map(
    Object.entries(parseEnv(text)).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  )
}

type Json = Record<string, unknown>

function ofJson(text: string): Map<string, string> {
  const parsed = parse(text)
  if (Array.isArray(parsed)) return new Map(parsed.flatMap(named))
  const { parameters, properties, Values: values } = parsed as Json
  if (isObject(parameters))
    return new Map(Object.entries(parameters).flatMap(([name, given]) => ofParameter(name, given)))
  return flat(isObject(values) ? values : isObject(properties) ? properties : (parsed as Json))
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // Its message would repeat a piece of the file.
    throw new Error('is not JSON')
  }
}

function named(entry: unknown): [string, string][] {
  if (!isObject(entry) || typeof entry.name !== 'string') return []
  return [...flat({ [entry.name]: entry.value })]
}

/** A parameter holds its value, or says in which Key Vault it lies. */
function ofParameter(name: string, given: unknown): [string, string][] {
  if (!isObject(given)) return []
  const { value, reference } = given
  if (!isObject(reference)) return [...flat({ [name]: value })]
  const { keyVault, secretName } = reference
  const vault = isObject(keyVault) ? String(keyVault.id).split('/').at(-1) : ''
  return [[name, `@Microsoft.KeyVault(VaultName=${vault};SecretName=${String(secretName)})`]]
}

/** Members within members, and those of lists, get names with `:` as .NET has them. */
function flat(members: Json, prefix = ''): Map<string, string> {
  const settings = new Map<string, string>()
  for (const [name, value] of Object.entries(members)) {
    if (value === null || value === undefined) continue
    if (typeof value === 'object')
      for (const [inner, one] of flat(value as Json, `${prefix}${name}:`)) settings.set(inner, one)
    else settings.set(prefix + name, String(value))
  }
  return settings
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
