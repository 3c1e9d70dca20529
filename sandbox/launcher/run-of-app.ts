// What a run's timeline says of the app: the token that it holds, and the chart that it was opened on.

import type { RecordedRun } from '../scenarios/runs-client.ts'
import type { Exchange } from '../timeline/exchange.ts'

/** The app's newest access token. Those of the record system and the operator are none of its. */
export function tokenOfApp({ exchanges }: RecordedRun): string | undefined {
  return exchanges
    .filter((one) => isPath(one, 'POST', '/token') && !new URLSearchParams(one.form).get('scope')?.startsWith('__'))
    .map((one) => memberOf(one, 'access_token'))
    .findLast((token) => token !== undefined)
}

/** The chart that was opened last, as its record system knows it. */
export function chartOfRun({ exchanges }: RecordedRun): string | undefined {
  return exchanges
    .filter((one) => isPath(one, 'POST', '/launch'))
    .map((one) => memberOf(one, 'id'))
    .findLast((id) => id !== undefined)
}

function isPath({ method, url }: Exchange, wanted: string, path: string): boolean {
  return method === wanted && new URL(url).pathname === path
}

function memberOf({ body }: Exchange, name: string): string | undefined {
  try {
    const value: unknown = (JSON.parse(body ?? '{}') as Record<string, unknown>)[name]
    return typeof value === 'string' ? value : undefined
  } catch {
    return undefined
  }
}
