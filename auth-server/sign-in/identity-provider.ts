// What an identity provider does for us: it says who the person is. SMART scopes never go there.
import { type Account, subjectOf } from '../identity/account.ts'

/** Who an id_token is about, after it was verified. */
export type SignedInPerson = {
  account: Account
  name: string
  claims: Readonly<Record<string, unknown>>
}

/** Who signed in here. Kept while an interaction lasts. */
export type Identity = {
  account: Account
  /** `subjectOf` the account. */
  sub: string
  name: string
  /** Id of the provider that said so. */
  provider: string
  /** Only those that the sources of personas read. */
  claims: Readonly<Record<string, unknown>>
  /** The provider's own session, by which it tells us of a sign-out. */
  idpSession?: string
}

/** What the app, or the person, wants of the sign-in. */
export type SignInWishes = {
  loginHint?: string
  /** `login`: the password again, although the provider still knows the person; `select_account`: another account. */
  prompt?: 'login' | 'select_account'
}

/** What must be kept between leaving and the callback. */
export type SignInSecrets = { state: string; nonce: string; verifier: string }

/** What we know of a provider, whatever its protocol. */
export type ProviderTraits = {
  id: string
  /** What people see where they choose. */
  label: string
  /** Its own one, so that no provider's answer is taken for another's (RFC 9700 section 4.4). */
  callbackPath: string
  /** A login hint of these domains goes here without a choice. */
  domains: readonly string[]
  /** Whether its word on which record a person is counts: only where people cannot set the claim themselves. */
  trustsFhirUser: boolean
}

export type IdentityProvider = ProviderTraits & {
  begin(wishes: SignInWishes): Promise<{ url: string; secrets: SignInSecrets }>
  /**
   * @param answer the query of the callback
   * @throws NotSignedIn when the code or the nonce is not of this sign-in; anything else when the provider does not answer, or
   *   not with an id_token that is good. The cause is for the log
   */
  finish(answer: URLSearchParams, secrets: SignInSecrets): Promise<SignedInPerson>
}

/** Nobody is signed in, for a reason that is the browser's: a code that is used up, or of another sign-in. */
export class NotSignedIn extends Error {}

/** Where answers come back to; those of further providers lie below it. */
export const CALLBACK_PATH = '/callback'

export function identityOf(provider: string, person: SignedInPerson, keptClaims: readonly string[]): Identity {
  const { account, name, claims } = person
  return {
    account,
    sub: subjectOf(account),
    name,
    provider,
    claims: Object.fromEntries(keptClaims.flatMap((claim) => (claim in claims ? [[claim, claims[claim]]] : []))),
    ...(typeof claims.sid === 'string' ? { idpSession: claims.sid } : {}),
  }
}
