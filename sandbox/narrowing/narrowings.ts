// The ways in which a person can give an app less than it asks for, one at a time, and what an app should not do then.

import type { FaultName } from '../scenarios/faults.ts'

export type Narrowing = {
  /** For people: what is missing. */
  name: string
  unticks: readonly string[]
  keepsAccess: boolean
  declines?: true
  /** What happens while the app runs; then it is loaded again. */
  fault?: FaultName
}

/** What an app did. Nothing found: it went on with less, or said what is missing. */
export type Finding = 'white screen' | 'raw error' | 'retry storm' | 'script error'

export type Seen = {
  /** What a person can read. */
  text: string
  /** Method and path of each request for data, as often as it was sent. */
  requests: readonly string[]
  scriptErrors: readonly string[]
}

/** Everything, then each single removal. @param scope what the app asks for */
export function narrowingsOf(scope: string): Narrowing[] {
  const scopes = scope.split(' ')
  const kinds = scopes.filter((text) => /^(patient|user)\//.test(text))
  return [
    { name: 'everything is given', unticks: [], keepsAccess: true },
    ...kinds.map((kind) => ({ name: `without ${kind}`, unticks: [kind], keepsAccess: true })),
    ...(scopes.includes('offline_access') ? [{ name: 'without offline_access', unticks: [], keepsAccess: false }] : []),
    { name: 'the person does not share', unticks: [], keepsAccess: false, declines: true },
    { name: 'access ends while it runs', unticks: [], keepsAccess: true, fault: 'access-ended' },
  ]
}

/** Less than a sentence is no page. */
const FEWEST_CHARACTERS = 20
/** A request and two more tries are reasonable. */
const MOST_TRIES = 3
/** What people should not have to read. */
const RAW = /OperationOutcome|"resourceType"|insufficient_scope|\bHTTP\/?\s?40[13]\b|\bat \S+ \(\S+:\d+:\d+\)/

export function judge({ text, requests, scriptErrors }: Seen): Finding[] {
  const tries = new Map<string, number>()
  for (const request of requests) tries.set(request, (tries.get(request) ?? 0) + 1)
  const found: [Finding, boolean][] = [
    ['white screen', text.trim().length < FEWEST_CHARACTERS],
    ['raw error', RAW.test(text)],
    ['retry storm', [...tries.values()].some((times) => times > MOST_TRIES)],
    ['script error', scriptErrors.length > 0],
  ]
  return found.filter(([, is]) => is).map(([finding]) => finding)
}
