// The pages for operators over HTTP: who finds them, what each role may do by them, and that it is our own API that does it.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import request, { type Response } from 'supertest'
import type { AdminRole } from '../../consent-ui/admin/index.ts'
import type { AuthenticationRecord } from '../../smart/audit/audit.ts'
import { reportStore } from '../apps/reports.ts'
import { apiClient } from '../testing/api-client.ts'
import { type Fixture, oidOf, type Person, startAuthServer, subOf, TENANT } from '../testing/auth-server-fixture.ts'
import { Browser } from '../testing/browser.ts'
import { follow } from '../testing/launch-flow.ts'
import { tokensOf } from '../testing/whole-launch.ts'
import { adminRolesSetting, roleOf } from './roles.ts'

const ROLES: ReadonlyMap<string, AdminRole> = new Map([
  ['Role of ana', 'admin'],
  ['Role of ben', 'support'],
  ['Role of wei', 'auditor'],
])
const DAY = '2026-05-03'
const DENIED = {
  partitionKey: '2026-05~x~03',
  rowKey: 'r',
  operation: 'search-type',
  outcome: 'denied',
  record: JSON.stringify({
    kind: 'access',
    id: 'd',
    at: `${DAY}T08:00:00.000Z`,
    operation: 'search-type',
    outcome: 'denied',
    reason: 'insufficient-scope',
    actor: { clientId: 'app', person: 'Patient/ana' },
    uri: 'Condition?patient',
    correlationId: 'request-1',
  }),
}

let fixture: Fixture
beforeEach(async () => {
  fixture = await startAuthServer({ adminRoles: ROLES, denied: [DENIED] })
})
afterEach(() => fixture.close())

async function openAs(person: Person, path = '/admin') {
  const browser = new Browser(fixture.server)
  const page = await follow(browser, await browser.get(path), person)
  const csrf = /name="csrf" value="([^"]+)"/.exec(page.text)?.[1] ?? ''
  const post = (to: string, form: Record<string, string> = {}) => browser.post(to, { csrf, ...form })
  return { browser, page, post }
}
const wordsOf = (page: Response) =>
  page.text
    .replace(/<head>[\s\S]*?<\/head>/, ' ')
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')
const acts = () => fixture.audited as AuthenticationRecord[]
const account = (person: Person) => ({ tid: TENANT, oid: oidOf(person) })
const APP = {
  client_id: 'new-app',
  client_name: 'New App',
  token_endpoint_auth_method: 'client_secret_basic',
  redirect_uris: 'https://new.test/callback\nhttps://new.test/other',
  scope: 'openid launch/patient\npatient/Patient.rs',
}

describe('SEED-32: who finds the pages', () => {
  test.each<[Person, string]>([
    ['ana', 'Administrator'],
    ['ben', 'Support'],
    ['wei', 'Auditor'],
  ])('%s as %s', async (person, role) => {
    const { page } = await openAs(person)
    expect([page.status, page.headers['cache-control']]).toEqual([200, 'no-store'])
    expect(page.headers['content-security-policy']).toContain("default-src 'none'")
    expect(wordsOf(page)).toContain(role)
  })

  test('nobody without a role, and that is recorded', async () => {
    for (const path of ['/admin', '/admin/clients', '/admin/nothing'])
      expect((await openAs('noah', path)).page.status).toBe(404)
    expect(acts().at(-1)).toMatchObject({
      outcome: 'denied',
      reason: 'insufficient-role',
      actor: { subject: subOf('noah') },
    })
    const { post } = await openAs('noah', '/apps')
    expect((await post('/admin/clients', APP)).status).toBe(404)
  })

  test('nobody where no roles are set', async () => {
    const plain = await startAuthServer()
    try {
      const browser = new Browser(plain.server)
      expect((await browser.get('/admin')).status).toBe(404)
    } finally {
      await plain.close()
    }
  })

  test('roles that another identity provider says are nobody’s', () => {
    const identity = (provider: string) => ({
      provider,
      claims: { roles: ['Role of ana'] },
      account: account('ana'),
      sub: 's',
      name: '',
    })
    expect([roleOf(identity('entra'), ROLES), roleOf(identity('citizens'), ROLES)]).toEqual(['admin', undefined])
  })

  test.each([
    [
      'A=admin, B=support',
      [
        ['A', 'admin'],
        ['B', 'support'],
      ],
    ],
    ['A=owner', undefined],
    ['admin', undefined],
    ['=admin', undefined],
    ['A=admin=support', undefined],
  ])('ADMIN_ROLES: %s', (text, expected) => {
    const parsed = adminRolesSetting.safeParse(text)
    expect(parsed.success ? [...parsed.data] : undefined).toEqual(expected)
  })
})

const CHANGES: [string, Record<string, string>][] = [
  ['/admin/clients', APP],
  ['/admin/clients/app', { ...APP, client_name: 'Another Name' }],
  ['/admin/clients/app/disable', {}],
  ['/admin/clients/app/enable', {}],
  ['/admin/clients/app/check', {}],
  ['/admin/clients/secret-app/secrets', {}],
  ['/admin/clients/secret-app/secrets/remove', { secret: 'first' }],
  ['/admin/grants/refuse', account('ben')],
  ['/admin/grants/allow', account('ben')],
  ['/admin/links', { ...account('ben'), person: 'Patient/carl' }],
  ['/admin/links/remove', { of: subOf('ben'), record: 'Patient/ben' }],
  ['/admin/launches/close', { ehr: 'ehr', chart: 'none' }],
]
const OF_SUPPORT: [string, Record<string, string>][] = [['/admin/reports/dealt-with', { number: 'none' }]]
const ENDINGS: [string, Record<string, string>][] = [
  ['/admin/grants/end', account('ben')],
  ['/admin/grants/end', { of: subOf('ben'), grant: 'none' }],
]

describe('SEED-32, SEC-06: what a role does not allow is refused, changes nothing, and is recorded', () => {
  test.each([...CHANGES, ...ENDINGS, ...OF_SUPPORT])('auditor: %s', async (path, form) => {
    const { post } = await openAs('wei')
    const before = (await (await apiClient(fixture, '__clients')).get('/clients')).text
    const answer = await post(path, form)
    expect([answer.status, wordsOf(answer)]).toEqual([403, expect.stringContaining('Nothing was changed.')])
    expect(acts().at(-1)).toMatchObject({
      outcome: 'denied',
      reason: 'insufficient-role',
      actor: { subject: subOf('wei') },
    })
    expect((await (await apiClient(fixture, '__clients')).get('/clients')).text).toBe(before)
    expect(fixture.revocations).toEqual([])
  })

  test.each(CHANGES)('support: %s', async (path, form) => {
    const { post } = await openAs('ben')
    expect((await post(path, form)).status).toBe(403)
    expect(acts().at(-1)).toMatchObject({
      outcome: 'denied',
      reason: 'insufficient-role',
      actor: { subject: subOf('ben') },
    })
    expect(fixture.revocations).toEqual([])
  })

  test.each([...CHANGES, ...ENDINGS, ...OF_SUPPORT])('a form of another site: %s', async (path, form) => {
    const { browser } = await openAs('ana')
    for (const csrf of ['', 'forged']) expect((await browser.post(path, { csrf, ...form })).status).toBe(400)
    expect((await new Browser(fixture.server).post(path, { csrf: 'x', ...form })).status).toBe(400)
    expect(fixture.revocations).toEqual([])
  })

  test('an auditor and support are offered no button for it', async () => {
    for (const person of ['wei', 'ben'] as const) {
      const { browser, page } = await openAs(person, '/admin/clients/secret-app')
      expect(page.text).not.toMatch(/action="\/admin\/clients/)
      expect((await browser.get('/admin/clients')).text).not.toContain('/admin/clients/new')
      expect((await browser.get('/admin/clients/new')).status).toBe(403)
    }
  })
})

describe('SEED-32: apps', () => {
  test('one is registered, its secret is shown once, and it works', async () => {
    const { browser, post } = await openAs('ana')
    const made = await post('/admin/clients', APP)
    const secret = /<code dir="ltr" id="secret">([^<]+)</.exec(made.text)?.[1] ?? ''
    expect([made.status, secret.length]).toEqual([200, 43])
    const later = await browser.get('/admin/clients/new-app')
    expect(later.text).not.toContain(secret)
    expect(later.text).toContain('https://new.test/callback\nhttps://new.test/other')
    const errorWith = async (password: string) =>
      (
        await request(fixture.server)
          .post('/token')
          .auth('new-app', password)
          .type('form')
          .send({
            grant_type: 'authorization_code',
            code: 'none',
            redirect_uri: 'https://new.test/callback',
            code_verifier: 'v'.repeat(43),
          })
      ).body.error
    expect([await errorWith(secret), await errorWith('wrong')]).toEqual(['invalid_grant', 'invalid_client'])
    expect(acts().find(({ operation }) => operation === 'POST /clients')).toMatchObject({
      actor: { subject: subOf('ana') },
      target: { clientId: 'new-app' },
      outcome: 'allowed',
    })
  })

  test('a fault is said by its member, and what was typed stays', async () => {
    const { post } = await openAs('ana')
    const answer = await post('/admin/clients', { ...APP, scope: 'patient/Nothing.rs', maker: 'Example Ltd' })
    expect(answer.status).toBe(400)
    expect(wordsOf(answer)).toContain('scope: patient/Nothing.rs is no scope that can be granted')
    expect(answer.text).toContain('value="Example Ltd"')
    expect(wordsOf(await post('/admin/clients', { ...APP, client_id: 'app' }))).toContain('client_id: is taken')
    expect(wordsOf(await post('/admin/clients', { ...APP, jwks: '{' }))).toContain('jwks: must be JSON')
  })

  test('one is changed, marked as checked by name, switched off and on', async () => {
    const { browser, post } = await openAs('ana')
    const read = async () => (await (await apiClient(fixture, '__clients')).get('/clients/app')).body
    const { client_name, redirect_uris } = await read()
    const form = {
      client_name,
      token_endpoint_auth_method: 'none',
      redirect_uris: redirect_uris.join('\n'),
      scope: 'openid',
    }
    const changed = await post('/admin/clients/app', { ...form, purpose: 'To draw.' })
    expect(changed.headers.location).toBe('/admin/clients/app?done')
    expect(await read()).toMatchObject({ purpose: 'To draw.', scope: 'openid', source: 'api' })
    await post('/admin/clients/app/check')
    expect(await read()).toMatchObject({ checked_by: 'ana' })
    expect(wordsOf(await browser.get('/admin/clients/app'))).toContain('Checked by ana')
    await post('/admin/clients/app/check', { unmark: 'yes' })
    expect(await read()).not.toHaveProperty('checked_by')
    await post('/admin/clients/app/disable', { sure: 'yes' })
    expect(fixture.revocations).toContainEqual(expect.objectContaining({ kind: 'client', id: 'app' }))
    expect(await read()).toMatchObject({ enabled: false })
    await post('/admin/clients/app/enable')
    expect(await read()).toMatchObject({ enabled: true })
  })

  test('all that an app says of itself can be said, changed and taken away; lists a line each', async () => {
    const { browser, post } = await openAs('ana')
    const read = async () => (await (await apiClient(fixture, '__clients')).get('/clients/app')).body
    const { client_name, redirect_uris, scope } = await read()
    const form = { client_name, token_endpoint_auth_method: 'none', redirect_uris: redirect_uris.join('\r\n'), scope }
    await post('/admin/clients/app/check')
    const said = {
      ...form,
      required_scope: 'patient/Patient.rs',
      required_reasons: 'patient/Patient.rs We cannot greet you.\r\npatient/Observation.rs No chart: none.',
      cors_origins: 'https://one.test\r\nhttps://two.test',
      policy_uri: 'https://app.test/privacy',
      staff_approved: 'yes',
      sells: 'no',
      deletes_on_request: 'yes',
      shares: '',
    }
    expect((await post('/admin/clients/app', said)).status).toBe(303)
    const whole = await read()
    expect(whole).toMatchObject({
      required_reasons: {
        'patient/Patient.rs': 'We cannot greet you.',
        'patient/Observation.rs': 'No chart: none.',
      },
      cors_origins: ['https://one.test', 'https://two.test'],
      policy_uri: 'https://app.test/privacy',
      staff_approved: true,
      data_use: { sells: false, deletes_on_request: true },
    })
    expect(whole.data_use).not.toHaveProperty('shares')
    // What the page shows is what it takes back.
    const page = await browser.get('/admin/clients/app')
    const shown = Object.fromEntries(
      [...page.text.matchAll(/<(?:textarea|input)[^>]* name="(\w+)"[^>]*?(?: value="([^"]*)"[^>]*>|>([^<]*)<)/g)].map(
        ([, name = '', value, text]) => [name, value ?? text ?? ''],
      ),
    )
    const chosen = [
      ...page.text.matchAll(/<select id="field-(\w+)"(?:(?!<select).)*?<option value="(\w*)" selected>/gs),
    ]
    for (const [, name = '', value = ''] of chosen) shown[name] = value
    await post('/admin/clients/app', { ...form, ...shown, jwks: '' })
    expect({ ...(await read()), changed: '' }).toEqual({ ...whole, changed: '' })
    const wrong = await post('/admin/clients/app', { ...said, required_reasons: 'patient/Patient.rs' })
    expect([wrong.status, wordsOf(wrong)]).toEqual([400, expect.stringContaining('required_reasons: a line each')])
    await post('/admin/clients/app', form)
    const bare = await read()
    for (const name of ['required_reasons', 'policy_uri', 'data_use']) expect(bare).not.toHaveProperty(name)
    expect([bare.staff_approved, bare.cors_origins]).toEqual([false, []])
  })

  test('staff approval needs somebody who has looked at the app', async () => {
    const { post } = await openAs('ana')
    const answer = await post('/admin/clients', { ...APP, staff_approved: 'yes' })
    expect([answer.status, wordsOf(answer)]).toEqual([400, expect.stringContaining('needs checked_by')])
  })

  test('a secret is added and another removed; the last one stays', async () => {
    const { post } = await openAs('ana')
    const added = await post('/admin/clients/secret-app/secrets')
    expect(added.text).toMatch(/id="secret">[\w-]{43}</)
    expect((await post('/admin/clients/secret-app/secrets/remove', { secret: 'first' })).status).toBe(303)
    const { secrets } = (await (await apiClient(fixture, '__clients')).get('/clients/secret-app')).body
    expect(secrets).toHaveLength(1)
    const last = await post('/admin/clients/secret-app/secrets/remove', { secret: secrets[0].id })
    expect([last.status, wordsOf(last)]).toEqual([409, expect.stringContaining('the last secret')])
  })

  test('there is no page of one that is not there', async () => {
    const { browser, page } = await openAs('ana', '/admin/clients/nothing')
    expect([page.status, (await browser.get('/admin/other')).status]).toEqual([404, 404])
  })
})

describe('SEED-22, SEED-48: people', () => {
  const SCOPE = 'openid launch/patient patient/Patient.rs offline_access'
  const query = new URLSearchParams(account('ben')).toString()
  const refresh = (refresh_token: string) =>
    request(fixture.server)
      .post('/token')
      .type('form')
      .send({ grant_type: 'refresh_token', client_id: 'app', refresh_token })

  test.each(['ana', 'ben'] as const)('%s ends one access, and all of an account', async (person) => {
    const [{ body: one }, { body: two }] = [
      await tokensOf(fixture, 'ben', { scope: SCOPE }),
      await tokensOf(fixture, 'ben', { scope: SCOPE }),
    ]
    const { page, post } = await openAs(person, `/admin/grants?${query}`)
    const [grant = ''] = [...page.text.matchAll(/name="grant" value="([^"]+)"/g)].map(([, id]) => String(id))
    const ended = await post('/admin/grants/end', { ...account('ben'), of: subOf('ben'), grant })
    expect(ended.headers.location).toBe(`/admin/grants?${query}&done=`)
    const statuses = [(await refresh(one.refresh_token)).status, (await refresh(two.refresh_token)).status]
    expect(statuses.sort()).toEqual([200, 400])
    expect((await post('/admin/grants/end', { ...account('ben'), sure: 'yes' })).status).toBe(303)
    expect(fixture.revocations).toContainEqual(expect.objectContaining({ kind: 'user', id: subOf('ben') }))
    expect(acts().find(({ operation }) => operation === 'POST /grants/end')).toMatchObject({
      actor: { subject: subOf(person) },
    })
  })

  test('a page ends nothing of an app or of everybody', async () => {
    const { post } = await openAs('ben')
    const forms: Record<string, string>[] = [{ all: 'true' }, { client_id: 'app' }, {}]
    for (const form of forms.flatMap((one) => [one, { ...one, sure: 'yes' }]))
      expect((await post('/admin/grants/end', form)).status).toBe(400)
    expect(fixture.revocations).toEqual([])
  })

  test('half an account is a fault; one that granted nothing is shown as such', async () => {
    const { browser, page } = await openAs('wei', `/admin/grants?tid=${TENANT}`)
    expect([page.status, wordsOf(page)]).toEqual([
      400,
      expect.stringContaining('tid and oid, or iss and sub, are needed'),
    ])
    expect(wordsOf(await browser.get('/admin/grants?iss=https://idp.test&sub=x'))).toContain('Nothing found.')
  })

  test('an account is refused and let in again', async () => {
    const { post } = await openAs('ana')
    await post('/admin/grants/refuse', { ...account('ben'), sure: 'yes' })
    expect((await tokensOf(fixture, 'ben', { scope: SCOPE })).status).toBe(400)
    await post('/admin/grants/allow', account('ben'))
    expect((await tokensOf(fixture, 'ben', { scope: SCOPE })).status).toBe(200)
  })

  test('a link is added, found by account and by record, and removed', async () => {
    const { browser, post } = await openAs('ana')
    await post('/admin/links', { ...account('noah'), person: 'Patient/carl', valid_until: '2099-01-31' })
    const page = await browser.get('/admin/links?person=Patient/carl')
    expect(wordsOf(page)).toContain('2099-01-31T23:59:59.000Z')
    await post('/admin/links/remove', { of: subOf('noah'), record: 'Patient/carl', person: 'Patient/carl' })
    expect(wordsOf(await browser.get('/admin/links?person=Patient/carl'))).toContain('Nothing found.')
    const wrong = await post('/admin/links', { ...account('noah'), person: 'Patient/nobody' })
    expect([wrong.status, wordsOf(wrong)]).toEqual([400, expect.stringContaining('there is no such record')])
  })

  test('the charts of a record system are seen, and closed', async () => {
    const ehr = await apiClient(fixture, '__launch')
    await ehr.post('/launch').send({ client_id: 'app', patient: 'ana' }).expect(201)
    const { browser, page, post } = await openAs('ana', '/admin/launches?ehr=ehr')
    const [, chart = ''] = /name="chart" value="([^"]+)"/.exec(page.text) ?? []
    expect((await post('/admin/launches/close', { ehr: 'ehr', chart })).status).toBe(303)
    expect((await browser.get('/admin/launches?ehr=ehr')).text).not.toContain('name="chart"')
    expect((await browser.get('/admin/launches?ehr=other')).text).toContain('Nothing found.')
  })
})

describe('WCAG 3.3.4: what ends the access of many is asked once more', () => {
  const SCOPE = 'openid launch/patient patient/Patient.rs offline_access'

  test.each([
    ['/admin/clients/app/disable', {}, 'Switch this app off? Heart Chart'],
    ['/admin/grants/end', account('ben'), 'End all access of this account?'],
    ['/admin/grants/refuse', account('ben'), 'Refuse this account?'],
  ])('%s', async (path, form, said) => {
    await tokensOf(fixture, 'ben', { scope: SCOPE })
    const { post } = await openAs('ana')
    const page = await post(path, form)
    expect([page.status, wordsOf(page)]).toEqual([200, expect.stringContaining(said)])
    if (path.includes('grants')) expect(wordsOf(page)).toContain('1 access would end.')
    expect(fixture.revocations).toEqual([])
    const [, action = '', fields = ''] =
      /<form method="post" action="(\/admin\/[^"]+)">(.*?)<p>/s.exec(page.text.slice(page.text.indexOf('<h1>'))) ?? []
    const posted = Object.fromEntries(
      [...fields.matchAll(/name="(\w+)" value="([^"]*)"/g)].map(([, name = '', value = '']) => [name, value]),
    )
    expect((await post(action, posted)).status).toBe(303)
    expect(fixture.revocations).not.toEqual([])
  })

  test('one access is ended at once: it can be asked for again', async () => {
    await tokensOf(fixture, 'ben', { scope: SCOPE })
    const { page, post } = await openAs('ben', `/admin/grants?${new URLSearchParams(account('ben'))}`)
    const grant = /name="grant" value="([^"]+)"/.exec(page.text)?.[1] ?? ''
    expect((await post('/admin/grants/end', { ...account('ben'), of: subOf('ben'), grant })).status).toBe(303)
  })
})

describe('SEED-66: what operators keep an eye on', () => {
  test('what was denied on a day, each with why', async () => {
    const { browser, page } = await openAs('wei', `/admin/denied?day=${DAY}`)
    expect(wordsOf(page)).toMatch(
      /app Patient\/ana search-type Condition\?patient The app was not granted this\..* insufficient-scope request-1/,
    )
    expect(wordsOf(await browser.get('/admin/denied?day=2026-05-04'))).toContain('Nothing found.')
    expect((await browser.get('/admin/denied?day=%27%20or%20true')).status).toBe(200)
  })

  test('what people reported', async () => {
    const { number } = await reportStore(fixture.store, Date.now).add({
      subject: subOf('ana'),
      person: 'Patient/ana',
      patient: 'ana',
      line: {
        id: 'e',
        at: '2026-05-03T08:00:00Z',
        deed: 'saw',
        clientId: 'odd',
        types: [{ type: 'Goal', count: 2 }],
        request: 'r-1',
      },
      hasStopped: true,
    })
    const { page } = await openAs('wei', '/admin/reports')
    expect(wordsOf(page)).toContain(number)
    expect(wordsOf(page)).toMatch(/Patient\/ana ana odd – 2026-05-03T08:00:00Z saw Goal 2 r-1 Yes/)
  })

  test('a report is dealt with once, by name, on record; support may, and nobody loses it from the list', async () => {
    const reports = reportStore(fixture.store, Date.now)
    const line = { id: 'e', at: '2026-05-03T08:00:00Z', deed: 'saw' as const, types: [] }
    const made = { subject: subOf('ana'), person: 'Patient/ana', patient: 'ana', line, hasStopped: false }
    const [{ number }, other] = [await reports.add(made), await reports.add(made)]
    const { browser, post } = await openAs('ben', '/admin/reports')
    expect((await post('/admin/reports/dealt-with', { number })).headers.location).toBe('/admin/reports?done')
    expect(acts().at(-1)).toMatchObject({
      operation: 'POST /reports/{number}/dealt-with',
      outcome: 'allowed',
      actor: { subject: subOf('ben') },
    })
    const { post: postOfAna } = await openAs('ana')
    await postOfAna('/admin/reports/dealt-with', { number })
    const listed = wordsOf(await browser.get('/admin/reports'))
    expect(listed).toMatch(new RegExp(`${number}.* By ben , `))
    expect(listed).toContain(other.number)
    expect(await reports.list()).toContainEqual(
      expect.objectContaining({ number, dealtWith: { by: 'ben', at: expect.any(String) } }),
    )
    const gone = await post('/admin/reports/dealt-with', { number: 'NONE' })
    expect([gone.status, wordsOf(gone)]).toEqual([404, expect.stringContaining('no such report')])
    expect((await openAs('wei', '/admin/reports')).page.text).not.toContain('/admin/reports/dealt-with')
    const api = await apiClient(fixture, '__reports')
    expect((await api.get('/reports')).body.reports).toHaveLength(2)
    expect((await (await apiClient(fixture, '__grants')).get('/reports')).status).toBe(403)
  })

  test('what the proxy says of the FHIR server behind it', async () => {
    const body = {
      status: 'ok',
      upstream: { confinement: { exact: ['Observation'] } },
      audit: { table: { waiting: 3, lost: 0, isFailing: true } },
    }
    const proxy = createServer((_request, response) => response.end(JSON.stringify(body)))
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
    const proxyUrl = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}/fhir`
    await fixture.close()
    fixture = await startAuthServer({ adminRoles: ROLES, proxyUrl })
    const { browser, page } = await openAs('wei')
    expect(wordsOf(page)).toMatch(/ok .*confinement .*Observation.* table 3 0 Yes/)
    proxy.closeAllConnections()
    await new Promise((resolve) => proxy.close(resolve))
    expect(wordsOf(await browser.get('/admin'))).toContain('The proxy did not say how it is.')
  })
})
