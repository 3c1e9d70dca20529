// How values of older systems are read. None of these repeats a value in what it says against it.
import type { Made } from './old-setting.ts'

/** The same value under our name. */
export const as =
  (ours: string) =>
  (value: string): Made => ({ [ours]: value.trim() })

export const NO_URL = 'it is no http address, or has a password or a query in it'

/** An http or https address without a slash at its end. */
export const asUrl =
  (ours: string) =>
  (value: string): Made | string => {
    const url = urlOf(value)
    return url === undefined ? NO_URL : { [ours]: url }
  }

export const asNumber =
  (ours: string, { least, most }: { least: number; most: number }) =>
  (value: string): Made | string => {
    const number = Number(value)
    if (!Number.isInteger(number)) return 'it is no whole number'
    return number >= least && number <= most ? { [ours]: String(number) } : `here it is ${least} to ${most}`
  }

/** Undefined for anything else, and for one that would show a password or a key. */
export function urlOf(value: string): string | undefined {
  const text = value.trim()
  if (!URL.canParse(text)) return undefined
  const { protocol, username, password, search, hash } = new URL(text)
  // Function apps take their key in the query.
  if (!/^https?:$/.test(protocol) || [username, password, search, hash].some((part) => part !== '')) return undefined
  return text.replace(/\/+$/, '')
}

/** Without scheme and path. Undefined when there is none in it. */
export function hostOf(value: string): string | undefined {
  const url = urlOf(/^https?:/i.test(value.trim()) ? value : `https://${value.trim()}`)
  return url === undefined ? undefined : new URL(url).host
}

export const isGuid = (value: string): boolean => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(value.trim())

export const isTrue = (value: string | undefined): boolean => /^(true|1|yes)$/i.test(value?.trim() ?? '')

export const listOf = (value: string): string[] =>
  value
    .split(/[,;]/)
    .map((one) => one.trim())
    .filter((one) => one !== '')

/** One member of a connection string, `AccountName` or `Endpoint`; never one that is a key. */
export function memberOf(
  connection: string,
  member: 'AccountName' | 'EndpointSuffix' | 'Endpoint' | 'BlobEndpoint',
): string | undefined {
  const found = new RegExp(`(?:^|;)\\s*${member}=([^;\\s]+)`, 'i').exec(connection)?.[1]
  return found !== undefined && /^[\w.:/-]+$/.test(found) ? found : undefined
}

/** Of a storage account: `https://{account}.{service}.core.windows.net`. */
export function storageUrl(connection: string, service: 'table' | 'blob'): string | undefined {
  const account = memberOf(connection, 'AccountName')
  const suffix = memberOf(connection, 'EndpointSuffix') ?? 'core.windows.net'
  return account === undefined ? undefined : `https://${account}.${service}.${suffix}`
}

/** For a value in a file of settings. Within the first two nothing has a meaning of its own; a double quotation mark gives one to the backslash. */
export function quoteFor(value: string): string | undefined {
  return ["'", '`', '"'].find((quote) => !value.includes(quote) && !(quote === '"' && value.includes('\\')))
}
