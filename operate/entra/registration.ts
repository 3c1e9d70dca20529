// Our registrations in Entra: what they should be, and the changes that make them so. Made twice, nothing changes the second time.

import { randomUUID } from 'node:crypto'
import type { Graph, Json } from '../graph.ts'

/** The claim of a person's record, an extension of the directory that only its administrators write. */
const EXTENSION = 'fhirUser'

type AppRole = { value: string; displayName: string; allowedMemberTypes: readonly ('User' | 'Application')[] }
const roleOf = (value: string, displayName = value, ...more: 'Application'[]): AppRole => ({
  value,
  displayName,
  allowedMemberTypes: ['User', ...more],
})

/** As the FHIR Proxy had them: apps may be readers and writers, the others are people. */
const APP_ROLES: readonly AppRole[] = [
  roleOf('Administrator'),
  roleOf('Reader', 'Resource Reader', 'Application'),
  roleOf('Writer', 'Resource Writer', 'Application'),
  roleOf('DataScientist', 'Data Scientist'),
  roleOf('Patient'),
  roleOf('Practitioner'),
  roleOf('RelatedPerson', 'Related Person'),
]

/** Says what is done, or would be; makes it unless this is only asked about. */
export type Change = (says: string, make: () => Promise<Json>) => Promise<Json | undefined>

type Application = Json & { id: string; appId: string }

/**
 * The registration that people sign in with.
 *
 * @param p.clientId of one that is there; otherwise the one of this name, or a new one
 * @param p.issuer undefined: not known yet; people cannot sign in until it is
 * @returns its client id; undefined where it would only be made
 */
export async function signInRegistration(
  graph: Graph,
  change: Change,
  p: { name: string; clientId?: string; issuer?: string },
): Promise<string | undefined> {
  const found = await findApplication(graph, p)
  const app =
    found ??
    (await change(`make the registration ${p.name}`, () =>
      graph.send('POST', '/applications', { displayName: p.name, signInAudience: 'AzureADMyOrg' }),
    ))
  if (!isApplication(app)) {
    for (const says of [
      'make its directory extension fhirUser',
      'have id_tokens carry it',
      'make its service principal',
    ])
      await change(says, async () => ({}))
    return undefined
  }
  await ownExtension(graph, change, app)
  await claimsAndAddresses(graph, change, app, p.issuer)
  await servicePrincipal(graph, change, app, {})
  return app.appId
}

/** The registration of the API itself, for role mode: never the one that people sign in with. */
export async function roleRegistration(graph: Graph, change: Change, p: { name: string; clientId?: string }) {
  const found = await findApplication(graph, p)
  const app =
    found ??
    (await change(`make the registration ${p.name}`, () =>
      graph.send('POST', '/applications', {
        displayName: p.name,
        signInAudience: 'AzureADMyOrg',
        api: { requestedAccessTokenVersion: 2 },
        // Without it a token of an app's own cannot be told from an id_token.
        optionalClaims: { accessToken: [{ name: 'idtyp', essential: false }] },
      }),
    ))
  const held = (app?.appRoles ?? []) as { value: string }[]
  const missing = APP_ROLES.filter(({ value }) => !held.some((one) => one.value === value))
  if (missing.length > 0) {
    const made = missing.map((role) => ({ ...role, id: randomUUID(), description: role.displayName, isEnabled: true }))
    await change(`give it the app roles ${missing.map(({ value }) => value).join(', ')}`, () =>
      graph.send('PATCH', `/applications/${idOf(app)}`, { appRoles: [...held, ...made] }),
    )
  }
  if (!isApplication(app)) {
    await change('make its service principal, to which only people and apps with a role are let in', async () => ({}))
    return undefined
  }
  const uri = `api://${app.appId}`
  if (!((app.identifierUris ?? []) as string[]).includes(uri))
    await change(`name it ${uri}`, () => graph.send('PATCH', `/applications/${app.id}`, { identifierUris: [uri] }))
  await servicePrincipal(graph, change, app, { appRoleAssignmentRequired: true })
  return app.appId
}

/** A new secret, shown by Graph this once. */
export async function addSecret(graph: Graph, clientId: string, name: string): Promise<string> {
  const body = { passwordCredential: { displayName: name } }
  const { secretText } = await graph.send('POST', `/applications(appId='${clientId}')/addPassword`, body)
  if (typeof secretText !== 'string') throw new Error('Graph gave no secret')
  return secretText
}

async function findApplication(graph: Graph, { name, clientId }: { name: string; clientId?: string }) {
  if (clientId !== undefined) {
    const app = await graph.get(`/applications(appId='${encodeURIComponent(clientId)}')`)
    if (!isApplication(app)) throw new Error(`there is no registration ${clientId}`)
    return app
  }
  const filter = encodeURIComponent(`displayName eq '${name.replaceAll("'", "''")}'`)
  const { value = [] } = ((await graph.get(`/applications?$filter=${filter}`)) ?? {}) as { value?: Json[] }
  if (value.length > 1) throw new Error(`there are ${value.length} registrations named ${name}: give --client-id`)
  return isApplication(value[0]) ? value[0] : undefined
}

async function ownExtension(graph: Graph, change: Change, app: Application): Promise<void> {
  const name = extensionOf(app)
  const { value = [] } = ((await graph.get(`/applications/${app.id}/extensionProperties`)) ?? {}) as { value?: Json[] }
  if (value.some((one) => one.name === name)) return
  await change(`make its directory extension ${name}`, () =>
    graph.send('POST', `/applications/${app.id}/extensionProperties`, {
      name: EXTENSION,
      dataType: 'String',
      targetObjects: ['User'],
    }),
  )
}

async function claimsAndAddresses(graph: Graph, change: Change, app: Application, issuer: string | undefined) {
  const { idToken = [], ...others } = (app.optionalClaims ?? {}) as { idToken?: { name: string }[] }
  const wanted = [{ name: 'sid' }, { name: extensionOf(app), source: 'user' }]
  const lacking = wanted.filter(({ name }) => !idToken.some((one) => one.name === name))
  if (lacking.length > 0)
    await change(`have id_tokens carry ${lacking.map(({ name }) => name).join(', ')}`, () =>
      graph.send('PATCH', `/applications/${app.id}`, {
        optionalClaims: { ...others, idToken: [...idToken, ...lacking] },
      }),
    )
  if (issuer === undefined) return
  const web = (app.web ?? {}) as { redirectUris?: string[]; logoutUrl?: string | null }
  const callback = `${issuer}/callback`
  const logoutUrl = `${issuer}/frontchannel-logout?provider=entra`
  const redirectUris = web.redirectUris ?? []
  if (redirectUris.includes(callback) && web.logoutUrl === logoutUrl) return
  const all = redirectUris.includes(callback) ? redirectUris : [...redirectUris, callback]
  await change(`send people back to ${callback}, and tell ${logoutUrl} when they sign out`, () =>
    graph.send('PATCH', `/applications/${app.id}`, { web: { redirectUris: all, logoutUrl } }),
  )
}

async function servicePrincipal(graph: Graph, change: Change, { appId }: Application, more: Json): Promise<void> {
  if ((await graph.get(`/servicePrincipals(appId='${appId}')`)) !== undefined) return
  await change('make its service principal', () => graph.send('POST', '/servicePrincipals', { appId, ...more }))
}

/** As the directory names it. */
function extensionOf({ appId }: Application): string {
  return `extension_${appId.replaceAll('-', '')}_${EXTENSION}`
}

function isApplication(app: Json | undefined): app is Application {
  return typeof app?.id === 'string' && typeof app.appId === 'string'
}

function idOf(app: Json | undefined): string {
  return isApplication(app) ? app.id : ''
}
