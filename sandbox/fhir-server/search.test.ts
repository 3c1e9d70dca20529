import { describe, expect, test } from '@jest/globals'
import { panelOf } from '../people/roster.ts'
import { type Answer, BASE_URL, entriesOf, linkOf, startPeople } from './test-server.ts'

const server = startPeople()
const get = async (path: string): Promise<Answer> => (await server.get(`/r4/${path}`)) as unknown as Answer
const patients = (...ids: string[]) => ids.map((id) => `Patient/${id}`)

describe('parameters', () => {
  test.each([
    ['_id list', 'Patient?_id=ana-ruiz,ben-okafor', patients('ana-ruiz', 'ben-okafor')],
    ['repeated parameters are AND', 'Patient?_id=ana-ruiz&_id=ben-okafor', []],
    ['name starts with, case and accents aside', 'Patient?name=JOSE', patients('jose-pena')],
    ['name as people write it', 'Patient?name=ana%20ru', patients('ana-ruiz')],
    ['family:exact minds case', 'Patient?family:exact=ruiz', []],
    ['family:exact', 'Patient?family:exact=Ruiz', patients('ana-ruiz')],
    ['family:contains', 'Patient?family:contains=her-by', patients('liam-gallagher-byrne')],
    ['identifier with its system', 'Patient?identifier=https://contoso.example/mrn|MRN-100037', patients('ana-ruiz')],
    ['identifier without system', 'Patient?identifier=MRN-100037', patients('ana-ruiz')],
    ['identifier of another system', 'Patient?identifier=https://elsewhere.example|MRN-100037', []],
    ['gender token list', 'Patient?gender=other,unknown', patients('robin-ashdown')],
    [
      'name, birth year and identifier together',
      'Patient?name=ruiz&birthdate=1985&identifier=MRN-100037',
      patients('ana-ruiz'),
    ],
    ['birthdate before', 'Patient?birthdate=lt1944', patients('sofia-marchetti')],
    [':not', 'Patient?gender:not=female,male', patients('robin-ashdown')],
    [':missing', 'Patient?gender:missing=true', []],
    ['chain', 'CareTeam?patient.name=Okafor', ['CareTeam/ben-okafor-care-team']],
    ['chain with type', 'CareTeam?subject:Patient.identifier=MRN-100037', ['CareTeam/ana-ruiz-care-team']],
    [
      'two-level chain',
      'Goal?patient.general-practitioner.family=Chen&subject=Patient/ana-ruiz',
      ['Goal/ana-ruiz-goal-1'],
    ],
    ['_has', 'Patient?_has:Group:member:_id=blood-pressure-study&gender=male', patients('ben-okafor')],
    ['subject without patient', 'Observation?subject:missing=true', ['Observation/vaccine-fridge-temperature']],
    ['performer', 'Observation?performer=Patient/ana-ruiz', ['Observation/ben-okafor-measured-by-ana']],
    ['reference, a bare id', 'Coverage?beneficiary=ana-ruiz', ['Coverage/ana-ruiz-coverage-1']],
    ['reference, typed', 'Coverage?beneficiary=Patient/ana-ruiz', ['Coverage/ana-ruiz-coverage-1']],
    ['reference, modifier', 'Coverage?beneficiary:Patient=ana-ruiz', ['Coverage/ana-ruiz-coverage-1']],
    [
      'reference, absolute and ours',
      `Coverage?beneficiary=${BASE_URL}/Patient/ana-ruiz`,
      ['Coverage/ana-ruiz-coverage-1'],
    ],
    ['reference, absolute elsewhere', 'Coverage?beneficiary=http://else.example/Patient/ana-ruiz', []],
    ['reference, another type', 'Condition?patient=Practitioner/wei-chen', []],
    ['nobody', 'Observation?patient=does-not-exist', []],
    [
      'composite keeps code and value together',
      'Observation?subject=ana-ruiz&code-value-quantity=http://loinc.org|8867-4$gt1000',
      [],
    ],
    ['prototype names are no parameters of FHIR', 'Patient?_id=constructor', []],
  ])('%s', async (_name, path, expected) => {
    const answer = await get(path)
    expect([answer.status, entriesOf(answer)]).toEqual([200, expected])
  })

  test('patient list and category, as apps ask', async () => {
    const category = 'http://terminology.hl7.org/CodeSystem/observation-category|laboratory'
    const answer = await get(
      `Observation?patient=ana-ruiz,ben-okafor&category=${encodeURIComponent(category)}&_count=100`,
    )
    expect(answer.body.total).toBe(20)
    expect(new Set(entriesOf(answer).map((one) => one.slice(0, 20)))).toEqual(
      new Set(['Observation/ana-ruiz', 'Observation/ben-okaf']),
    )
  })

  test('quantities compare as numbers', async () => {
    const answer = await get('Observation?code=29463-7&value-quantity=gt100&_count=100')
    const values = (answer.body.entry ?? []).map(({ resource }) => (resource!.valueQuantity as { value: number }).value)
    expect(values.length).toBeGreaterThan(0)
    expect(Math.min(...values)).toBeGreaterThan(100)
  })

  test('a composite finds its pairs', async () => {
    const answer = await get('Observation?subject=ana-ruiz&code-value-quantity=http://loinc.org|8867-4$gt10')
    expect(answer.body.total).toBe(4)
  })

  test('the three ways into a panel give the panel', async () => {
    const found = await Promise.all([
      get('Patient?general-practitioner=Practitioner/wei-chen&_count=100'),
      get('Encounter?participant=Practitioner/wei-chen&_count=100'),
      get('CareTeam?participant=Practitioner/wei-chen&_count=100'),
    ])
    const ids = found.flatMap(({ body }) =>
      (body.entry ?? []).map((one) => {
        const subject = one.resource?.subject as { reference: string } | undefined
        return subject ? subject.reference.slice('Patient/'.length) : one.resource?.id
      }),
    )
    expect([...new Set(ids)].sort()).toEqual([...panelOf('wei-chen')].sort())
  })

  test.each([
    'Patient?nonsense=1',
    'Patient?name:below=x',
    'Patient?name=',
    'Patient?birthdate=yesterday',
    'Patient?birthdate=2026-02-31',
    'Patient?_count=-1',
    'Patient?_count=many',
    'Patient?_sort=nonsense',
    'Patient?_include=Patient:nonsense',
    'Patient?_total=about',
    'Observation?value-quantity=heavy',
    'Observation?code-value-quantity=8867-4',
    'Patient?_has:Nothing:patient:code=1',
    'Patient?a.b.c.d=1',
    `Observation?${'focus.'.repeat(40)}_id=1`,
    '?_type=Nothing',
  ])('refuses %s with 400 and an outcome', async (path) => {
    const answer = await get(path)
    expect([answer.status, answer.body.resourceType]).toEqual([400, 'OperationOutcome'])
  })
})

describe('lenient mode', () => {
  const lenient = startPeople({ lenient: true })

  test('drops what it does not know, and says so by its self link', async () => {
    const answer = (await lenient.get('/r4/Patient?nonsense=1&_id=ana-ruiz&_include=a:b')) as unknown as Answer
    expect(entriesOf(answer)).toEqual(patients('ana-ruiz'))
    expect(linkOf(answer, 'self')).toBe(`${BASE_URL}/Patient?_id=ana-ruiz&_count=20`)
  })

  test('Prefer: handling=strict overrules it, and lenient overrules strict', async () => {
    const strictly = await lenient.get('/r4/Patient?nonsense=1').set('prefer', 'handling=strict')
    const leniently = await server.get('/r4/Patient?nonsense=1').set('prefer', 'handling=lenient')
    expect([strictly.status, leniently.status]).toEqual([400, 200])
  })
})

describe('the answer', () => {
  test('pages join to the whole, each entry once, by absolute links', async () => {
    const seen: string[] = []
    let path: string | undefined = 'Observation?patient=ana-ruiz&_sort=date&_count=7'
    let pages = 0
    while (path) {
      const answer: Answer = await get(path)
      seen.push(...entriesOf(answer))
      const next = linkOf(answer, 'next')
      expect(next === undefined || next.startsWith(`${BASE_URL}/Observation?`)).toBe(true)
      path = next?.slice(BASE_URL.length + 1)
      pages++
    }
    expect([new Set(seen).size, pages]).toEqual([seen.length, Math.ceil(seen.length / 7)])
    expect(seen.length).toBe((await get('Observation?patient=ana-ruiz&_summary=count')).body.total)
  })

  test('a page in the middle links back', async () => {
    const answer = await get('Observation?patient=ana-ruiz&_count=5&_offset=5')
    expect(linkOf(answer, 'previous')).toBe(`${BASE_URL}/Observation?patient=ana-ruiz&_count=5`)
    expect(answer.body.entry?.[0]?.fullUrl).toBe(`${BASE_URL}/Observation/${answer.body.entry?.[0]?.resource?.id}`)
  })

  test('several sort keys: the first decides first', async () => {
    const answer = await get('Patient?_sort=gender,-birthdate&_count=100')
    const rows = (answer.body.entry ?? []).map(
      ({ resource }) => [resource?.gender, resource?.birthDate] as [string, string],
    )
    const expected = [...rows].sort((a, b) => a[0].localeCompare(b[0]) || b[1].localeCompare(a[1]))
    expect(rows).toEqual(expected)
  })

  test('values sort as numbers', async () => {
    const answer = await get('Observation?code=29463-7&_sort=value-quantity&_count=200')
    const values = (answer.body.entry ?? []).map(({ resource }) => (resource!.valueQuantity as { value: number }).value)
    expect(values).toEqual([...values].sort((a, b) => a - b))
  })

  test('_summary=count and _count=0 give the number alone', async () => {
    for (const path of ['Patient?_summary=count', 'Patient?_count=0']) {
      const { body } = await get(path)
      expect([body.total, body.entry]).toEqual([34, undefined])
    }
  })

  test('_total=none leaves the number out', async () => {
    expect((await get('Patient?_total=none')).body.total).toBeUndefined()
  })

  test('_elements keeps what was asked for, in searches and reads', async () => {
    const [found, read] = await Promise.all([
      get('Patient?_id=ana-ruiz&_elements=name'),
      get('Patient/ana-ruiz?_elements=name'),
    ])
    const expected = ['id', 'meta', 'name', 'resourceType']
    expect(Object.keys(found.body.entry?.[0]?.resource ?? {}).sort()).toEqual(expected)
    expect(Object.keys(read.body).sort()).toEqual(expected)
  })

  test('_include and _revinclude come along once, marked', async () => {
    const include = await get(
      'Encounter?patient=ana-ruiz&_include=Encounter:participant&_include=Encounter:patient&_count=2',
    )
    expect(entriesOf(include).slice(2)).toEqual(['+Practitioner/wei-chen', '+Patient/ana-ruiz'])
    const reverse = await get('Practitioner?_id=tomas-silva&_revinclude=Patient:general-practitioner')
    expect(entriesOf(reverse)).toEqual(['Practitioner/tomas-silva', '+Patient/george-whitlock'])
    expect(reverse.body.total).toBe(1)
  })

  test('_include:iterate goes on from what came along', async () => {
    const answer = await get(
      'Goal?patient=ana-ruiz&_include=Goal:patient&_include:iterate=Patient:general-practitioner',
    )
    expect(entriesOf(answer)).toEqual(['Goal/ana-ruiz-goal-1', '+Patient/ana-ruiz', '+Practitioner/wei-chen'])
  })

  test('_include with * takes every reference', async () => {
    expect(entriesOf(await get('Goal?patient=ana-ruiz&_include=Goal:*'))).toContain('+Patient/ana-ruiz')
  })

  test('several types at once', async () => {
    const answer = await get('?_type=Group,Location&_count=50')
    expect(entriesOf(answer)).toEqual([
      'Group/blood-pressure-study',
      'Location/harbour-clinic-main',
      'Location/harbour-clinic-east',
    ])
    expect(linkOf(answer, 'self')).toBe(`${BASE_URL}?_type=Group,Location&_count=50`)
  })

  test('a posted search joins form and address', async () => {
    const answer = (await server
      .post('/r4/Observation/_search?patient=ana-ruiz&_count=1')
      .type('form')
      .send({ code: '8867-4' })) as unknown as Answer
    expect([answer.body.total, answer.body.entry?.length]).toEqual([4, 1])
    expect(linkOf(answer, 'next')).toContain('code=8867-4')
  })
})

describe('compartments', () => {
  test('one type of a patient', async () => {
    const answer = await get('Patient/ana-ruiz/Condition?category=health-concern')
    expect(entriesOf(answer)).toEqual(['Condition/ana-ruiz-concern-1'])
    expect(linkOf(answer, 'self')).toBe(`${BASE_URL}/Patient/ana-ruiz/Condition?category=health-concern&_count=20`)
  })

  test('as R4 defines it, being the performer is enough', async () => {
    const answer = await get('Patient/ana-ruiz/Observation?code=8867-4&_count=50')
    expect(entriesOf(answer)).toContain('Observation/ben-okafor-measured-by-ana')
  })

  test('every type of a patient, page by page', async () => {
    const answer = await get('Patient/ana-ruiz/*?_count=500')
    const types = new Set(entriesOf(answer).map((one) => one.split('/')[0]))
    expect(['Patient', 'Observation', 'Provenance', 'Coverage', 'Group'].filter((one) => !types.has(one))).toEqual([])
    expect(types.has('Practitioner')).toBe(false)
    expect(linkOf(await get('Patient/ana-ruiz/*?_count=10'), 'next')).toBe(
      `${BASE_URL}/Patient/ana-ruiz/*?_count=10&_offset=10`,
    )
  })

  test('$everything adds what the records need', async () => {
    const found = entriesOf(await get('Patient/ana-ruiz/$everything'))
    expect(found[0]).toBe('Patient/ana-ruiz')
    expect(found).toContain('+Practitioner/wei-chen')
    expect(found).not.toContain('Patient/ben-okafor')
    expect(entriesOf(await get('Patient/ana-ruiz/%24everything?_type=Goal'))).toEqual(['Goal/ana-ruiz-goal-1'])
  })

  test('of nobody it is empty', async () => {
    expect((await get('Patient/does-not-exist/Observation')).body.total).toBe(0)
  })
})
