// Signs what the stand-in issues: ID tokens, delegated access tokens and application tokens, with the claims of Entra's v2.0 endpoint.

import { type CryptoKey, exportJWK, type JWK, SignJWT } from 'jose'
import { type Directory, type Person, pairwiseSubject, type Registration, servicePrincipalId } from './directory.ts'

const LIFETIME_SECONDS = 3600

export type SigningKey = { kid: string; privateKey: CryptoKey; publicKey: CryptoKey }

export class TokenIssuer {
  readonly issuer: string
  readonly #directory: Directory
  readonly #key: SigningKey

  constructor(issuer: string, directory: Directory, key: SigningKey) {
    this.issuer = issuer
    this.#directory = directory
    this.#key = key
  }

  async jwks(): Promise<{ keys: JWK[] }> {
    return { keys: [{ ...(await exportJWK(this.#key.publicKey)), kid: this.#key.kid, use: 'sig', alg: 'RS256' }] }
  }

  idToken(person: Person, clientId: string, nonce: string): Promise<string> {
    return this.#sign(clientId, { ...this.#personClaims(person, clientId), nonce })
  }

  /** An access token for Microsoft Graph, which nobody here reads: Entra is only asked who the person is. */
  delegatedToken(person: Person, clientId: string, scope: string): Promise<string> {
    const claims = { ...this.#personClaims(person, clientId), azp: clientId, scp: scope }
    return this.#sign('https://graph.microsoft.com', claims)
  }

  /** @param audience the resource, which is the scope without `/.default` */
  applicationToken(registration: Registration, audience: string): Promise<string> {
    const oid = servicePrincipalId(this.#directory.tenantId, registration.client_id)
    const azp = registration.client_id
    return this.#sign(audience, { sub: oid, oid, azp, azpacr: '1', idtyp: 'app', roles: registration.roles })
  }

  #personClaims(person: Person, clientId: string): Record<string, unknown> {
    return {
      sub: pairwiseSubject(this.#directory.tenantId, clientId, person.objectId),
      oid: person.objectId,
      preferred_username: person.username,
      name: person.name,
      // Entra leaves the claim out for people without an app role.
      ...(person.roles.length > 0 ? { roles: person.roles } : {}),
    }
  }

  #sign(audience: string, claims: Record<string, unknown>): Promise<string> {
    return new SignJWT({ ...claims, tid: this.#directory.tenantId, ver: '2.0' })
      .setProtectedHeader({ alg: 'RS256', typ: 'JWT', kid: this.#key.kid })
      .setIssuer(this.issuer)
      .setAudience(audience)
      .setIssuedAt()
      .setNotBefore('0 seconds')
      .setExpirationTime(`${LIFETIME_SECONDS} seconds`)
      .sign(this.#key.privateKey)
  }
}

export const TOKEN_LIFETIME_SECONDS = LIFETIME_SECONDS
