// The last step: the person decides what the app gets, on the request itself or after choosing and checking. Decided once,
// the same or less is not asked for again (SEED-21).
import {
  askedFor,
  type ConsentPage,
  type Counted,
  checkPage,
  choosePage,
  type Draft,
  decidedOf,
  draftTerms,
  type EarlierAnswers,
  edgeSearches,
  firstDayOf,
  firstDraft,
  lacksFirstDay,
  type Read,
  type Request,
  readChooseForm,
  readRequestForm,
  requestPage,
  searchesFor,
  sharedRows,
} from '../../consent-ui/index.ts'
import { type ConsentTerms, type Decided, termsOf } from '../../smart/access/consent-terms.ts'
import { limitedFrom } from '../../smart/access/look-back.ts'
import { isAlwaysGranted, narrow } from '../../smart/access/narrowing.ts'
import { parseScope } from '../../smart/access/scope.ts'
import type { LaunchContext } from '../../smart/launch-context.ts'
import { ASKED_CONSENT } from '../front/authorize.ts'
import { randomToken } from '../random-token.ts'
import { appOnPage, selfDescription } from './app-on-page.ts'
import type { RememberedConsent } from './remembered-consents.ts'
import { approvedForStaff } from './staff-approval.ts'
import { type Asking, common, type Outcome } from './steps.ts'

type SharedOutcome = Extract<Outcome, { kind: 'shared' }>

/** What an operator decides of the question itself. */
export type ConsentSettings = {
  /** Whether pages say how much there is. */
  counts: boolean
  start: 'on' | 'off'
  /** Ids of groups, and types, that are asked about one by one. */
  sensitive: readonly string[]
}

export async function askConsent(asking: Asking): Promise<Outcome> {
  const remembered = await asking.remembered()
  const request = requestOf(asking, remembered)
  const { form, state, page } = asking
  if (page === 'request' && state.draft !== undefined && lacksFirstDay(state.draft, request)) return goTo('choose')
  if (form === undefined) return look(asking, request, remembered)
  const draft = state.draft ?? firstDraft(request)
  const decision = form.get('decision')
  if (page === 'choose') {
    const read = readChooseForm(request, draft, form)
    if (decision === 'check' && read.faults.length > 0) return faulty(asking, request, read)
    state.draft = read.draft
    return { kind: 'again', to: read.draft.isChosen ? 'check' : 'choose' }
  }
  // After choices were made they are what counts, and they are read once more before they do.
  if (draft.isChosen) return decision === 'share' && page === 'check' ? shared(asking, request, draft) : goTo('check')
  if (page === 'check') return goTo('choose')
  const read = readRequestForm(request, draft, form)
  // Enter on a field, by which nobody means to go on.
  if (decision === 'stay') {
    state.draft = read.draft
    return { kind: 'again' }
  }
  if (decision === 'choose' || request.start === 'off') {
    state.draft = read.draft
    return goTo('choose')
  }
  if (decision === 'share' && read.faults.length === 0) return shared(asking, request, read.draft)
  return faulty(asking, request, read)
}

const goTo = (to: 'choose' | 'check'): Outcome => ({ kind: 'again', to })

async function look(asking: Asking, request: Request, remembered: RememberedConsent | undefined): Promise<Outcome> {
  const { state, page } = asking
  if (remembered !== undefined && state.draft === undefined && isSilent(asking, request, remembered)) {
    return answered(asking, decidedBefore(remembered), request.today)
  }
  const approved = state.draft === undefined ? approvedForStaff(asking) : undefined
  // The operator's answer, not this person's: it is not remembered, and counts for as long as the operator says so.
  if (approved !== undefined) return outcomeOf(asking, approved, request.today)
  const draft = state.draft ?? firstDraft(request)
  if (page === 'request' && draft.isChosen) return goTo('check')
  if (page === 'check' && !draft.isChosen) return goTo('choose')
  return shown(asking, request, { draft, faults: [] })
}

function shared(asking: Asking, request: Request, draft: Draft): Outcome {
  return answered(asking, decidedOf(request, draft), request.today)
}

function outcomeOf(asking: Asking, decided: Decided, today: string): SharedOutcome {
  return { kind: 'shared', terms: termsOf(asking.grantable, decided, today), context: contextOf(asking) }
}

/** What the person answered, and what of it holds the next time. */
function answered(asking: Asking, decided: Decided, today: string): SharedOutcome {
  const { grantable } = asking
  const outcome = outcomeOf(asking, decided, today)
  const { from, ending } = decided
  const lastDay = lastDayIn(outcome.terms)
  return {
    ...outcome,
    remembered: {
      asked: grantable,
      granted: narrow(grantable, decided.chosen),
      ...(from === undefined ? {} : { from }),
      ...(ending === undefined ? {} : { ending }),
      ...(lastDay === undefined ? {} : { lastDay }),
    },
  }
}

function lastDayIn({ until }: ConsentTerms): string | undefined {
  return until === undefined ? undefined : new Date(Date.parse(until) - 1).toISOString().slice(0, 10)
}

function requestOf({ grantable, consent, today }: Asking, remembered: RememberedConsent | undefined): Request {
  return {
    scopes: grantable,
    today,
    sensitive: consent.sensitive,
    start: consent.start,
    earlier: remembered && earlierAnswers(remembered),
  }
}

function earlierAnswers(remembered: RememberedConsent): EarlierAnswers {
  const { asked, granted, from, lastDay } = remembered
  return { asked, granted, from, ending: decidedBefore(remembered).ending, lastDay }
}

/** Decisions of before there was a question for how long have their answer in what was granted. */
function decidedBefore({ granted, asked, from, ending, lastDay }: RememberedConsent): Decided {
  const meant = granted.includes('offline_access') ? 'stop' : granted.includes('online_access') ? 'session' : 'now'
  const hasTime = asked.includes('offline_access') || asked.includes('online_access')
  return { chosen: new Set(granted), from, ending: ending ?? (hasTime ? meant : undefined), lastDay }
}

/**
 * What was answered is kept: another language, or a look elsewhere, does not undo it. A page that was shown before, in another
 * tab, said something else: its form is void.
 */
async function faulty(asking: Asking, request: Request, read: Read): Promise<Outcome> {
  asking.ctx.status = 400
  asking.state.draft = read.draft
  asking.state.csrf = randomToken()
  return shown(asking, request, read)
}

async function shown(asking: Asking, request: Request, { draft, faults }: Read): Promise<Outcome> {
  const { page } = asking
  const [amounts, edges] = await Promise.all([amountsFor(asking, request, draft), edgesFor(asking, request, draft)])
  const p: ConsentPage = { ...pageOf(asking, request, draft), amounts, edges, faults }
  const pages = { request: requestPage, choose: choosePage, check: checkPage }
  return { kind: 'page', html: pages[page](p) }
}

/** What every page of a request is told. */
export function pageOf(
  asking: Pick<Asking, 'ctx' | 'uid' | 'state' | 'client' | 'identity' | 'redirectUri' | 'launch' | 'personas'>,
  request: Request,
  draft: Draft,
): ConsentPage {
  const { ctx, uid, state, client, identity, redirectUri, launch, personas } = asking
  return {
    ...common(ctx, uid, state, client),
    app: appOnPage(client, redirectUri),
    user: identity.name,
    patient: state.patient,
    own: state.persona?.startsWith('Patient/') === true,
    changeable: launch?.context.patient === undefined && (state.isPatientPicked === true || personas.length > 1),
    request,
    draft,
  }
}

/** Under the access that the page speaks of: all that is asked for, or what was chosen. */
async function amountsFor(asking: Asking, request: Request, draft: Draft): Promise<Counted | 'waiting' | undefined> {
  const { page } = asking
  const from = page === 'request' ? firstDayOf(draft, request) : undefined
  const asked = request.scopes.filter(isOfPatient)
  const limited = from === undefined ? asked : limitedFrom(asked, from)
  const scopes = page === 'check' ? draftTerms(request, draft).scopes.filter(isOfPatient) : limited
  return countIn(asking, scopes, searchesFor(askedFor(request.scopes)))
}

/** Under all that is asked for: nothing else has what choices and a first day leave out. */
async function edgesFor(asking: Asking, request: Request, draft: Draft): Promise<Counted | 'waiting' | undefined> {
  if (asking.page === 'request') return undefined
  const asked = askedFor(request.scopes)
  const isLimited = asking.page === 'check' && firstDayOf(draft, request) !== undefined
  const rows = asking.page === 'choose' ? asked.rows : isLimited ? sharedRows({ request, draft }, asked) : []
  return countIn(asking, request.scopes.filter(isOfPatient), { counts: edgeSearches(asked, rows), spans: [] })
}

async function countIn(
  { consent, ctx, state, amounts, form }: Asking,
  scopes: readonly string[],
  searches: { counts: string[]; spans: string[] },
): Promise<Counted | 'waiting' | undefined> {
  const { persona, patient } = state
  if (!consent.counts || persona === undefined || patient === undefined) return undefined
  if (searches.counts.length === 0) return undefined
  const counting = { person: persona, patient: patient.id, scopes, ...searches }
  const isPatient = form === undefined && new URLSearchParams(ctx.querystring).has('amounts')
  return isPatient ? amounts.patiently(counting) : amounts.soon(counting)
}

function isOfPatient(text: string): boolean {
  const parsed = parseScope(text)
  return parsed.ok && parsed.scope.context === 'patient' && /[rs]/.test(parsed.scope.permissions)
}

/** Nothing new is asked for, nobody wants to be asked, it is not over, and no other app could be at the end of the redirect. */
function isSilent(asking: Asking, { today }: Request, remembered: RememberedConsent): boolean {
  const { grantable, params, client, redirectUri } = asking
  if (params[ASKED_CONSENT] !== undefined) return false
  if (remembered.app !== selfDescription(client)) return false
  if (remembered.lastDay !== undefined && remembered.lastDay < today) return false
  if (!isProvenApp(client.token_endpoint_auth_method, redirectUri)) return false
  return grantable.every((scope) => isAlwaysGranted(scope) || remembered.asked.includes(scope))
}

/** Any program on a device may listen on a loopback port or take a scheme of its own (RFC 8252 section 8.6). */
function isProvenApp(authentication: string, redirectUri: string): boolean {
  return authentication !== 'none' || redirectUri.startsWith('https://')
}

function contextOf({ launch, state, grantable }: Asking): LaunchContext {
  const launched = grantable.includes('launch') ? launch?.context : undefined
  const encounter = launched?.encounter ?? state.encounter
  return {
    ...launched,
    ...(state.patient === undefined ? {} : { patient: state.patient.id }),
    ...(encounter === undefined || encounter === '' ? {} : { encounter }),
  }
}
