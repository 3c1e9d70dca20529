// Settings that say how the FHIR server behind is reached, and as whom.

import { z } from 'zod'
import type { UpstreamCredentialSettings } from '../upstream/upstream-identity.ts'
import { normalUrl, positive } from './setting-types.ts'

const text = z.string().min(1).optional()

export const upstreamSettings = {
  /** FHIR base URL of the server behind this proxy. Never shown to anyone. */
  UPSTREAM_URL: normalUrl,
  /** How the upstream may take to begin its answer, and pause in it, in milliseconds. Default 30 000; then 504. */
  UPSTREAM_TIMEOUT_MS: positive.default(30_000),
  /** Most connections to the upstream; further requests wait for one. Default 64. */
  UPSTREAM_CONNECTIONS: positive.default(64),
  /**
   * As whom the upstream is asked: none, managed-identity (workload identity where it is set up), client-credentials (of
   * an Entra application) or file (what the Authorization header is to say). Default none. Never as the caller.
   */
  UPSTREAM_AUTH: z.enum(['none', 'managed-identity', 'client-credentials', 'file']).default('none'),
  /** What tokens for the upstream are asked for. Default: its origin, with /.default. */
  UPSTREAM_SCOPE: text,
  /** The application that asks for client credentials, and its directory. */
  UPSTREAM_TENANT_ID: text,
  UPSTREAM_CLIENT_ID: text,
  /** What it proves itself with: a secret, or a file that holds a signed assertion and is read for each token. */
  UPSTREAM_CLIENT_SECRET: text,
  UPSTREAM_CLIENT_ASSERTION_FILE: text,
  /** Where it asks. Default https://login.microsoftonline.com. */
  UPSTREAM_AUTHORITY: z.url({ protocol: /^https$/ }).default('https://login.microsoftonline.com'),
  /** File with the Authorization header for the upstream, as `Bearer …` or `Basic …`; read again each minute. */
  UPSTREAM_AUTHORIZATION_FILE: text,
  /** Where the upstream keeps the files of bulk exports, if not below its own address: a storage container's URL. */
  EXPORT_FILES_URL: normalUrl.optional(),
  /** As whom they are fetched: none or managed-identity. Default managed-identity. */
  EXPORT_FILES_AUTH: z.enum(['none', 'managed-identity']).default('managed-identity'),
  /** Whether credentials may go to an http address of another machine. Default false. */
  ALLOW_INSECURE_UPSTREAM: z.enum(['true', 'false']).default('false'),
}

export type UpstreamSettingsGiven = z.infer<z.ZodObject<typeof upstreamSettings>>

/** What is wrong with the settings together, each with the setting to look at. */
export function faultsOfUpstream(given: UpstreamSettingsGiven): { path: string; message: string }[] {
  const { UPSTREAM_AUTH: auth, UPSTREAM_URL: url } = given
  const needed = (name: keyof UpstreamSettingsGiven) =>
    given[name] === undefined ? [{ path: name, message: `is needed for UPSTREAM_AUTH=${auth}` }] : []
  const faults: { path: string; message: string }[] = []
  if (auth === 'client-credentials') {
    faults.push(...needed('UPSTREAM_TENANT_ID'), ...needed('UPSTREAM_CLIENT_ID'))
    if ((given.UPSTREAM_CLIENT_SECRET === undefined) === (given.UPSTREAM_CLIENT_ASSERTION_FILE === undefined))
      faults.push({
        path: 'UPSTREAM_CLIENT_SECRET',
        message: 'either this or UPSTREAM_CLIENT_ASSERTION_FILE is needed',
      })
  }
  if (auth === 'file') faults.push(...needed('UPSTREAM_AUTHORIZATION_FILE'))
  const isReadable = (address: string) => !isPrivate(new URL(address)) && given.ALLOW_INSECURE_UPSTREAM !== 'true'
  const message = 'must be https: credentials would be readable on the way'
  if (auth !== 'none' && isReadable(url)) faults.push({ path: 'UPSTREAM_URL', message })
  const { EXPORT_FILES_URL: files, EXPORT_FILES_AUTH: filesAuth } = given
  if (files !== undefined && filesAuth !== 'none' && isReadable(files))
    faults.push({ path: 'EXPORT_FILES_URL', message })
  return faults
}

export function credentialSettingsOf(given: UpstreamSettingsGiven): UpstreamCredentialSettings {
  const scope = given.UPSTREAM_SCOPE ?? `${new URL(given.UPSTREAM_URL).origin}/.default`
  switch (given.UPSTREAM_AUTH) {
    case 'none':
      return { kind: 'none' }
    case 'managed-identity':
      return { kind: 'managed-identity', scope }
    case 'file':
      return { kind: 'file', path: given.UPSTREAM_AUTHORIZATION_FILE ?? '' }
    case 'client-credentials':
      return {
        kind: 'client-credentials',
        scope,
        authority: given.UPSTREAM_AUTHORITY,
        tenantId: given.UPSTREAM_TENANT_ID ?? '',
        clientId: given.UPSTREAM_CLIENT_ID ?? '',
        proof:
          given.UPSTREAM_CLIENT_SECRET === undefined
            ? { kind: 'assertion', path: given.UPSTREAM_CLIENT_ASSERTION_FILE ?? '' }
            : { kind: 'secret', secret: given.UPSTREAM_CLIENT_SECRET },
      }
  }
}

/** Undefined: below the upstream's own address. */
export function exportFilesOf(given: UpstreamSettingsGiven): ExportFilesConfig | undefined {
  const { EXPORT_FILES_URL: url, EXPORT_FILES_AUTH: auth } = given
  if (url === undefined) return undefined
  return {
    url,
    credential: auth === 'none' ? { kind: 'none' } : { kind: auth, scope: 'https://storage.azure.com/.default' },
  }
}

export type ExportFilesConfig = { url: string; credential: UpstreamCredentialSettings }

function isPrivate({ protocol, hostname }: URL): boolean {
  return protocol === 'https:' || hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d+){3}$/.test(hostname)
}
