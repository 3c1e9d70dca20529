// The registrations, made against Graph's own protocol: nothing without --apply, all of it once, and nothing more the second time.
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { openGraph } from '../graph.ts'
import { GRAPH_TOKEN, type GraphDouble, startGraphDouble } from '../testing/graph-double.ts'
import { setUpEntra } from './command.ts'
import { addSecret } from './registration.ts'

const ISSUER = 'https://auth.example.org'
let double: GraphDouble

const graph = (token = GRAPH_TOKEN) =>
  openGraph({ getToken: async () => ({ token, expiresOnTimestamp: Date.now() + 60_000 }) }, double.url)
async function run(...words: string[]): Promise<string[]> {
  const said: string[] = []
  await setUpEntra(words, graph(), (line) => said.push(line))
  return said
}

beforeEach(async () => {
  double = await startGraphDouble()
})
afterEach(() => double.close())

test('without --apply: what would be done is said, and nothing is', async () => {
  const said = await run('--issuer', ISSUER)
  expect(said[0]).toBe('would make the registration SMART on FHIR')
  expect(said.at(-1)).toBe('nothing was changed: --apply does it')
  expect([double.changes, double.apps]).toEqual([[], []])
})

test('SEED-77: one registration: addresses, extension, claims; no permission in Graph and no right to a token without a person', async () => {
  const said = await run('--apply', '--issuer', ISSUER)
  const [app] = double.apps
  const extension = `extension_${app?.appId.replaceAll('-', '')}_fhirUser`
  expect(app).toMatchObject({
    signInAudience: 'AzureADMyOrg',
    web: { redirectUris: [`${ISSUER}/callback`], logoutUrl: `${ISSUER}/frontchannel-logout?provider=entra` },
    optionalClaims: { idToken: [{ name: 'sid' }, { name: extension, source: 'user' }] },
    extensions: [{ name: extension, dataType: 'String', targetObjects: ['User'] }],
  })
  expect(app).not.toHaveProperty('requiredResourceAccess')
  expect(double.principals).toEqual([{ appId: app?.appId }])
  expect(said.at(-1)).toBe(`ENTRA_CLIENT_ID=${app?.appId}`)
})

test('made again, nothing changes; another issuer is added, and what was there stays', async () => {
  await run('--apply', '--issuer', ISSUER)
  double.changes.length = 0
  expect(await run('--apply', '--issuer', ISSUER)).toEqual(['all is as it should be', expect.stringMatching(/^ENTRA_/)])
  expect(double.changes).toEqual([])
  const clientId = String(double.apps[0]?.appId)
  await run('--apply', '--client-id', clientId, '--issuer', 'https://new.example.org')
  expect(double.apps[0]?.web).toMatchObject({
    redirectUris: [`${ISSUER}/callback`, 'https://new.example.org/callback'],
  })
})

test('SEED-77: role mode: a second registration, with the roles of old, and closed to all who have none', async () => {
  await run('--apply', '--issuer', ISSUER)
  const said = await run('--apply', '--role-mode')
  const api = double.apps[1]
  const roles = api?.appRoles as { value: string; allowedMemberTypes: string[]; id: string }[]
  expect(roles.map(({ value, allowedMemberTypes }) => [value, allowedMemberTypes.join('+')])).toEqual([
    ['Administrator', 'User'],
    ['Reader', 'User+Application'],
    ['Writer', 'User+Application'],
    ['DataScientist', 'User'],
    ['Patient', 'User'],
    ['Practitioner', 'User'],
    ['RelatedPerson', 'User'],
  ])
  expect(new Set(roles.map(({ id }) => id)).size).toBe(7)
  expect(api?.identifierUris).toEqual([`api://${api?.appId}`])
  expect(double.principals[1]).toEqual({ appId: api?.appId, appRoleAssignmentRequired: true })
  expect(said.at(-1)).toBe(`ROLE_AUDIENCES=api://${api?.appId},${api?.appId}`)
  // A role that somebody holds keeps its id.
  double.changes.length = 0
  await run('--apply', '--role-mode')
  expect(double.changes).toEqual([])
})

test('two of one name: which one is asked', async () => {
  for (const _ of [1, 2]) double.apps.push({ id: `${_}`, appId: `${_}`, displayName: "O'Hara", extensions: [] })
  await expect(run('--name', "O'Hara")).rejects.toThrow("there are 2 registrations named O'Hara: give --client-id")
})

test.each([
  [['--client-id', 'nobody'], 'there is no registration nobody'],
  [['--issuer', 'http://auth.example.org'], '--issuer: an https origin, no path'],
  [['--issuer', 'https://auth.example.org/path'], '--issuer: an https origin, no path'],
  [['--aply'], '--aply'],
])('%j is refused: %s', async (words, why) => {
  await expect(run(...words)).rejects.toThrow(why)
})

test('what Graph refuses is said in its words, without the token', async () => {
  double.close()
  double = await startGraphDouble(false)
  const refused = run('--apply')
  await expect(refused).rejects.toThrow('403: Insufficient privileges')
  await expect(setUpEntra([], graph('forged'), () => {})).rejects.toThrow('401')
  await expect(setUpEntra([], graph('forged'), () => {})).rejects.not.toThrow('forged')
})

test('a secret is asked for by its registration', async () => {
  await run('--apply')
  expect(await addSecret(graph(), String(double.apps[0]?.appId), 'x')).toBe('shown-this-once')
  await expect(addSecret(graph(), 'nobody', 'x')).rejects.toThrow('there is no such thing')
})
