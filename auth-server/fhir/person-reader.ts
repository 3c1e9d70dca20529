// Reads FHIR as the signed-in person, through the proxy and under the same rules: what a page shows is what the proxy would
// allow. And as this service itself, where there is no person yet: to look up who an account is.
import { randomUUID } from 'node:crypto'
import { SignJWT } from 'jose'
import { LRUCache } from 'lru-cache'
import type { SigningKeys } from '../keys/signing-keys.ts'
import { orUnavailable, Unavailable } from '../unavailable.ts'

export type Resource = { resourceType: string; id?: string } & Record<string, unknown>

export type PersonReader = {
  /** Base URLs under which an absolute reference names a record that can be read here. */
  readonly bases: readonly string[]
  /** Undefined when it is not there, not this person's, or not understood: the proxy does not tell which. */
  read(type: string, id: string): Promise<Resource | undefined>
  /** The matches of the first page. */
  search(type: string, parameters: URLSearchParams): Promise<Resource[]>
}

/** Reads what an app would see with these scopes. */
export type GrantedReader = {
  /** A search's answer as it came; undefined when it is refused. */
  page(search: string): Promise<Resource | undefined>
}

export type ReaderSettings = {
  issuer: string
  fhirBase: string
  /** Where the proxy answers for this service. */
  fhirUrl: string
  keys: SigningKeys
}

const SERVICE_SCOPE = 'system/Patient.rs system/Practitioner.rs system/RelatedPerson.rs'
/** Of one patient, in whose place the person acts: the proxy decides whether that may be. */
const LOG_SCOPE = 'patient/Patient.r patient/AuditEvent.rs'
const PERSON_SCOPE = 'fhirUser user/Patient.rs user/RelatedPerson.rs user/Practitioner.r user/Encounter.rs'
const LIFETIME_SECONDS = 60
const TIMEOUT_MILLISECONDS = 5_000

/** Signing costs more than all else of a read: a token serves for half of its life. */
const KEPT_MILLISECONDS = (LIFETIME_SECONDS * 1000) / 2
const MAX_KEPT = 5_000

export type Readers = {
  /** @param person relative reference, such as `Practitioner/42` */
  of(person: string): PersonReader
  granted(as: { person: string; patient: string; scope: string }): GrantedReader
  /** Reads records of people, whoever they are, and nothing else. */
  service: PersonReader
  /** Reads who saw the data of a patient, as somebody who is that patient or acts in the patient's place. */
  log(person: string, patient: string): LogReader
}

export type LogReader = {
  /**
   * One page of the access log: a searchset of AuditEvents, newest first. Rejects when there is none to be read.
   * @param path the query, with its `?`, or the link to a further page
   */
  page(path: string): Promise<Resource>
}

export function fhirReaders(settings: ReaderSettings): Readers {
  const kept = new LRUCache<string, Promise<string>>({ max: MAX_KEPT, ttl: KEPT_MILLISECONDS })
  const tokensFor = (claims: ReaderClaims): ReaderTokens => ({
    get() {
      const key = keyOf(claims)
      const token = kept.get(key) ?? sign(settings, claims)
      if (!kept.has(key)) kept.set(key, token)
      return token
    },
    drop: () => void kept.delete(keyOf(claims)),
  })
  return {
    of: (person) => {
      const claims = { scope: PERSON_SCOPE, sub: person, gid: `reader:${person}`, person }
      return reader(settings, tokensFor(claims))
    },
    granted: ({ person, patient, scope }) => {
      const claims = { scope, sub: person, gid: `reader:${person}`, person, patient }
      const get = getter(settings, tokensFor(claims))
      return { page: get }
    },
    service: reader(settings, tokensFor({ scope: SERVICE_SCOPE, sub: settings.issuer, gid: 'reader' })),
    log(person, patient) {
      const claims = { scope: LOG_SCOPE, sub: person, gid: `log:${person}:${patient}`, person, patient }
      const get = getter(settings, tokensFor(claims))
      return {
        async page(path) {
          const isLink = path.startsWith(`${settings.fhirBase}/`)
          const found = await get(
            isLink
              ? path.slice(settings.fhirBase.length + 1)
              : `Patient/${encodeURIComponent(patient)}/$access-log${path}`,
          )
          if (found === undefined) throw new Unavailable('FHIR base', new Error('the access log is not to be read'))
          return found
        },
      }
    },
  }
}

type ReaderClaims = { scope: string; sub: string; gid: string; person?: string; patient?: string }

function keyOf({ gid, patient = '', scope }: ReaderClaims): string {
  return [gid, patient, scope].join(' ')
}

type ReaderTokens = { get(): Promise<string>; drop(): void }

/** @returns undefined for what is not there, not this token's, or not understood */
function getter(settings: ReaderSettings, tokens: ReaderTokens): (path: string) => Promise<Resource | undefined> {
  return (path) => orUnavailable('FHIR base', () => fetchResource(path))

  async function fetchResource(path: string, isSecondTry = false): Promise<Resource | undefined> {
    const answer = await fetch(`${settings.fhirUrl}/${path}`, {
      headers: { authorization: `Bearer ${await tokens.get()}`, accept: 'application/fhir+json' },
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MILLISECONDS),
    })
    // Everything was ended, ours with it, or another key signs.
    if (answer.status === 401 && !isSecondTry) {
      await answer.body?.cancel()
      tokens.drop()
      return fetchResource(path, true)
    }
    if ([400, 403, 404, 410].includes(answer.status)) {
      await answer.body?.cancel()
      return undefined
    }
    if (!answer.ok) throw new Error(`FHIR base answered ${answer.status}`)
    return (await answer.json()) as Resource
  }
}

function reader(settings: ReaderSettings, tokens: ReaderTokens): PersonReader {
  const get = getter(settings, tokens)
  return {
    bases: [settings.fhirBase],
    read: (type, id) => get(`${type}/${encodeURIComponent(id)}`),
    async search(type, parameters) {
      const bundle = await get(`${type}?${parameters}`)
      const entries = (bundle?.entry ?? []) as { resource?: Resource; search?: { mode?: string } }[]
      return entries.flatMap(({ resource, search }) => (resource && search?.mode !== 'outcome' ? [resource] : []))
    },
  }
}

/** A token of this service's own, for the FHIR base. @param issuedAt seconds since 1970; now by default */
export function sign(
  { issuer, fhirBase, keys }: Pick<ReaderSettings, 'issuer' | 'fhirBase' | 'keys'>,
  claims: ReaderClaims,
  issuedAt?: number,
): Promise<string> {
  return new SignJWT({ ...claims, client_id: issuer })
    .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: keys.accessToken.kid })
    .setIssuer(issuer)
    .setAudience(fhirBase)
    .setJti(randomUUID())
    .setIssuedAt(issuedAt)
    .setExpirationTime(`${LIFETIME_SECONDS}s`)
    .sign(keys.accessToken.key)
}
