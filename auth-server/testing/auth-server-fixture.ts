// An authorization server for tests: the real one over memory, with an identity provider that knows two people and a
// FHIR base that answers from a list. Only what lies outside this service is replaced.
import { createHash } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair, type JWK } from 'jose'
import { type Logger, pino } from 'pino'
import type { BrandAssets } from '../../consent-ui/index.ts'
import type { Telemetry } from '../../service/telemetry/telemetry.ts'
import type { AuditRecord } from '../../smart/audit/audit.ts'
import type { AuditRow } from '../../smart/audit/audit-rows.ts'
import { type RevocableClaims, type Revocation, revocationList } from '../../smart/revocation.ts'
import type { AdminRoles } from '../admin/roles.ts'
import { type AuditRowStore, auditTrail } from '../audit/audit-trail.ts'
import type { RegistrationSettings } from '../clients/registration.ts'
import { parseClients, seededClients } from '../clients/seed.ts'
import { subjectOf } from '../identity/account.ts'
import { linkStore } from '../identity/links.ts'
import { parseLinks, seedLinks } from '../identity/links-file.ts'
import type { PersonaSettings } from '../identity/persona-sources.ts'
import type { ConsentSettings } from '../interactions/ask-consent.ts'
import type { SigningKeys } from '../keys/signing-keys.ts'
import { launchStyles, type Styles } from '../launch/styles.ts'
import { tellOfActs } from '../observe.ts'
import { createAuthServer } from '../server.ts'
import { type IdentityProvider, NotSignedIn, type SignedInPerson } from '../sign-in/identity-provider.ts'
import { memoryStore } from '../storage/memory.ts'
import type { RecordStore } from '../storage/record-store.ts'
import { referenceMemory, referenceTokens } from '../storage/reference-tokens.ts'
import type { RevocationFeed } from '../storage/revocation-feed.ts'

export const ISSUER = 'http://smart.test'
export const FHIR_BASE = `${ISSUER}/fhir`
export const APP = 'https://app.test/callback'
export const TENANT = '7c0de5b1-3d1f-4c56-9d0e-0a5b6f2c1e10'

const OIDS = {
  ana: '11111111-aaaa-4aaa-8aaa-000000000001',
  ben: '11111111-aaaa-4aaa-8aaa-000000000002',
  wei: '11111111-aaaa-4aaa-8aaa-000000000004',
  noah: '11111111-aaaa-4aaa-8aaa-000000000007',
}
export type Person = keyof typeof OIDS

/** The sign-in page of this identity provider is its address: the test names the person in the code it comes back with. */
const identityProvider: IdentityProvider = {
  id: 'entra',
  label: 'Contoso Health',
  callbackPath: '/callback',
  domains: [],
  trustsFhirUser: true,
  async begin({ loginHint, prompt }) {
    const state = crypto.randomUUID()
    const wishes = new URLSearchParams({ login_hint: loginHint ?? '', prompt: prompt ?? '' })
    return { url: `https://idp.test/authorize?state=${state}&${wishes}`, secrets: { state, nonce: 'n', verifier: 'v' } }
  },
  async finish(answer): Promise<SignedInPerson> {
    const code = answer.get('code') as Person
    const oid = OIDS[code]
    if (oid === undefined) throw new NotSignedIn('bad code')
    const account = { tid: TENANT, oid }
    return { account, name: code, claims: { sid: `idp-session-of-${code}`, roles: [`Role of ${code}`] } }
  },
}

/** Of `secret-app`. */
export const APP_SECRET = 'a-secret-of-the-server-side-app-43-characters'

const CLINICAL = 'patient/*.cruds user/*.cruds'
export const CLIENTS = [
  {
    client_id: 'app',
    client_name: 'Heart Chart',
    token_endpoint_auth_method: 'none',
    redirect_uris: [APP],
    launch_url: 'https://app.test/launch',
    scope: `openid fhirUser profile launch launch/patient launch/encounter offline_access online_access ${CLINICAL}`,
  },
  {
    client_id: 'secret-app',
    client_name: 'Server Side',
    token_endpoint_auth_method: 'client_secret_basic',
    secrets: [{ id: 'first', sha256: createHash('sha256').update(APP_SECRET).digest('hex') }],
    redirect_uris: [APP],
    scope: `openid fhirUser launch/patient offline_access online_access ${CLINICAL}`,
  },
  {
    client_id: 'legacy-app',
    client_name: 'Of the Old Proxy',
    token_endpoint_auth_method: 'none',
    redirect_uris: [APP],
    scope: 'openid launch patient/Patient.rs',
    legacy_launch: true,
  },
  {
    client_id: 'native-app',
    client_name: 'On a Phone',
    token_endpoint_auth_method: 'none',
    redirect_uris: ['com.example.native:/callback'],
    scope: `openid fhirUser launch/patient offline_access ${CLINICAL}`,
  },
  {
    client_id: 'ward-app',
    client_name: 'Ward Round',
    token_endpoint_auth_method: 'none',
    redirect_uris: [APP],
    launch_url: 'https://app.test/launch',
    checked_by: 'Contoso Health',
    staff_approved: true,
    scope: `openid fhirUser launch launch/patient offline_access ${CLINICAL}`,
  },
  {
    client_id: 'narrow-app',
    client_name: 'Narrow',
    token_endpoint_auth_method: 'none',
    redirect_uris: ['https://narrow.test/callback'],
    launch_url: 'https://narrow.test/launch',
    sandbox: true,
    scope: 'openid launch launch/patient patient/Observation.rs',
  },
]

/** Whom each persona may open: what the proxy would say. Tests take people away from it. */
export const REACH: Record<string, string[]> = {
  'Patient/ana': ['ana'],
  'Patient/ben': ['ben'],
  'Practitioner/wei': ['ana', 'carl'],
}

/** Whose visit each is. */
const VISITS: Record<string, string> = { 'visit-1': 'ana', 'visit-of-carl': 'carl' }

const LINKS = [
  { tid: TENANT, oid: OIDS.ana, personas: ['Patient/ana'] },
  { tid: TENANT, oid: OIDS.ben, personas: ['Patient/ben'] },
  { tid: TENANT, oid: OIDS.wei, personas: ['Practitioner/wei'] },
]

const PERSONAS: PersonaSettings = {
  sources: ['claim', 'links'],
  fhirUserClaims: ['fhirUser'],
  claimSeconds: 365 * 24 * 3600,
  identifierLookups: [],
}

export type Fixture = {
  server: Server
  store: RecordStore
  keys: SigningKeys
  ehrKey: CryptoKey
  /** What proxies were told. */
  revocations: Revocation[]
  /** What was recorded for auditors. */
  audited: AuditRecord[]
  close(): Promise<void>
}

export async function startAuthServer({
  store = memoryStore(),
  rateLimits = { trustedHops: 0, factor: 0 },
  styles = launchStyles(ISSUER, {}),
  servesOldAddresses = false,
  frameAncestors = [],
  furtherProviders = [],
  brand,
  personas = {},
  registration,
  keys: ownKeys,
  now = Date.now,
  log = pino({ level: 'silent' }),
  telemetry,
  fhirUrl,
  feed: ownFeed,
  adminRoles,
  proxyUrl,
  denied = [],
  consent = { counts: false, start: 'on', sensitive: [] },
}: {
  store?: RecordStore
  rateLimits?: { trustedHops: number; factor: number }
  styles?: Styles
  servesOldAddresses?: boolean
  frameAncestors?: string[]
  furtherProviders?: readonly IdentityProvider[]
  brand?: BrandAssets
  personas?: Partial<PersonaSettings>
  registration?: RegistrationSettings
  keys?: SigningKeys
  now?: () => number
  log?: Logger
  telemetry?: Telemetry
  /** A FHIR base elsewhere, instead of the list's. */
  fhirUrl?: string
  /** What real proxies read. */
  feed?: RevocationFeed
  adminRoles?: AdminRoles
  proxyUrl?: string
  /** What proxies have written of what they denied. */
  denied?: readonly AuditRow[]
  consent?: ConsentSettings
} = {}): Promise<Fixture> {
  const keys = ownKeys ?? (await signingKeys())
  const ehr = await ehrKeys()
  const ehrClient = {
    client_id: 'ehr',
    client_name: 'EHR',
    token_endpoint_auth_method: 'private_key_jwt',
    scope: '__launch __introspect __grants __links __clients __explain __reports',
    jwks: { keys: [{ ...(await exportJWK(ehr.publicKey)), kid: 'ehr-1', alg: 'ES384', use: 'sig' }] },
  }
  const revocations: Revocation[] = []
  const fhir = await listen(createServer((request, response) => answerFhir(request, response, revocations)))
  const feed: RevocationFeed = {
    async append(revocation) {
      revocations.push(revocation)
      await ownFeed?.append(revocation)
    },
  }
  const audited: AuditRecord[] = []
  const rows: AuditRowStore = {
    put: async ({ record }) => void audited.push(JSON.parse(record) as AuditRecord),
    newest: async (partitionKey) => denied.filter((row) => row.partitionKey === partitionKey),
  }
  const entries = parseClients([...CLIENTS, ehrClient])
  const links = linkStore(store, now)
  await seedLinks(links, parseLinks(LINKS), new Date(Date.now() + 365 * 24 * 3600 * 1000).toISOString())
  const clients = await seededClients({ store, feed, entries, now: Date.now })
  const provider = createAuthServer({
    issuer: ISSUER,
    fhirBase: FHIR_BASE,
    fhirUrl: fhirUrl ?? `http://127.0.0.1:${(fhir.address() as AddressInfo).port}`,
    pages: { operator: 'Contoso Health', support: '+34 900 123 456', languages: ['en', 'es'], brand },
    rateLimits,
    styles,
    servesOldAddresses,
    frameAncestors,
    cookieSecrets: ['a-cookie-secret-for-tests-of-32-characters'],
    keys,
    store,
    references: referenceTokens(referenceMemory()),
    feed,
    lifetimes: { offlineSeconds: 100 * 24 * 3600, onlineIdleSeconds: 5400, onlineSeconds: 43_200 },
    consent,
    clients,
    allowLocalKeySets: true,
    registration,
    links,
    auditDays: 2190,
    auditRows: rows,
    adminRoles,
    proxyUrl,
    linkSeconds: 365 * 24 * 3600,
    personas: { ...PERSONAS, ...personas },
    identityProviders: [identityProvider, ...furtherProviders],
    now,
    audit: auditTrail({
      audited: log,
      rows,
      trustedHops: rateLimits.trustedHops,
      now,
      log,
      onAct: tellOfActs(telemetry),
    }),
    telemetry,
    log,
  })
  const server = await listen(createServer(provider.callback()))
  const close = async () => {
    for (const one of [server, fhir]) {
      one.closeAllConnections()
      await new Promise((resolve) => one.close(resolve))
    }
  }
  return { server, store, keys, ehrKey: ehr.privateKey, revocations, audited, close }
}

export const oidOf = (person: Person): string => OIDS[person]
export const subOf = (person: Person): string => subjectOf({ tid: TENANT, oid: OIDS[person] })

async function listen(server: Server): Promise<Server> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return server
}

/** One EHR for all: fixtures that share a storage are replicas of one server. */
let ehrMade: Promise<CryptoKeyPair> | undefined
function ehrKeys(): Promise<CryptoKeyPair> {
  ehrMade ??= generateKeyPair('ES384', { extractable: true })
  return ehrMade
}

/** Made once: an RSA key takes its time. */
let made: Promise<SigningKeys> | undefined
function signingKeys(): Promise<SigningKeys> {
  made ??= makeSigningKeys()
  return made
}

async function makeSigningKeys(): Promise<SigningKeys> {
  const [access, id] = await Promise.all([
    generateKeyPair('ES256', { extractable: true }),
    generateKeyPair('RS256', { extractable: true }),
  ])
  const jwk = async (key: CryptoKey, alg: string): Promise<JWK> => ({
    ...(await exportJWK(key)),
    alg,
    kid: alg,
    use: 'sig',
  })
  const keys = [await jwk(access.privateKey, 'ES256'), await jwk(id.privateKey, 'RS256')]
  return { jwks: { keys }, accessToken: { key: access.privateKey, kid: 'ES256' } }
}

const patientRecord = (id: string) => ({ resourceType: 'Patient', id, active: true })

/** What the service itself finds. Tests add to it. */
export const RECORDS: { resourceType: string; id: string; active: boolean; identifier?: object[] }[] = [
  ...['ana', 'ben', 'carl'].map(patientRecord),
  { resourceType: 'Practitioner', id: 'wei', active: true },
]

function answerService(url: string): object | undefined {
  const { pathname, searchParams } = new URL(url, ISSUER)
  const [, type, id] = pathname.split('/')
  const ofType = RECORDS.filter(({ resourceType }) => resourceType === type)
  if (id !== undefined) return ofType.find((record) => record.id === id)
  const [system, value] = String(searchParams.get('identifier')).split('|')
  const matches = ofType.filter(({ identifier = [] }) =>
    (identifier as { system: string; value: string }[]).some((one) => one.system === system && one.value === value),
  )
  return { resourceType: 'Bundle', entry: matches.map((resource) => ({ resource })) }
}

/** Believes the token's person, as the proxy does after it has verified the token. */
function answerFhir(
  request: import('node:http').IncomingMessage,
  response: import('node:http').ServerResponse,
  revocations: readonly Revocation[],
): void {
  const payload = String(request.headers.authorization).split('.')[1] ?? ''
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as RevocableClaims & { person?: string }
  const { person } = claims
  if (request.url === '/Patient/refusal-check') {
    const told = revocationList()
    for (const one of revocations) told.add(one)
    response.statusCode = told.isRevoked(claims) ? 401 : 403
    response.end()
    return
  }
  response.setHeader('content-type', 'application/fhir+json')
  if (person === undefined) {
    const found = answerService(request.url ?? '')
    response.statusCode = found === undefined ? 404 : 200
    response.end(JSON.stringify(found ?? { resourceType: 'OperationOutcome' }))
    return
  }
  const reach = REACH[person] ?? []
  const patient = (id: string) => ({
    resourceType: 'Patient',
    id,
    name: [{ text: `Name of ${id}` }],
    birthDate: '1980-05-05',
  })
  const visit = (id: string) => ({ resourceType: 'Encounter', id, subject: { reference: `Patient/${VISITS[id]}` } })
  const [, type, id] = /^\/([A-Za-z]+)(?:\/([^/?]+))?/.exec(request.url ?? '') ?? []
  if (type === 'Patient' && id === undefined) {
    response.end(JSON.stringify({ resourceType: 'Bundle', entry: reach.map((one) => ({ resource: patient(one) })) }))
  } else if (type === 'Patient' && reach.includes(String(id))) {
    response.end(JSON.stringify(patient(String(id))))
  } else if (type === 'Practitioner' && person === `Practitioner/${id}`) {
    response.end(JSON.stringify({ resourceType: 'Practitioner', id, active: true }))
  } else if (type === 'Encounter' && id === undefined) {
    const patientId = new URL(request.url ?? '', ISSUER).searchParams.get('patient')
    const visits = Object.keys(VISITS).filter((one) => VISITS[one] === patientId && reach.includes(VISITS[one]))
    response.end(JSON.stringify({ resourceType: 'Bundle', entry: visits.map((one) => ({ resource: visit(one) })) }))
  } else if (type === 'Encounter' && reach.includes(String(VISITS[String(id)]))) {
    response.end(JSON.stringify(visit(String(id))))
  } else {
    response.statusCode = 404
    response.end(JSON.stringify({ resourceType: 'OperationOutcome' }))
  }
}
