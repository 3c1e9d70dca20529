// Settings of ours that a conversion may write, in the order of the file; and those that no older system had.

/** Of which service a setting is. */
export const GROUPS: Readonly<Record<string, readonly string[]>> = {
  'Both services': ['ISSUER', 'FHIR_BASE', 'TABLES_URL'],
  'auth-server': [
    'KEYS_SECRET_URL',
    'COOKIE_SECRETS',
    'OPERATOR_NAME',
    'ENTRA_TENANT_ID',
    'ENTRA_CLIENT_ID',
    'ENTRA_CLIENT_SECRET',
    'ENTRA_AUTHORITY',
    'IDENTITY_PROVIDERS_FILE',
    'FHIR_USER_CLAIMS',
    'LINK_DAYS',
    'OFFLINE_ACCESS_DAYS',
    'LEGACY_ADDRESSES',
  ],
  proxy: [
    'UPSTREAM_URL',
    'UPSTREAM_AUTH',
    'UPSTREAM_SCOPE',
    'UPSTREAM_TENANT_ID',
    'UPSTREAM_CLIENT_ID',
    'UPSTREAM_CLIENT_SECRET',
    'UPSTREAM_AUTHORITY',
    'UPSTREAM_CONNECTIONS',
    'PAGING_SECRET',
    'PRACTITIONER_REACH',
    'PANEL_SOURCES',
    'CONSENT_OPT_OUT_CATEGORY',
    'CONSENT_OPT_OUT_MINUTES',
    'CONSENT_OPT_OUT_EXEMPT',
    'ROLE_TENANTS',
    'ROLE_AUDIENCES',
    'ROLE_AUTHORITY',
    'ROLE_ALIASES',
    'ROLE_ALLOWED_OBJECT_IDS',
    'EXPORT_FILES_URL',
    'PROCESSORS_FILE',
    'EVENTS',
    'EVENTS_FORM',
    'EVENTS_HUB_NAME',
    'EVENTS_HUB_NAMESPACE',
  ],
}

/** What several old settings say about these is put together; of all others the first one counts. */
export const LISTS: ReadonlySet<string> = new Set([
  'ROLE_TENANTS',
  'ROLE_AUDIENCES',
  'ROLE_ALIASES',
  'ROLE_ALLOWED_OBJECT_IDS',
])

/** What has to be filled in where nothing was converted to it, and how it is come by. */
export const NEEDED: readonly (readonly [string, string])[] = [
  ['ISSUER', 'public address of the authorization server, such as https://smart.example.org'],
  ['FHIR_BASE', 'public address of the FHIR base; that of old, where apps are to keep theirs'],
  ['TABLES_URL', 'https://{account}.table.core.windows.net; the managed identity needs to read and write there'],
  ['KEYS_SECRET_URL', 'https://{vault}.vault.azure.net/secrets/{name}, with new keys: docs/operate-keys.md'],
  ['COOKIE_SECRETS', 'a new random text of at least 32 characters, from the vault'],
  ['OPERATOR_NAME', 'the organisation’s name, shown on every page'],
  ['ENTRA_CLIENT_ID', 'a new registration for signing people in: docs/connect-entra-id.md'],
  ['ENTRA_CLIENT_SECRET', 'its secret, from the vault'],
  ['UPSTREAM_URL', 'the FHIR R4 server'],
  ['PAGING_SECRET', 'a new random text of at least 32 characters, from the vault'],
]

/** As above, where people sign in with Entra ID. */
export const NEEDED_WITH_ENTRA: ReadonlySet<string> = new Set(['ENTRA_CLIENT_ID', 'ENTRA_CLIENT_SECRET'])

/** How `IDENTITY_PROVIDERS_FILE` is come by. */
export const IDENTITY_PROVIDERS = 'path of the file that names where people sign in: docs/connect-entra-id.md'
