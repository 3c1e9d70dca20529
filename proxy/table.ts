// Tables of Azure Table Storage as this service opens them: how it signs in, and how soon it gives up.

import { AzureNamedKeyCredential, RestError, TableClient } from '@azure/data-tables'
import { DefaultAzureCredential } from '@azure/identity'

export type TableSettings = {
  url: string
  /** Without a key the managed identity signs in, which needs https. */
  namedKey?: { account: string; key: string }
}

/** Asks nothing yet. */
export function openTable({ url, namedKey }: TableSettings, table: string): TableClient {
  const options = {
    retryOptions: { maxRetries: 1, retryDelayInMs: 100 },
    allowInsecureConnection: url.startsWith('http:'),
  }
  return namedKey === undefined
    ? new TableClient(url, table, new DefaultAzureCredential(), options)
    : new TableClient(url, table, new AzureNamedKeyCredential(namedKey.account, namedKey.key), options)
}

export function hasStatus(error: unknown, ...statuses: number[]): boolean {
  return error instanceof RestError && statuses.includes(error.statusCode ?? 0)
}

/** What a log line says of a table that failed, such as `TableNotFound`: one word, and nothing of the request. */
export function tableFault(error: unknown): string {
  const { details, code, name } = error as { details?: { errorCode?: unknown }; code?: unknown; name?: unknown }
  return String(details?.errorCode ?? code ?? name ?? 'unknown')
}
