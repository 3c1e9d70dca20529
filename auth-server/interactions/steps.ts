// What the person is asked, in order: as whom, whose record, which visit, and then for consent. Each step reads the
// records as the person, and checks again what a form says (CTX-04).
import type { Context } from 'koa'
import { encounterPickerPage, noRecordPage, patientPickerPage, personaPage } from '../../consent-ui/index.ts'
import type { ConsentTerms } from '../../smart/access/consent-terms.ts'
import { isId, patientIdOf } from '../../smart/fhir/reference.ts'
import { type LaunchContext, needsPatient } from '../../smart/launch-context.ts'
import type { RegisteredClient } from '../clients/client.ts'
import type { Amounts } from '../fhir/amounts.ts'
import type { PersonReader, Resource } from '../fhir/person-reader.ts'
import { subjectOf } from '../identity/account.ts'
import type { Launch } from '../launch/launches.ts'
import { frameOf } from '../pages/frame.ts'
import type { Identity } from '../sign-in/identity-provider.ts'
import { askConsent, type ConsentSettings } from './ask-consent.ts'
import { type RecentChoices, recentFirst } from './recent-choices.ts'
import { chosenPatient, encounterRow, patientOfPersona, patientQuery, patientRow, personaChoice } from './records.ts'
import type { RememberedConsent } from './remembered-consents.ts'
import type { InteractionState } from './state.ts'

/** All that the steps of one request look at. */
export type Asking = {
  ctx: Context
  uid: string
  client: RegisteredClient
  /** Where the answer goes. */
  redirectUri: string
  /** What the request may have at most. */
  grantable: readonly string[]
  launch: Launch | undefined
  state: InteractionState
  identity: Identity
  /** Records that the account is linked with. */
  personas: readonly string[]
  readerFor(persona: string): PersonReader
  amounts: Amounts
  consent: ConsentSettings
  /** Which page of the consent was asked for, where it has come to that. */
  page: 'request' | 'choose' | 'check'
  /** Day from which the pages of this request count, as in `2026-11-21`. */
  today: string
  /** The library's record of the request. */
  params: Record<string, unknown>
  /** What was decided on for the same app, persona and patient; asked for once these are known. */
  remembered(): Promise<RememberedConsent | undefined>
  /** Asked for where there is something to choose. */
  recent(): Promise<RecentChoices>
  /** Undefined when the browser only looks. */
  form: URLSearchParams | undefined
}

export type Outcome =
  | { kind: 'page'; html: string }
  /** The state has moved on: keep it and look again, at this page of the consent. */
  | { kind: 'again'; to?: 'choose' | 'check' }
  | { kind: 'refused'; error: string; description: string }
  | {
      kind: 'shared'
      terms: ConsentTerms
      /** Undefined: the person was not the one who answered. */
      remembered?: Omit<RememberedConsent, 'app' | 'at'>
      context: LaunchContext
    }

const MAX_ROWS = 20
const MAX_RECENT = 5
const NO_RECORD: Outcome = {
  kind: 'refused',
  error: 'access_denied',
  description: 'no health record is linked with this account',
}
const NOT_THIS_PERSON: Outcome = {
  kind: 'refused',
  error: 'access_denied',
  description: 'this launch is not for the person who signed in',
}
const CANCELLED: Outcome = { kind: 'refused', error: 'access_denied', description: 'the person did not share' }

/** Runs the first step that is not done yet. */
export async function nextStep(asking: Asking): Promise<Outcome> {
  const { state, identity, launch, form } = asking
  if (form?.get('decision') === 'deny') return asking.personas.length === 0 ? NO_RECORD : CANCELLED
  const meant = launch?.user
  if (meant !== undefined && subjectOf(meant) !== identity.sub) return NOT_THIS_PERSON
  const { persona } = state
  // A link may have gone since the choice.
  if (persona === undefined || !asking.personas.includes(persona)) return askPersona(asking)
  const reader = asking.readerFor(persona)
  if (needsPatient(asking.grantable) && state.patient === undefined) return findPatient(asking, reader)
  if (asksForVisit(asking) && state.encounter === undefined) return askEncounter(asking, reader)
  return askConsent(asking)
}

async function askPersona(asking: Asking): Promise<Outcome> {
  const { ctx, client, state, identity, personas, readerFor, form, uid } = asking
  if (personas.length === 0)
    return { kind: 'page', html: noRecordPage({ ...common(ctx, uid, state, client), user: identity.name }) }
  const picked = personas.length === 1 ? personas[0] : form?.get('persona')
  if (picked != null && personas.includes(picked)) {
    state.persona = picked
    // Chosen as someone else, if at all.
    delete state.patient
    delete state.encounter
    delete state.isPatientPicked
    delete state.isVouchedFor
    delete state.draft
    return { kind: 'again' }
  }
  const [recent, found] = await Promise.all([
    asking.recent(),
    Promise.all(personas.map((persona) => personaChoice(persona, readerFor(persona)))),
  ])
  const choices = recentFirst(
    found.flatMap((choice) => choice ?? []),
    ({ value }) => value,
    recent.personas,
  )
  if (choices.length === 0) return NO_RECORD
  ctx.status = form === undefined ? 200 : 400
  return {
    kind: 'page',
    html: personaPage({ ...common(ctx, uid, state, client), personas: choices, isUnanswered: form !== undefined }),
  }
}

/** The patient is the launch's, the persona's own, or picked among those that the person may open (CTX-03, EHR-05). */
async function findPatient(asking: Asking, reader: PersonReader): Promise<Outcome> {
  const { state, launch } = asking
  const launched = launch?.context.patient
  if (launched !== undefined) {
    const patient = await reader.read('Patient', launched)
    // An EHR that names a clinician vouches for the open chart; anyone else needs the own reach (EHR-05, EHR-10).
    const isVouchedFor = launch?.user !== undefined && state.persona?.startsWith('Practitioner/')
    if (patient === undefined && !isVouchedFor) return NOT_THIS_PERSON
    if (patient !== undefined && !(await isVisitOf(launched, launch?.context.encounter, reader))) return NOT_THIS_PERSON
    if (isVouchedFor) state.isVouchedFor = true
    state.patient = patient === undefined ? { id: launched } : chosenPatient(patient)
    return { kind: 'again' }
  }
  if (state.persona?.startsWith('Practitioner/')) return askPatient(asking, reader)
  const own = await patientOfPersona(String(state.persona), reader)
  if (own === undefined) return NO_RECORD
  state.patient = chosenPatient(own)
  return { kind: 'again' }
}

async function isVisitOf(patientId: string, encounterId: string | undefined, reader: PersonReader): Promise<boolean> {
  if (encounterId === undefined) return true
  const encounter = await reader.read('Encounter', encounterId)
  return patientIdOf(encounter?.subject, reader.bases) === patientId
}

async function askPatient(asking: Asking, reader: PersonReader): Promise<Outcome> {
  const { ctx, client, state, form, uid } = asking
  const picked = form?.get('patient')
  if (picked != null) {
    const patient = isId(picked) ? await reader.read('Patient', picked) : undefined
    if (patient !== undefined) {
      state.patient = chosenPatient(patient)
      state.isPatientPicked = true
      return { kind: 'again' }
    }
  }
  const query = (new URLSearchParams(ctx.querystring).get('q') ?? '').slice(0, 200)
  const searched = query.trim() !== ''
  const [matches, recent] = await Promise.all([
    reader.search('Patient', patientQuery(query, MAX_ROWS + 1)),
    searched ? [] : openedLately(asking, reader),
  ])
  const others = matches.filter(({ id }) => !recent.some((one) => one.id === id))
  ctx.status = form === undefined ? 200 : 400
  return {
    kind: 'page',
    html: patientPickerPage({
      ...common(ctx, uid, state, client),
      query,
      searched,
      recent: recent.map(patientRow),
      rows: others.slice(0, MAX_ROWS - recent.length).map(patientRow),
      truncated: others.length + recent.length > MAX_ROWS,
      isUnanswered: form !== undefined,
    }),
  }
}

/** Read again, as everything on the page: who is out of reach since is not shown. */
async function openedLately({ state, recent }: Asking, reader: PersonReader): Promise<Resource[]> {
  const ids = (await recent()).patientsOf(String(state.persona)).slice(0, MAX_RECENT)
  return (await Promise.all(ids.map((id) => reader.read('Patient', id)))).flatMap((patient) => patient ?? [])
}

function asksForVisit({ grantable, launch, state }: Asking): boolean {
  return (
    grantable.includes('launch/encounter') && launch?.context.encounter === undefined && state.patient !== undefined
  )
}

async function askEncounter({ ctx, client, state, form, uid }: Asking, reader: PersonReader): Promise<Outcome> {
  const patientId = String(state.patient?.id)
  const picked = form?.get('encounter')
  if (picked != null) {
    const encounter = isId(picked) ? await reader.read('Encounter', picked) : undefined
    if (picked === '' || patientIdOf(encounter?.subject, reader.bases) === patientId) {
      state.encounter = picked
      return { kind: 'again' }
    }
  }
  const search = new URLSearchParams({ patient: patientId, _sort: '-date', _count: String(MAX_ROWS) })
  const rows = (await reader.search('Encounter', search)).map(encounterRow)
  if (rows.length === 0) {
    state.encounter = ''
    return { kind: 'again' }
  }
  ctx.status = form === undefined ? 200 : 400
  return {
    kind: 'page',
    html: encounterPickerPage({ ...common(ctx, uid, state, client), rows, isUnanswered: form !== undefined }),
  }
}

export function common(ctx: Context, uid: string, state: InteractionState, client: RegisteredClient) {
  return {
    frame: frameOf(ctx),
    action: `/interaction/${uid}`,
    csrf: state.csrf,
    app: client.client_name,
  }
}
