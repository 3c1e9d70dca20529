// Scopes over HTTP: what is asked for, what a person leaves on, and what the token says in the end.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { decodeJwt } from 'jose'
import { type Fixture, startAuthServer } from '../testing/auth-server-fixture.ts'
import { begin, follow, formOf, redeemCode } from '../testing/launch-flow.ts'
import { answerOf, tokensOf } from '../testing/whole-launch.ts'

let fixture: Fixture
beforeAll(async () => {
  fixture = await startAuthServer()
})
afterAll(() => fixture.close())

const NO_HEALTH_DATA =
  /^patient\/(Practitioner|Organization|Location|Endpoint|Healthcare|Schedule|Slot|InsurancePlan|ResearchStudy|Substance|CodeSystem|ConceptMap|ValueSet|Questionnaire|Library|StructureDefinition)(Role|Affiliation|Service)?\./
const HL7 = 'http://terminology.hl7.org/CodeSystem'
const US_CORE = 'http://hl7.org/fhir/us/core/CodeSystem'
const CONDITIONS = [
  `${HL7}/condition-category|encounter-diagnosis`,
  `${HL7}/condition-category|problem-list-item`,
  `${US_CORE}/condition-category|health-concern`,
]
const OBSERVATIONS = [
  ...['laboratory', 'social-history', 'survey', 'vital-signs'].map((code) => `${HL7}/observation-category|${code}`),
  `${US_CORE}/us-core-category|sdoh`,
]
const ofCategory = (type: string) => (category: string) => `patient/${type}.rs?category=${category}`

async function granted(scope: string, shared: string[]): Promise<string[]> {
  const { body } = await tokensOf(fixture, 'ana', { scope, shared })
  expect(decodeJwt(body.access_token).scope).toBe(body.scope)
  return body.scope.split(' ')
}

describe.each([
  ['SCP-15', 'Condition', CONDITIONS],
  ['SCP-16', 'Observation', OBSERVATIONS],
] as const)('%s: categories of %s', (_id, type, categories) => {
  const scopes = categories.map(ofCategory(type))

  test.each(scopes)('%s can be asked for', async (scope) => {
    expect(await granted(`launch/patient ${scope}`, [scope])).toEqual(['launch/patient', scope])
  })

  test('are each a part of the whole type that can be left on alone', async () => {
    const whole = `patient/${type}.rs`
    const { browser, page: request } = await begin(fixture.server, 'ana', { scope: `launch/patient ${whole}` })
    const { action, csrf } = formOf(request)
    const page = await follow(browser, await browser.post(action, { csrf, decision: 'choose' }), 'ana')
    for (const scope of scopes) {
      expect(page.text).toContain(scope.replaceAll('&', '&amp;'))
      expect(await granted(`launch/patient ${whole}`, [scope])).toEqual(['launch/patient', scope])
    }
  })

  test('of all asked for one by one, some stay off', async () => {
    const kept = scopes.slice(1)
    expect(new Set(await granted(`launch/patient ${scopes.join(' ')}`, kept))).toEqual(
      new Set(['launch/patient', ...kept]),
    )
  })
})

describe('SCP-14, AUTHZ-17: the long form of a scope, alone', () => {
  const scope = 'openid http://smarthealthit.org/fhir/scopes/patient/Observation.rs'

  test('never goes without a patient', async () => {
    const { page } = await begin(fixture.server, 'wei', { scope })
    expect(page.text).toContain('name="patient"')
  })
  test('tells the app which', async () => {
    const { body } = await tokensOf(fixture, 'ana', { scope })
    expect(body).toMatchObject({ scope, patient: 'ana' })
  })
})

describe('SCP-17: a part of what is asked', () => {
  test('some types of several', async () => {
    const asked = 'launch/patient patient/Patient.rs patient/Observation.rs patient/Condition.rs'
    expect(await granted(asked, ['patient/Patient.rs', 'patient/Condition.rs'])).toEqual([
      'launch/patient',
      'patient/Patient.rs',
      'patient/Condition.rs',
    ])
  })
  test('some types and categories of a wildcard, also of a SMART 1 one', async () => {
    const [laboratory = ''] = OBSERVATIONS.map(ofCategory('Observation'))
    for (const wildcard of ['patient/*.rs', 'patient/*.read']) {
      const scopes = await granted(`launch/patient ${wildcard}`, ['patient/Patient.rs', laboratory])
      // Names of doctors and clinics come with whatever is shared.
      const health = scopes.filter((scope) => !NO_HEALTH_DATA.test(scope))
      expect(new Set(health)).toEqual(new Set(['launch/patient', 'patient/Patient.rs', laboratory]))
    }
  })
  test('of two people with the same app, each gets the own choice', async () => {
    const scope = 'launch/patient patient/Patient.rs patient/Observation.rs'
    const [ana, ben] = await Promise.all([
      tokensOf(fixture, 'ana', { scope, shared: ['patient/Patient.rs'] }),
      tokensOf(fixture, 'ben', { scope, shared: ['patient/Observation.rs'] }),
    ])
    expect([ana.body.patient, ana.body.scope]).toEqual(['ana', 'launch/patient patient/Patient.rs'])
    expect([ben.body.patient, ben.body.scope]).toEqual(['ben', 'launch/patient patient/Observation.rs'])
  })
})

describe('SCP-12: never more', () => {
  test.each([
    ['than was asked for', { scope: 'launch/patient patient/Patient.rs' }, ['patient/Observation.rs', 'user/*.rs']],
    ['by a wider spelling of the same', { scope: 'launch/patient patient/Patient.r' }, ['patient/Patient.rs']],
    [
      'than the client is registered for',
      {
        scope: 'launch/patient patient/Observation.rs patient/Patient.rs user/Observation.rs',
        client_id: 'narrow-app',
      },
      ['patient/Patient.rs', 'user/Observation.rs'],
    ],
  ])('%s', async (_name, { scope, ...client }, wanted) => {
    const asked = scope.split(' ').filter((one) => !wanted.includes(one) && one !== 'launch/patient')
    const changed = 'client_id' in client ? { ...client, redirect_uri: 'https://narrow.test/callback' } : client
    const shared = [...asked, ...wanted]
    const { body } = await tokensOfClient(scope, shared, changed)
    for (const one of wanted) expect(body.scope.split(' ')).not.toContain(one)
  })
  async function tokensOfClient(scope: string, shared: string[], changed: Record<string, string>) {
    const code = (await answerOf(fixture, 'ana', { scope, shared, changed })).get('code')
    return redeemCode(fixture.server, String(code), changed)
  }
})

describe('as it was spelled', () => {
  test('SCP-03: SMART 1 and 2 in one request, each in its own form', async () => {
    const scopes = ['launch/patient', 'patient/Patient.read', 'patient/Observation.rs', 'user/Patient.read']
    expect(await granted(scopes.join(' '), scopes)).toEqual(scopes)
  })
  test('SCP-14: the URI form', async () => {
    const uri = 'http://smarthealthit.org/fhir/scopes/patient/Observation.rs'
    expect(await granted(`launch/patient ${uri}`, [uri])).toEqual(['launch/patient', uri])
  })
  test('SCP-18: decoded once, split at spaces, and | stays', async () => {
    const [laboratory = ''] = OBSERVATIONS.map(ofCategory('Observation'))
    const once = 'patient/Condition.rs?code=a%20b'
    const scopes = ['launch/patient', laboratory, once]
    expect(await granted(scopes.join(' '), scopes)).toEqual(scopes)
  })
  test('SCP-18: two spaces are no separator', async () => {
    const answer = await answerOf(fixture, 'ana', { scope: 'launch/patient  patient/Patient.rs' })
    expect(answer.get('error')).toBe('invalid_scope')
  })
  test('SCP-08: dates, references and ids can be asked for', async () => {
    const asked = [
      'patient/Observation.rs?date=ge2026-01-01',
      'patient/Encounter.rs?participant=Practitioner/wei-chen',
      'patient/*.rs?_lastUpdated=lt2026',
    ]
    expect(await granted(`launch/patient ${asked.join(' ')}`, asked)).toEqual(['launch/patient', ...asked])
  })

  test('SCP-09, SCP-08: what cannot be judged is not granted, without its condition neither', async () => {
    const odd = [
      'patient/Observation.rs?code:in=x',
      'patient/Observation.rs?subject.name=x',
      'patient/Goal.rs?_filter=x',
      'patient/Observation.rs?value-quantity=5',
      'patient/Observation.rs?date=ap2026',
      'patient/Observation.cruds?_lastUpdated=ge2026',
    ]
    const scopes = await granted(`launch/patient patient/Patient.rs ${odd.join(' ')}`, ['patient/Patient.rs', ...odd])
    expect(scopes).toEqual(['launch/patient', 'patient/Patient.rs'])
  })
})
