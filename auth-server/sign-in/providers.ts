// The identity providers that settings name: an Entra tenant (ENTRA_*), and those of IDENTITY_PROVIDERS_FILE.
import { z } from 'zod'
import type { AuthServerConfig } from '../config.ts'
import { entraIdentityProvider } from './entra.ts'
import { CALLBACK_PATH, type IdentityProvider, type ProviderTraits } from './identity-provider.ts'
import { openIdProvider } from './openid.ts'

const LOOPBACK = ['localhost', '127.0.0.1', '[::1]']
/** Of the tenant in the ENTRA_ settings. */
export const ENTRA_ID = 'entra'
const url = z.url({ protocol: /^https?$/ })

const traits = {
  /** Part of its redirect URI, `{ISSUER}/callback/{id}`. Identities carry it. */
  id: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,39}$/, 'must be lower case letters, digits and hyphens')
    .refine((id) => id !== ENTRA_ID, 'is taken by the ENTRA_ settings'),
  label: z.string().min(1).max(80),
  client_id: z.string().min(1),
  client_secret: z.string().min(1).optional(),
  /** Name of the environment variable that holds the secret. */
  client_secret_env: z.string().min(1).optional(),
  domains: z.array(z.string().toLowerCase()).default([]),
}

const entra = z.strictObject({
  ...traits,
  kind: z.literal('entra'),
  tenant: z.uuid().toLowerCase(),
  authority: url.default('https://login.microsoftonline.com'),
  trust_fhir_user: z.boolean().default(true),
})

const oidc = z.strictObject({
  ...traits,
  kind: z.literal('oidc'),
  issuer: url,
  metadata_url: url.optional(),
  scopes: z
    .string()
    .refine((text) => text.split(' ').includes('openid'), 'must contain openid')
    .default('openid profile'),
  account_claim: z.string().min(1).default('sub'),
  allow_http: z.boolean().default(false),
  trust_fhir_user: z.boolean().default(false),
})

const entrySchema = z
  .discriminatedUnion('kind', [entra, oidc])
  .refine((one) => !one.client_secret !== !one.client_secret_env, {
    message: 'client_secret or client_secret_env, one of them, is needed',
    path: ['client_secret'],
  })
  .refine((one) => addressesOf(one).every((address) => isSafe(address, 'allow_http' in one && one.allow_http)), {
    message: 'must be https, or http on loopback with allow_http',
    path: ['issuer'],
  })

type Entry = z.infer<typeof entrySchema>

const fileSchema = z
  .array(entrySchema)
  .refine((all) => new Set(all.map(({ id }) => id)).size === all.length, 'two providers have one id')

/** The tenant of the ENTRA_ settings, if they are there. */
export function entraOfSettings(config: AuthServerConfig): readonly IdentityProvider[] {
  const { ENTRA_TENANT_ID: tenantId, ENTRA_CLIENT_ID: clientId, ENTRA_CLIENT_SECRET: clientSecret } = config
  if (tenantId === undefined || clientId === undefined || clientSecret === undefined) return []
  const label = config.ENTRA_LABEL ?? config.OPERATOR_NAME
  // A directory extension is written by administrators alone.
  const traits = { id: ENTRA_ID, label, callbackPath: CALLBACK_PATH, domains: [], trustsFhirUser: true }
  const settings = {
    tenantId,
    clientId,
    clientSecret,
    authority: config.ENTRA_AUTHORITY,
    redirectUri: `${config.ISSUER}${CALLBACK_PATH}`,
    ...(config.ENTRA_METADATA_URL === undefined ? {} : { metadataUrl: config.ENTRA_METADATA_URL }),
  }
  return [entraIdentityProvider(traits, settings)]
}

/**
 * @param entries what the file holds
 * @param environment where `client_secret_env` is looked up
 * @throws Error with one line per fault, none of which repeats a value
 */
export function providersOfFile(
  entries: unknown,
  issuer: string,
  environment: Readonly<Record<string, string | undefined>>,
): readonly IdentityProvider[] {
  const parsed = fileSchema.safeParse(entries)
  const faults = parsed.success
    ? parsed.data.flatMap(({ id, client_secret_env: name }) =>
        name !== undefined && !environment[name] ? [`identity provider ${id}: ${name} is not set`] : [],
      )
    : parsed.error.issues.map(({ path, message }) => `identity provider ${path.join('.')}: ${message}`)
  if (!parsed.success || faults.length > 0) throw new Error(faults.join('\n'))
  return parsed.data.map((entry) => {
    const secret = entry.client_secret ?? environment[entry.client_secret_env ?? ''] ?? ''
    return providerOf(entry, secret, issuer)
  })
}

function providerOf(entry: Entry, clientSecret: string, issuer: string): IdentityProvider {
  const callbackPath = `${CALLBACK_PATH}/${entry.id}`
  const { id, label, domains, trust_fhir_user: trustsFhirUser, client_id: clientId } = entry
  const traits: ProviderTraits = { id, label, domains, trustsFhirUser, callbackPath }
  const settings = { clientId, clientSecret, redirectUri: issuer + callbackPath }
  if (entry.kind === 'entra') {
    return entraIdentityProvider(traits, { ...settings, tenantId: entry.tenant, authority: entry.authority })
  }
  return openIdProvider(traits, {
    ...settings,
    issuer: entry.issuer,
    scopes: entry.scopes,
    accountClaim: entry.account_claim,
    allowHttp: entry.allow_http,
    ...(entry.metadata_url === undefined ? {} : { metadataUrl: entry.metadata_url }),
  })
}

function addressesOf(entry: z.infer<typeof entra> | z.infer<typeof oidc>): string[] {
  if (entry.kind === 'entra') return [entry.authority]
  return entry.metadata_url === undefined ? [entry.issuer] : [entry.issuer, entry.metadata_url]
}

function isSafe(address: string, allowHttp: boolean): boolean {
  const { protocol, hostname } = new URL(address)
  return protocol === 'https:' || (allowHttp && LOOPBACK.includes(hostname))
}
