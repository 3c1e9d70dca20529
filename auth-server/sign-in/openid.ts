// Signs people in with any OpenID provider, Entra External ID and B2C among them. The openid-client library speaks the
// protocol; we make it verify the signature, which it leaves to TLS by itself, and hold it to the configured issuer.
import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  type ClientAuth,
  ClientSecretBasic,
  ClientSecretPost,
  type Configuration,
  calculatePKCECodeChallenge,
  discovery,
  enableNonRepudiationChecks,
  ResponseBodyError,
  randomNonce,
  randomPKCECodeVerifier,
  randomState,
} from 'openid-client'
import { accountSchema } from '../identity/account.ts'
import { type IdentityProvider, NotSignedIn, type ProviderTraits } from './identity-provider.ts'

export type OpenIdSettings = {
  /** As its id_tokens spell it. */
  issuer: string
  /** Where its configuration is published, when that is not below the issuer. */
  metadataUrl?: string
  clientId: string
  clientSecret: string
  /** Space separated. */
  scopes: string
  /** The claim that names an account at this issuer for good. */
  accountClaim: string
  allowHttp: boolean
  /** The traits' `callbackPath` at our own issuer. */
  redirectUri: string
}

const TIMEOUT_SECONDS = 5

export function openIdProvider(traits: ProviderTraits, settings: OpenIdSettings): IdentityProvider {
  const { scopes, accountClaim, redirectUri } = settings
  let loading: Promise<Configuration> | undefined
  const configuration = (): Promise<Configuration> => {
    loading ??= discover(settings).catch((error) => {
      loading = undefined
      throw error
    })
    return loading
  }

  return {
    ...traits,
    async begin({ loginHint, prompt }) {
      const secrets = { state: randomState(), nonce: randomNonce(), verifier: randomPKCECodeVerifier() }
      const url = buildAuthorizationUrl(await configuration(), {
        redirect_uri: redirectUri,
        scope: scopes,
        state: secrets.state,
        nonce: secrets.nonce,
        code_challenge: await calculatePKCECodeChallenge(secrets.verifier),
        code_challenge_method: 'S256',
        ...(loginHint === undefined ? {} : { login_hint: loginHint }),
        ...(prompt === undefined ? {} : { prompt }),
      })
      return { url: url.href, secrets }
    },
    async finish(answer, { state, nonce, verifier }) {
      const answered = new URL(`${redirectUri}?${answer}`)
      const tokens = await authorizationCodeGrant(await configuration(), answered, {
        expectedState: state,
        expectedNonce: nonce,
        pkceCodeVerifier: verifier,
        idTokenExpected: true,
      }).catch(ofBrowser)
      const claims: Record<string, unknown> = tokens.claims() ?? {}
      const account = accountSchema.parse({ iss: settings.issuer, sub: claims[accountClaim] })
      return { account, name: typeof claims.name === 'string' ? claims.name : '', claims }
    },
  }
}

/** Codes that are used up or of another sign-in, and answers with another nonce. */
function ofBrowser(error: unknown): never {
  const { cause } = error as { cause?: { cause?: { claim?: unknown } } }
  const isOfBrowser =
    (error instanceof ResponseBodyError && error.error === 'invalid_grant') || cause?.cause?.claim === 'nonce'
  throw isOfBrowser ? new NotSignedIn('not of this sign-in', { cause: error }) : error
}

async function discover(settings: OpenIdSettings): Promise<Configuration> {
  const { issuer, metadataUrl, clientId, clientSecret, allowHttp } = settings
  const found = await discovery(new URL(metadataUrl ?? issuer), clientId, undefined, authentication(clientSecret), {
    timeout: TIMEOUT_SECONDS,
    execute: [enableNonRepudiationChecks, ...(allowHttp ? [allowInsecureRequests] : [])],
  })
  // The library lets well-known hosts of Microsoft name another issuer, and any host that a metadata address leads to.
  if (found.serverMetadata().issuer !== issuer) throw new Error('identity provider metadata names another issuer')
  return found
}

/** In the body where the provider says that it takes it there: not all decode the header as they should. */
function authentication(secret: string): ClientAuth {
  return (server, client, body, headers) => {
    const inBody = server.token_endpoint_auth_methods_supported?.includes('client_secret_post')
    return (inBody ? ClientSecretPost(secret) : ClientSecretBasic(secret))(server, client, body, headers)
  }
}
