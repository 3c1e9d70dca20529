// Signs what the stand-in issues: ID tokens, delegated access tokens and application tokens, with the claims of Entra's v2.0 endpoint.

import { randomUUID } from 'node:crypto'
import { type CryptoKey, exportJWK, type JWK, SignJWT } from 'jose'
import { type Directory, type Person, pairwiseSubject, type Registration, servicePrincipalId } from './directory.ts'

const LIFETIME_SECONDS = 3600

export type SigningKey = { kid: string; privateKey: CryptoKey; publicKey: CryptoKey }

type Claims = Record<string, unknown>

/** What a provider says in its tokens, beside what every OpenID provider does. */
export type ClaimsOfProvider = {
  ofPerson(person: Person, clientId: string): Claims
  ofEveryToken: Claims
}

export const entraClaims = ({ tenantId }: Directory): ClaimsOfProvider => ({
  ofPerson: (person, clientId) => ({
    sub: pairwiseSubject(tenantId, clientId, person.objectId),
    oid: person.objectId,
    preferred_username: person.username,
    name: person.name,
    // Entra leaves the claim out for people without an app role.
    ...(person.roles.length > 0 ? { roles: person.roles } : {}),
  }),
  ofEveryToken: { tid: tenantId, ver: '2.0' },
})

export const plainClaims: ClaimsOfProvider = {
  ofPerson: ({ objectId, username, name }) => ({ sub: objectId, preferred_username: username, name }),
  ofEveryToken: {},
}

export class TokenIssuer {
  readonly issuer: string
  readonly #directory: Directory
  readonly #key: SigningKey
  readonly #claims: ClaimsOfProvider

  constructor(issuer: string, directory: Directory, key: SigningKey, claims: ClaimsOfProvider) {
    this.issuer = issuer
    this.#directory = directory
    this.#key = key
    this.#claims = claims
  }

  async jwks(): Promise<{ keys: JWK[] }> {
    return { keys: [{ ...(await exportJWK(this.#key.publicKey)), kid: this.#key.kid, use: 'sig', alg: 'RS256' }] }
  }

  /** @param clockSeconds how far the provider's clock is ahead */
  idToken(person: Person, clientId: string, nonce: string, clockSeconds: number): Promise<string> {
    // Nobody stays signed in at the stand-in: each sign-in is a session of its own.
    const claims = { ...this.#claims.ofPerson(person, clientId), nonce, sid: randomUUID() }
    return this.#sign(clientId, claims, clockSeconds)
  }

  /** An access token for Microsoft Graph, which nobody here reads: Entra is only asked who the person is. */
  delegatedToken(person: Person, clientId: string, scope: string): Promise<string> {
    const claims = { ...this.#claims.ofPerson(person, clientId), azp: clientId, scp: scope }
    return this.#sign('https://graph.microsoft.com', claims)
  }

  /** @param audience the resource, which is the scope without `/.default` */
  applicationToken(registration: Registration, audience: string): Promise<string> {
    const oid = servicePrincipalId(this.#directory.tenantId, registration.client_id)
    const azp = registration.client_id
    return this.#sign(audience, { sub: oid, oid, azp, azpacr: '1', idtyp: 'app', roles: registration.roles })
  }

  #sign(audience: string, claims: Claims, clockSeconds = 0): Promise<string> {
    const now = Math.floor(Date.now() / 1_000) + clockSeconds
    return new SignJWT({ ...claims, ...this.#claims.ofEveryToken })
      .setProtectedHeader({ alg: 'RS256', typ: 'JWT', kid: this.#key.kid })
      .setIssuer(this.issuer)
      .setAudience(audience)
      .setIssuedAt(now)
      .setNotBefore(now)
      .setExpirationTime(now + LIFETIME_SECONDS)
      .sign(this.#key.privateKey)
  }
}

export const TOKEN_LIFETIME_SECONDS = LIFETIME_SECONDS
