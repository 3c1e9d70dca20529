// The page cannot lie: for any request and any answers, what the pages say is what is granted, read from their HTML.
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { checkPage } from '../consent-ui/consent/check-page.ts'
import { choosePage } from '../consent-ui/consent/choose-page.ts'
import { draftTerms } from '../consent-ui/consent/decided.ts'
import { type Draft, firstDraft, type Request } from '../consent-ui/consent/draft.ts'
import { pageOfAna, requestFor } from '../consent-ui/consent/example-consent-pages.ts'
import { readChooseForm, readRequestForm } from '../consent-ui/consent/read-draft.ts'
import { requestPage } from '../consent-ui/consent/request-page.ts'
import { type ConsentTerms, ENDINGS } from '../smart/access/consent-terms.ts'
import { liesOf } from './cannot-lie.ts'
import { all, type Element, readHtml } from './html-tree.ts'
import { readCheckPage, readRequestPage } from './read-pages.ts'

const HL7 = 'http://terminology.hl7.org/CodeSystem'
const LAB = `patient/Observation.rs?category=${HL7}/observation-category|laboratory`
const SOCIAL = `patient/Observation.rs?category=${HL7}/observation-category|social-history`

const scope = fc.oneof(
  fc.constantFrom('patient/*.rs', 'patient/*.cruds', 'patient/*.read', 'user/*.rs', LAB, SOCIAL),
  fc
    .tuple(
      fc.constantFrom('patient', 'user'),
      fc.constantFrom('Patient', 'Condition', 'Observation', 'AllergyIntolerance', 'MedicationRequest', 'Encounter'),
      fc.constantFrom('rs', 'r', 's', 'cruds', 'cud', 'read', 'write', 'c', 'ud', 'rsd'),
    )
    .map(([context, type, letters]) => `${context}/${type}.${letters}`),
  fc
    .constantFrom('DocumentReference', 'Binary', 'ExplanationOfBenefit', 'Appointment', 'AppointmentResponse', 'Goal')
    .chain((type) => fc.constantFrom('rs', 'cruds').map((letters) => `patient/${type}.${letters}`)),
  fc.constantFrom('patient/MolecularSequence.rs', 'patient/DiagnosticReport.rs', 'patient/Practitioner.rs'),
)
const requests = fc
  .record({
    scopes: fc.uniqueArray(scope, { minLength: 1, maxLength: 6 }),
    time: fc.subarray(['offline_access', 'online_access']),
    sensitive: fc.subarray(['notes', 'daily', 'Condition', 'medicines']),
    earlier: fc.option(
      fc.record({
        asked: fc.uniqueArray(scope, { maxLength: 4 }),
        from: fc.option(fc.constantFrom('2025-11-21', '2001-02-28'), { nil: undefined }),
        ending: fc.constantFrom(...ENDINGS),
        lastDay: fc.option(fc.constantFrom('2027-03-01', '2026-11-21', '2026-01-01'), { nil: undefined }),
      }),
      { nil: undefined },
    ),
  })
  .map(
    ({ scopes, time, sensitive, earlier }): Request =>
      requestFor([...scopes, ...time], {
        sensitive,
        earlier: earlier && { ...earlier, granted: earlier.asked.filter((_, at) => at % 2 === 0) },
      }),
  )

/** Picks from whatever a page offers. */
const picks = fc.infiniteStream(fc.nat())

const inputsOf = (page: Element, type: string) =>
  all(page, ({ tag, attributes }) => tag === 'input' && attributes.get('type') === type)

/** One answer to each question that is there, as a person might press. */
function answered(page: Element, pick: () => number): URLSearchParams {
  const form = new URLSearchParams()
  const byName = Object.groupBy(inputsOf(page, 'radio'), ({ attributes }) => attributes.get('name') ?? '')
  for (const [name, radios = []] of Object.entries(byName)) {
    form.append(name, radios[pick() % radios.length]?.attributes.get('value') ?? '')
  }
  return form
}

/** What is granted after choosing, and what the last page said before. */
function choose(request: Request, draft: Draft, pick: () => number) {
  const page = readHtml(choosePage({ ...pageOfAna, request, draft }))
  const form = answered(page, pick)
  form.append('decision', 'check')
  form.append('first-day', ['2025-11-21', '2016-02-29', '1999-12-31'][pick() % 3] ?? '')
  const share = pick() % 4
  for (const box of inputsOf(page, 'checkbox')) {
    if (pick() % 4 >= share) form.append('scope', box.attributes.get('value') ?? '')
  }
  const read = readChooseForm(request, draft, form)
  if (read.faults.length > 0) return undefined
  const said = readCheckPage(readHtml(checkPage({ ...pageOfAna, request, draft: read.draft })))
  return { said, terms: draftTerms(request, read.draft) }
}

/** The same of the first page alone. */
function answer(request: Request, pick: () => number) {
  const draft = firstDraft(request)
  const page = readHtml(requestPage({ ...pageOfAna, request, draft }))
  const form = answered(page, pick)
  const read = readRequestForm(request, draft, form)
  if (read.faults.length > 0) return undefined
  return { said: readRequestPage(page, form), terms: draftTerms(request, read.draft) }
}

type Change = (terms: ConsentTerms) => ConsentTerms
const asItIs: Change = (terms) => terms

function property(change: Change, runs: number): void {
  fc.assert(
    fc.property(requests, picks, (request, stream) => {
      const pick = () => stream.next().value as number
      for (const outcome of [answer(request, pick), choose(request, firstDraft(request), pick)]) {
        if (outcome === undefined) continue
        expect(liesOf(outcome.said, request.scopes, change(outcome.terms), request.today)).toEqual([])
      }
    }),
    { numRuns: runs },
  )
}

test('AUTHZ-21: what the request and the page to check say is granted, and nothing else', () => property(asItIs, 80))

describe('AUTHZ-21: it would be found out', () => {
  test.each<[string, Change]>([
    [
      'a kind more',
      (terms) => ({ ...terms, scopes: [...terms.scopes, 'patient/Encounter.rs', 'patient/Condition.rs'] }),
    ],
    ['a kind less', (terms) => ({ ...terms, scopes: terms.scopes.slice(1) })],
    ['another first day', (terms) => ({ ...terms, scopes: terms.scopes.map((text) => text.replace('=ge2', '=ge1')) })],
    [
      'a limit in time dropped',
      (terms) => ({ ...terms, scopes: terms.scopes.map((text) => text.replace(/[?&]\w+=ge.*$/, '')) }),
    ],
    ['a deed more', (terms) => ({ ...terms, scopes: terms.scopes.map((text) => text.replace(/\.rs$/, '.cruds')) })],
    ['a day more', (terms) => (terms.until === undefined ? terms : { ...terms, until: '2099-01-01T00:00:00.000Z' })],
    ['no end', ({ scopes }) => ({ scopes })],
    ['access while away', (terms) => ({ ...terms, scopes: [...terms.scopes, 'offline_access'] })],
  ])('%s', (_name, change) => {
    expect(() => property(change, 300)).toThrow()
  })
})
