// The app's side of SMART, through the public fhirclient library: connect, come back, refresh, request.

export type TokenAnswer = {
  access_token?: string
  id_token?: string
  refresh_token?: string
  scope?: string
  patient?: string
  encounter?: string
  need_patient_banner?: boolean
  [member: string]: unknown
}

/** The part of fhirclient's Client that is used here. */
export type Client = {
  state: { serverUrl: string; scope?: string; tokenResponse?: TokenAnswer }
  patient: { id: string | null }
  getIdToken(): Record<string, unknown> | null
  refresh(): Promise<unknown>
}

type AuthorizeOptions = {
  clientId: string
  scope: string
  redirectUri: string
  iss?: string
  launch?: string
  pkceMode: 'required'
}

declare const FHIR: {
  oauth2: {
    settings: { refreshTokenWithClientId?: boolean }
    authorize(options: AuthorizeOptions): Promise<unknown>
    ready(): Promise<Client>
  }
}

export const CLIENT_ID = 'sample-app'

const DATA = ['Patient', 'Observation', 'Condition', 'MedicationRequest', 'AllergyIntolerance', 'Immunization']
const dataScopes = (context: 'patient' | 'user') => DATA.map((type) => `${context}/${type}.rs`).join(' ')

export const PATIENT_SCOPE = `openid fhirUser launch/patient ${dataScopes('patient')} offline_access`
export const CLINICIAN_SCOPE = `openid fhirUser launch/patient ${dataScopes('user')} offline_access`
export const EHR_SCOPE = `openid fhirUser launch ${dataScopes('patient')} offline_access`

/** Leaves this page for the authorization server. `iss` and `launch` of an EHR are read off the address by fhirclient. */
export async function connect(p: { scope: string; iss?: string }): Promise<void> {
  await FHIR.oauth2.authorize({
    clientId: CLIENT_ID,
    scope: p.scope,
    redirectUri: new URL('/', location.href).href,
    pkceMode: 'required',
    ...(p.iss === undefined ? {} : { iss: p.iss }),
  })
}

/** True when this page was reached with an answer, or is reloaded while connected. */
export function isConnecting(): boolean {
  const params = new URLSearchParams(location.search)
  return params.has('code') || params.has('error') || sessionStorage.getItem('SMART_KEY') !== null
}

/** @throws Error with the authorization server's own words when it refused */
export async function finishConnecting(): Promise<Client> {
  const params = new URLSearchParams(location.search)
  const error = params.get('error')
  if (error !== null) {
    forgetConnection()
    const words = params.get('error_description') ?? 'no further description'
    throw new Error(`Not connected. ${error}: ${words}`)
  }
  // A public client names itself (RFC 6749 section 6); the library leaves that out of a refresh unless told.
  FHIR.oauth2.settings.refreshTokenWithClientId = true
  const client = await FHIR.oauth2.ready()
  // fhirclient leaves the answer's `iss` (RFC 9207) in the address.
  history.replaceState(null, '', '/')
  return client
}

export function forgetConnection(): void {
  sessionStorage.clear()
  history.replaceState(null, '', '/')
}

export type FhirAnswer = { status: number; statusText: string; headers: [string, string][]; body: string }

/** Sends any FHIR request with the token; every status is an answer. @throws only when nothing came back */
export async function sendFhir(client: Client, method: string, path: string, body?: string): Promise<FhirAnswer> {
  const base = client.state.serverUrl.replace(/\/*$/, '/')
  const answer = await fetch(base + path.replace(/^\/+/, ''), {
    method,
    headers: {
      Accept: 'application/fhir+json',
      Authorization: `Bearer ${client.state.tokenResponse?.access_token ?? ''}`,
      ...(body ? { 'Content-Type': 'application/fhir+json' } : {}),
    },
    ...(body ? { body } : {}),
  })
  return {
    status: answer.status,
    statusText: answer.statusText,
    headers: [...answer.headers],
    body: await answer.text(),
  }
}
