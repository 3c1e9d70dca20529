// The issues of an OperationOutcome of another service's: what it says, and nothing else that it may hold.

export type Issue = {
  severity: 'fatal' | 'error' | 'warning' | 'information'
  code: string
  details?: { text: string } | undefined
  diagnostics?: string | undefined
  expression?: string[] | undefined
  location?: string[] | undefined
}

const SEVERITIES: ReadonlySet<unknown> = new Set(['fatal', 'error', 'warning', 'information'])
const MAX_ISSUES = 200

/** Undefined: no OperationOutcome. What has no known severity is an error. */
export function issuesIn(outcome: unknown): Issue[] | undefined {
  const { resourceType, issue = [] } = (outcome ?? {}) as { resourceType?: unknown; issue?: unknown }
  if (resourceType !== 'OperationOutcome' || !Array.isArray(issue)) return undefined
  return issue.map(
    (one: Record<string, unknown> | null): Issue => ({
      severity: SEVERITIES.has(one?.severity) ? (one?.severity as Issue['severity']) : 'error',
      code: typeof one?.code === 'string' && /^[a-z-]{1,40}$/.test(one.code) ? one.code : 'processing',
      details: textIn(one?.details),
      diagnostics: short(one?.diagnostics),
      expression: shortAll(one?.expression),
      location: shortAll(one?.location),
    }),
  )
}

/** As many as anybody reads. */
export function outcomeWith(issues: readonly Issue[]): string {
  return JSON.stringify({ resourceType: 'OperationOutcome', issue: issues.slice(0, MAX_ISSUES) })
}

function textIn(details: unknown): { text: string } | undefined {
  const text = short((details as { text?: unknown } | null | undefined)?.text)
  return text === undefined ? undefined : { text }
}

function short(text: unknown): string | undefined {
  return typeof text === 'string' ? text.slice(0, 1_000) : undefined
}

function shortAll(texts: unknown): string[] | undefined {
  return Array.isArray(texts) ? texts.flatMap((text) => short(text) ?? []).slice(0, 20) : undefined
}
