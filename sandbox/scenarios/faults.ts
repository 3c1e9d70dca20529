// What can be made to go wrong in a launch of the sandbox, step by step. Each fault is made by a stand-in or by the operator's own
// API, never by the services themselves: they answer as they would in production.

/** What the front door does to a request of the step. */
export type FrontDoorFault =
  | { kind: 'sent-back'; error: string; description: string }
  | { kind: 'answered'; status: number; error?: string }
  | { kind: 'late' }
  | { kind: 'other-audience' }
  /** Told to a stand-in behind it: Entra by a parameter of the sign-in, the FHIR server by the id of the request. */
  | { kind: 'told' }

type Described = { about: string }
export type Fault = Described &
  (
    | { step: 'authorize' | 'sign-in' | 'token' | 'data'; made: FrontDoorFault }
    /** By what the EHR, the app or the person does. */
    | { step: 'launch' | 'assertion' | 'session' }
  )

export const FAULTS = {
  'launch-closed': { step: 'launch', about: 'The clinician closes the chart before the app has opened.' },
  'launch-used': { step: 'launch', about: 'The launch was used before, as when somebody reloads the page of the app.' },
  'launch-expired': {
    step: 'launch',
    about: 'The launch is one that the server no longer knows. It says the same of one that has expired.',
  },
  'wrong-audience': {
    step: 'authorize',
    made: { kind: 'other-audience' },
    about: 'The app names another FHIR server as aud.',
  },
  'authorize-denied': {
    step: 'authorize',
    made: { kind: 'sent-back', error: 'access_denied', description: 'the person did not share' },
    about: 'The app is told access_denied at once.',
  },
  'authorize-scope-refused': {
    step: 'authorize',
    made: { kind: 'sent-back', error: 'invalid_scope', description: 'one of the scopes is not offered' },
    about: 'The app is told invalid_scope.',
  },
  'authorize-server-error': {
    step: 'authorize',
    made: { kind: 'sent-back', error: 'server_error', description: 'something broke' },
    about: 'The app is told server_error.',
  },
  'authorize-unavailable': {
    step: 'authorize',
    made: { kind: 'answered', status: 503 },
    about: 'The authorization page answers 503. The app is told nothing.',
  },
  'authorize-slow': { step: 'authorize', made: { kind: 'late' }, about: 'The authorization page comes late.' },
  'sign-in-refused': {
    step: 'sign-in',
    made: { kind: 'told' },
    about: 'The identity provider signs nobody in: access_denied.',
  },
  'sign-in-unavailable': {
    step: 'sign-in',
    made: { kind: 'told' },
    about: 'The identity provider answers 503 when its code is redeemed.',
  },
  'sign-in-slow': { step: 'sign-in', made: { kind: 'told' }, about: 'The identity provider takes its time.' },
  'sign-in-clock-ahead': {
    step: 'sign-in',
    made: { kind: 'told' },
    about: "The identity provider's clock is an hour ahead: its tokens are not valid yet.",
  },
  'sign-in-clock-behind': {
    step: 'sign-in',
    made: { kind: 'told' },
    about: "The identity provider's clock is two hours behind: its tokens have ended already.",
  },
  'token-client-refused': {
    step: 'token',
    made: { kind: 'answered', status: 401, error: 'invalid_client' },
    about: 'The token endpoint says invalid_client.',
  },
  'token-code-refused': {
    step: 'token',
    made: { kind: 'answered', status: 400, error: 'invalid_grant' },
    about: 'The token endpoint says invalid_grant, for codes and for refresh tokens.',
  },
  'token-unavailable': {
    step: 'token',
    made: { kind: 'answered', status: 503 },
    about: 'The token endpoint answers 503, without JSON of OAuth.',
  },
  'token-slow': { step: 'token', made: { kind: 'late' }, about: 'The token endpoint answers late.' },
  'data-token-ended': {
    step: 'data',
    made: { kind: 'answered', status: 401, error: 'invalid_token' },
    about: 'Every request for data is answered 401.',
  },
  'data-forbidden': {
    step: 'data',
    made: { kind: 'answered', status: 403, error: 'insufficient_scope' },
    about: 'Every request for data is answered 403.',
  },
  'data-too-many': {
    step: 'data',
    made: { kind: 'answered', status: 429 },
    about: 'Every request for data is answered 429, with Retry-After.',
  },
  'data-unavailable': {
    step: 'data',
    made: { kind: 'answered', status: 503 },
    about: 'Every request for data is answered 503.',
  },
  'data-slow': { step: 'data', made: { kind: 'late' }, about: 'Data comes late.' },
  'records-unavailable': {
    step: 'data',
    made: { kind: 'told' },
    about: 'The FHIR server behind the proxy answers 503.',
  },
  'records-slow': { step: 'data', made: { kind: 'told' }, about: 'The FHIR server behind the proxy answers late.' },
  'records-nonsense': {
    step: 'data',
    made: { kind: 'told' },
    about: 'The FHIR server behind the proxy answers 200 with a page of HTML.',
  },
  'access-ended': { step: 'session', about: 'The operator ends the grant while the app runs.' },
  'access-narrowed': {
    step: 'session',
    about: 'The person takes the last kind of data away from the app while it runs, on the page of their apps.',
  },
  'chart-closed': { step: 'session', about: 'The clinician closes the chart while the app runs.' },
  'keys-changed': { step: 'session', about: 'The server signs with new keys from now on.' },
  'assertion-clock-ahead': { step: 'assertion', about: "The service's clock is an hour ahead when it signs." },
  'assertion-clock-behind': { step: 'assertion', about: "The service's clock is an hour behind when it signs." },
} as const satisfies Record<string, Fault>

export type FaultName = keyof typeof FAULTS

export const FAULT_NAMES = Object.keys(FAULTS) as [FaultName, ...FaultName[]]

/** The steps in which the front door has a part. */
export type DoorStep = 'authorize' | 'sign-in' | 'token' | 'data'

/** What the front door does at a step for a scenario's fault, if anything. */
export function faultAtDoor(name: FaultName | undefined, step: DoorStep | undefined): FrontDoorFault | undefined {
  const fault: Fault | undefined = name === undefined ? undefined : FAULTS[name]
  return fault !== undefined && 'made' in fault && fault.step === step ? fault.made : undefined
}

/** A fault that a stand-in behind the front door is told of. */
export type ToldFault = { name: FaultName; seconds: number }

/** The id of a request by which the FHIR server stand-in is told of a fault: the proxy passes it on as it came. */
export function faultRequestId(name: FaultName, seconds: number): string {
  return `sandbox-${name}-${seconds}`
}

/** @returns undefined for every other id */
export function readFaultRequestId(id: unknown): ToldFault | undefined {
  return readTold(/^sandbox-(records-[a-z]+)-(\d{1,2})$/.exec(String(id)))
}

/** Parameter of the sign-in by which the Entra stand-in is told of a fault, and its value. */
export const SIGN_IN_FAULT = 'sandbox_fault'

export function signInFault(name: FaultName, seconds: number): string {
  return `${name} ${seconds}`
}

/** @returns undefined for whatever is none */
export function readSignInFault(text: string | null): ToldFault | undefined {
  return readTold(/^(sign-in-[a-z-]+) (\d{1,2})$/.exec(text ?? ''))
}

function readTold(found: RegExpExecArray | null): ToldFault | undefined {
  const [, name = '', seconds = ''] = found ?? []
  return Object.hasOwn(FAULTS, name) ? { name: name as FaultName, seconds: Number(seconds) } : undefined
}
