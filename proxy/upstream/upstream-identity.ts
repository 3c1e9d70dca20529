// Where the upstream's credential comes from: an identity at Entra, or a file.

import { readFile } from 'node:fs/promises'
import {
  ClientAssertionCredential,
  ClientSecretCredential,
  type ClientSecretCredentialOptions,
  DefaultAzureCredential,
  type TokenCredential,
} from '@azure/identity'
import { type Credential, type CredentialDeps, type Issue, keepFresh } from './upstream-credential.ts'

export type UpstreamCredentialSettings =
  | { kind: 'none' }
  | { kind: 'managed-identity'; scope: string }
  | { kind: 'file'; path: string }
  | ClientCredentialSettings

type ClientCredentialSettings = {
  kind: 'client-credentials'
  scope: string
  authority: string
  tenantId: string
  clientId: string
  proof: { kind: 'secret'; secret: string } | { kind: 'assertion'; path: string }
}

/** How the identity provider is reached. */
export type IdentityOptions = Pick<ClientSecretCredentialOptions, 'httpClient'>

/** Requests wait for it, so that it is asked again by the next of them rather than by the library. */
const RETRY = { maxRetries: 1, retryDelayInMs: 200, maxRetryDelayInMs: 1_000 }

/** @returns undefined when the upstream is asked without one */
export function openCredential(
  settings: UpstreamCredentialSettings,
  deps: CredentialDeps,
  options: IdentityOptions = {},
): Credential | undefined {
  const issue = issueOf(settings, { ...options, retryOptions: RETRY }, deps)
  return issue === undefined ? undefined : keepFresh(issue, deps)
}

type AllOptions = IdentityOptions & { retryOptions: typeof RETRY }

function issueOf(settings: UpstreamCredentialSettings, options: AllOptions, { clock }: CredentialDeps) {
  switch (settings.kind) {
    case 'none':
      return undefined
    case 'file':
      return fromFile(settings.path, clock)
    case 'managed-identity':
      return fromIdentity(() => new DefaultAzureCredential(options), settings.scope)
    case 'client-credentials':
      return fromIdentity(() => application(settings, options), settings.scope)
  }
}

function application(
  { authority, tenantId, clientId, proof }: ClientCredentialSettings,
  options: AllOptions,
): TokenCredential {
  const all = { ...options, authorityHost: authority, disableInstanceDiscovery: !isPublicCloud(authority) }
  return proof.kind === 'secret'
    ? new ClientSecretCredential(tenantId, clientId, proof.secret, all)
    : new ClientAssertionCredential(tenantId, clientId, () => textIn(proof.path), all)
}

/** The others would be looked up there by name, and are not found. */
function isPublicCloud(authority: string): boolean {
  return new URL(authority).host === 'login.microsoftonline.com'
}

function fromIdentity(open: () => TokenCredential, scope: string): Issue {
  let identity = open()
  return async (afresh) => {
    // The library keeps tokens too: only a new instance asks again. Those of managed identities are kept for all of them.
    if (afresh) identity = open()
    const token = await identity.getToken(scope)
    if (token === null) throw new Error('the identity provider gave no token')
    const { refreshAfterTimestamp: renewFrom } = token
    return {
      authorization: `Bearer ${token.token}`,
      expiresAt: token.expiresOnTimestamp,
      ...(renewFrom === undefined ? {} : { renewFrom }),
    }
  }
}

/** Whoever puts another file in its place need not restart us. */
const FILE_GOOD_MS = 60_000

function fromFile(path: string, clock: () => Date): Issue {
  return async () => {
    const authorization = await textIn(path)
    if (!/^(Basic|Bearer) [A-Za-z0-9._~+/-]+=*$/.test(authorization))
      throw new Error(`${path} holds no Authorization header: Basic or Bearer, a space and one word`)
    return { authorization, expiresAt: clock().getTime() + FILE_GOOD_MS }
  }
}

async function textIn(path: string): Promise<string> {
  return (await readFile(path, 'utf8')).trim()
}
