import { describe, expect, test } from '@jest/globals'
import { type Behind, tryProcessor } from '../testing.ts'
import transactionToBatch from './transaction-to-batch.ts'

const send = (entries: string) => ({
  method: 'POST',
  path: '',
  body: `{"resourceType":"Bundle","type":"transaction","entry":[${entries}]}`,
})
const MOTHER = 'urn:uuid:11111111-1111-4111-8111-111111111111'
const CHILD = 'urn:uuid:22222222-2222-4222-8222-222222222222'
const SISTER = 'urn:uuid:33333333-3333-4333-8333-333333333333'
const observation = (more: string) => `{"resourceType":"Observation","valueQuantity":{"value":70.10}${more}}`
const entry = (method: string, url: string, resource = '', name = '', more = '') =>
  `{${name === '' ? '' : `"fullUrl":"${name}",`}${resource === '' ? '' : `"resource":${resource},`}"request":{"method":"${method}","url":"${url}"${more}}}`
const found = (...ids: string[]) => ({
  body: { resourceType: 'Bundle', entry: ids.map((id) => ({ resource: { resourceType: 'Observation', id } })) },
})

/** Makes what it is sent, with ids in the order in which it comes; a DELETE of `gone` fails. */
function server(searches: Record<string, string[]> = {}): Behind {
  let made = 0
  return ({ path, body }) => {
    if (path !== '') return found(...(searches[path] ?? []))
    const { entry } = JSON.parse(body) as {
      entry: { request: { method: string; url: string; ifNoneExist?: string } }[]
    }
    const answers = entry.map(({ request: { method, url, ifNoneExist } }) => {
      const [there] = searches[`${url}?${ifNoneExist}&_count=2`] ?? []
      if (there !== undefined)
        return { response: { status: '200', location: `https://fhir.example/fhir/${url}/${there}` } }
      if (url.endsWith('/gone')) return { response: { status: '404', outcome: { resourceType: 'OperationOutcome' } } }
      if (method !== 'POST') return { response: { status: '200' } }
      made += 1
      return { response: { status: '201', location: `https://fhir.example/fhir/Observation/made-${made}/_history/1` } }
    })
    return { body: { resourceType: 'Bundle', type: 'batch-response', entry: answers } }
  }
}
const statusesOf = (body: string) =>
  (JSON.parse(body).entry as { response: { status: string } }[]).map(({ response }) => response.status)
const carriedOut = (passed: { path: string; body: string }[]) =>
  passed.filter(({ path }) => path === '').map(({ body }) => body.replace(/^.*?"entry":\[/, '').replace(/\]\}$/, ''))

describe('SEED-55: in and out', () => {
  test('what is referred to is made first; methods, digits and all else stay as they are', async () => {
    const trial = await tryProcessor(transactionToBatch)
    const { status, body, passed } = await trial.send(
      send(
        [
          entry('GET', 'Observation/x'),
          entry(
            'POST',
            'Observation',
            observation(`,"hasMember":[{"reference":"${CHILD}"}],"note":[{"text":"${CHILD}"}]`),
            MOTHER,
          ),
          entry('POST', 'Observation', observation(''), CHILD),
          entry(
            'PUT',
            'Observation/p',
            observation(`,"id":"p","derivedFrom":[{"reference":"${MOTHER}"}]`),
            SISTER,
            ',"ifMatch":"W/\\"1\\""',
          ),
          entry('DELETE', 'Observation/d'),
          entry('POST', 'Observation', observation(`,"hasMember":[{"reference":"${SISTER}"}]`)),
        ].join(),
      ),
      server(),
    )
    expect(carriedOut(passed)).toEqual([
      entry('DELETE', 'Observation/d'),
      [
        entry('POST', 'Observation', observation('')),
        entry('POST', 'Observation', observation(',"hasMember":[{"reference":"Observation/p"}]')),
      ].join(),
      entry(
        'POST',
        'Observation',
        observation(`,"hasMember":[{"reference":"Observation/made-1"}],"note":[{"text":"${CHILD}"}]`),
      ),
      entry(
        'PUT',
        'Observation/p',
        observation(',"id":"p","derivedFrom":[{"reference":"Observation/made-3"}]'),
        '',
        ',"ifMatch":"W/\\"1\\""',
      ),
      entry('GET', 'Observation/x'),
    ])
    expect([status, statusesOf(body)]).toEqual([200, ['200', '201', '201', '200', '200', '201']])
  })

  test('the answer says that it is one of a batch', async () => {
    const trial = await tryProcessor(transactionToBatch)
    const { body } = await trial.send(send(entry('POST', 'Observation', observation(''))), server())
    expect(JSON.parse(body)).toMatchObject({
      type: 'batch-response',
      meta: { tag: [{ code: 'carried-out-as-batch', display: expect.stringContaining('not all or nothing') }] },
    })
  })

  test('names stand for what conditions find; what they do not find is made', async () => {
    const trial = await tryProcessor(transactionToBatch)
    const { passed } = await trial.send(
      send(
        [
          entry('POST', 'Observation', observation(''), MOTHER, ',"ifNoneExist":"identifier=a"'),
          entry('POST', 'Observation', observation(''), CHILD, ',"ifNoneExist":"identifier=b"'),
          entry(
            'POST',
            'Observation',
            observation(
              `,"hasMember":[{"reference":"${MOTHER}"},{"reference":"${CHILD}"},{"reference":"Observation?identifier=c"}]`,
            ),
          ),
        ].join(),
      ),
      server({ 'Observation?identifier=a&_count=2': ['is-a'], 'Observation?identifier=c&_count=2': ['is-c'] }),
    )
    const [first, second, ...more] = carriedOut(passed)
    expect(first).toBe(
      [
        entry('POST', 'Observation', observation(''), '', ',"ifNoneExist":"identifier=a"'),
        entry('POST', 'Observation', observation(''), '', ',"ifNoneExist":"identifier=b"'),
      ].join(),
    )
    expect(second).toContain(
      '"hasMember":[{"reference":"Observation/is-a"},{"reference":"Observation/made-1"},{"reference":"Observation/is-c"}]',
    )
    expect(more).toEqual([])
  })

  test('what depends on what was not done is not done; all else is', async () => {
    const trial = await tryProcessor(transactionToBatch)
    const { body } = await trial.send(
      send(
        [
          entry('PUT', 'Observation/gone', observation(',"id":"gone"'), MOTHER),
          entry('POST', 'Observation', observation(`,"hasMember":[{"reference":"${CHILD}"}]`)),
          entry('PUT', 'Observation?identifier=gone', observation(''), CHILD),
          entry('POST', 'Observation', observation('')),
        ].join(),
      ),
      (request) => {
        if (request.path !== '') return found()
        const { entry } = JSON.parse(request.body) as { entry: { request: { url: string } }[] }
        const answers = entry.map(({ request: { url } }) => ({
          response: { status: url.includes('gone') ? '404' : '201' },
        }))
        return { body: { resourceType: 'Bundle', type: 'batch-response', entry: answers } }
      },
    )
    expect(statusesOf(body)).toEqual(['404', '424', '404', '201'])
  })
})

describe('SEED-55: refused as a whole, before anything is written', () => {
  const several = { 'Observation?identifier=a&_count=2': ['one', 'two'] }
  const referring = (name: string, to: string) =>
    entry('POST', 'Observation', observation(`,"hasMember":[{"reference":"${to}"}]`), name)
  test.each<[string, string, number]>([
    [
      'If-None-Exist fits several',
      entry('POST', 'Observation', observation(''), '', ',"ifNoneExist":"identifier=a"'),
      412,
    ],
    ['a conditional update fits several', entry('PUT', 'Observation?identifier=a', observation('')), 412],
    ['a conditional removal fits several', entry('DELETE', 'Observation?identifier=a'), 412],
    ['a reference by a search fits several', referring('', 'Observation?identifier=a'), 412],
    ['a reference by a search fits none', referring('', 'Observation?identifier=none'), 412],
    ['a condition that is none', entry('POST', 'Observation', observation(''), '', ',"ifNoneExist":"%zz"'), 400],
    ['two in a circle', [referring(MOTHER, CHILD), referring(CHILD, MOTHER)].join(), 422],
    ['one that refers to itself', referring(MOTHER, MOTHER), 422],
    ['a name given twice', [referring(MOTHER, 'Patient/1'), referring(MOTHER, 'Patient/1')].join(), 400],
    ['an entry that leads elsewhere', entry('POST', 'https://evil.example/Observation', observation('')), 400],
    ['an entry without a method', '{"request":{"url":"Observation"}}', 400],
  ])('%s', async (_case, entries, status) => {
    const trial = await tryProcessor(transactionToBatch)
    const answer = await trial.send(
      send([entry('POST', 'Observation', observation('')), entries].join()),
      server(several),
    )
    expect([answer.status, JSON.parse(answer.body).resourceType]).toEqual([status, 'OperationOutcome'])
    expect(carriedOut(answer.passed)).toEqual([])
  })
})

test('SEED-55: the log counts, and tells nothing of a record', async () => {
  const trial = await tryProcessor(transactionToBatch)
  await trial.send(send(entry('POST', 'Observation', observation(',"note":[{"text":"Ana Ruiz"}]'))), server())
  expect(trial.logged).toEqual([expect.objectContaining({ event: 'carried-out-as-batch', entries: 1, steps: 1 })])
  expect(JSON.stringify(trial.logged)).not.toMatch(/Ana|Observation/)
})

test.each(['batch', 'history'])('SEED-55: a %s goes on as it came', async (type) => {
  const trial = await tryProcessor(transactionToBatch)
  const body = `{ "resourceType":"Bundle","type":"${type}","entry":[]}`
  const { passed } = await trial.send({ method: 'POST', path: '', body }, () => ({ body: '' }))
  expect(passed).toEqual([{ path: '', body }])
})
