// Signs people in with Entra ID: msal-node speaks the protocol, and we verify the id_token, which msal-node does not.
import { AuthError, ConfidentialClientApplication, CryptoProvider } from '@azure/msal-node'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import { z } from 'zod'
import { accountSchema } from '../identity/account.ts'
import { type IdentityProvider, NotSignedIn, type ProviderTraits } from './identity-provider.ts'

export type EntraSettings = {
  tenantId: string
  clientId: string
  clientSecret: string
  authority: string
  metadataUrl?: string
  /** The traits' `callbackPath` at our own issuer. */
  redirectUri: string
}

const metadataSchema = z.looseObject({ issuer: z.string(), jwks_uri: z.url() })
const claimsSchema = z.object({
  tid: z.uuid().toLowerCase(),
  oid: z.uuid(),
  name: z.string().default(''),
  nonce: z.string(),
})

/** Only who the person is: SMART scopes never go to Entra. */
const SCOPES = ['openid', 'profile']

export function entraIdentityProvider(traits: ProviderTraits, settings: EntraSettings): IdentityProvider {
  let loading: Promise<Metadata> | undefined
  const metadata = (): Promise<Metadata> => {
    loading ??= loadMetadata(settings).catch((error) => {
      loading = undefined
      throw error
    })
    return loading
  }

  // An instance a sign-in: msal's token cache would grow with every person.
  function application(found: Metadata): ConfidentialClientApplication {
    const { host } = new URL(found.authority)
    return new ConfidentialClientApplication({
      auth: {
        clientId: settings.clientId,
        clientSecret: settings.clientSecret,
        authority: found.authority,
        knownAuthorities: [host],
        authorityMetadata: found.text,
      },
    })
  }

  return {
    ...traits,
    async begin({ loginHint, prompt }) {
      const crypto = new CryptoProvider()
      const { verifier, challenge } = await crypto.generatePkceCodes()
      const secrets = { state: crypto.createNewGuid(), nonce: crypto.createNewGuid(), verifier }
      const url = await application(await metadata()).getAuthCodeUrl({
        scopes: SCOPES,
        redirectUri: settings.redirectUri,
        responseMode: 'query',
        state: secrets.state,
        nonce: secrets.nonce,
        codeChallenge: challenge,
        codeChallengeMethod: 'S256',
        ...(loginHint === undefined ? {} : { loginHint }),
        ...(prompt === undefined ? {} : { prompt }),
      })
      return { url, secrets }
    },
    async finish(query, { state, nonce, verifier }) {
      const code = query.get('code')
      if (code === null) throw new NotSignedIn(`identity provider answered ${query.get('error') ?? 'nothing'}`)
      const found = await metadata()
      const answer = await application(found)
        .acquireTokenByCode(
          { scopes: SCOPES, redirectUri: settings.redirectUri, code, codeVerifier: verifier, nonce, state },
          { code, state: query.get('state') ?? '', nonce },
        )
        .catch(ofBrowser)
      const { payload } = await jwtVerify(answer.idToken, found.keys, {
        issuer: found.issuer,
        audience: settings.clientId,
        algorithms: ['RS256'],
        requiredClaims: ['exp', 'iat'],
      })
      const claims = claimsSchema.parse(payload)
      if (claims.nonce !== nonce) throw new NotSignedIn('id_token carries another nonce')
      if (claims.tid !== settings.tenantId.toLowerCase()) throw new Error('id_token is of another tenant')
      const account = accountSchema.parse({ tid: claims.tid, oid: claims.oid })
      return { account, name: claims.name, claims: payload }
    },
  }
}

/** As msal-node says of codes that are used up or of another sign-in, and of answers with another state or nonce. */
function ofBrowser(error: unknown): never {
  const isOfBrowser =
    error instanceof AuthError && ['invalid_grant', 'state_mismatch', 'nonce_mismatch'].includes(error.errorCode)
  throw isOfBrowser ? new NotSignedIn(error.message, { cause: error }) : error
}

type Metadata = { text: string; issuer: string; keys: ReturnType<typeof createRemoteJWKSet>; authority: string }

async function loadMetadata(settings: EntraSettings): Promise<Metadata> {
  const ordinary = `${settings.authority}/${settings.tenantId}/v2.0/.well-known/openid-configuration`
  const answer = await fetch(settings.metadataUrl ?? ordinary, { signal: AbortSignal.timeout(5_000) })
  if (!answer.ok) throw new Error(`identity provider metadata answered ${answer.status}`, { cause: answer })
  const text = await answer.text()
  const { issuer, jwks_uri } = metadataSchema.parse(JSON.parse(text))
  // msal-node refuses an http authority even where every endpoint comes from given metadata: only the name is changed.
  const authority = `${settings.authority.replace(/^http:/, 'https:')}/${settings.tenantId}`
  return { text, issuer, keys: createRemoteJWKSet(new URL(jwks_uri)), authority }
}
