// Questions by HTTP, as a stranger would ask them.

export type Asked = { status: number; headers: Headers; json: Record<string, unknown> | undefined }

const PATIENCE_MS = 10_000

/** @throws Error when nobody answers */
export async function ask(url: string, headers: Readonly<Record<string, string>> = {}): Promise<Asked> {
  const answer = await fetch(url, { headers, redirect: 'manual', signal: AbortSignal.timeout(PATIENCE_MS) })
  const text = await answer.text()
  return { status: answer.status, headers: answer.headers, json: jsonOf(text) }
}

function jsonOf(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}

/** How far the clock of whoever answered is ahead of ours, in seconds; undefined: nothing was said. */
export function clockAhead({ headers }: Asked, now: number): number | undefined {
  const said = Date.parse(headers.get('date') ?? '')
  // `Date` has whole seconds, and the answer was under way.
  return Number.isNaN(said) ? undefined : Math.round((said - now) / 1000)
}
