// The settings of the FHIR Proxy that say who signs in, what tokens are, and what a role is.
import { byHand, converted, type Made, noCounterpart, notNeeded, type OldSetting } from './old-setting.ts'
import type { OldValues } from './old-values.ts'
import { as, asNumber, hostOf, isGuid, listOf } from './values.ts'

const SIGN_IN: readonly OldSetting[] = [
  converted(
    'FP-LOGIN-TENANT',
    ['ENTRA_TENANT_ID', 'ROLE_TENANTS'],
    'where people sign in: the id of the tenant, not its name',
    (value, old) => tenant(value, !signsInElsewhere(old)),
  ),
  converted(
    'FP-RBAC-TENANT-NAME',
    ['ENTRA_TENANT_ID', 'ROLE_TENANTS'],
    'the tenant of the API’s registration. People sign in there where there is no `FP-LOGIN-TENANT`',
    (value, old) => tenant(value, !old.has('FP-LOGIN-TENANT') && !signsInElsewhere(old)),
  ),
  converted(
    'FP-LOGIN-AUTHORITY',
    ['ENTRA_AUTHORITY', 'ROLE_AUTHORITY'],
    'for a national cloud',
    (value): Made | string => {
      const host = hostOf(value)
      return host === undefined
        ? 'it is no host'
        : { ENTRA_AUTHORITY: `https://${host}`, ROLE_AUTHORITY: `https://${host}` }
    },
  ),
  byHand('FP-LOGIN-POLICY', 'a B2C policy: an entry of `IDENTITY_PROVIDERS_FILE` with `kind` oidc'),
  notNeeded('FP-LOGIN-AUD-*', '`aud` is `FHIR_BASE` for every app, and checked'),
  converted(
    'FP-FHIR-USER-CLAIM',
    ['FHIR_USER_CLAIMS'],
    'the claim of the id_token that names a record',
    as('FHIR_USER_CLAIMS'),
  ),
  converted(
    'FP-LINK-DAYS',
    ['LINK_DAYS'],
    'how long a link holds; its end is kept to',
    asNumber('LINK_DAYS', { least: 1, most: 36_500 }),
  ),
  byHand(
    'FP-OIDC-ISSUER',
    'where it is not Entra: an entry of `IDENTITY_PROVIDERS_FILE`, with `client_id` and secret of a registration there',
  ),
  notNeeded('FP-OIDC-ISAAD', 'the `kind` of an entry of `IDENTITY_PROVIDERS_FILE` says it'),
  notNeeded('FP-OIDC-VALID-ISSUERS', 'an id_token is taken from the issuer that was asked, and from no other'),
  byHand('FP-OIDC-TOKEN-IDENTITY-CLAIM', '`account_claim` of the entry in `IDENTITY_PROVIDERS_FILE`'),
  noCounterpart('FP-OIDC-CUSTOM-PARMS', 'parameters of an app are not passed on to the identity provider'),
  notNeeded('FP-OIDC-JWKS', 'keys are fetched from where the issuer publishes them'),
  noCounterpart(
    'FP-OIDC-SECRETKEY',
    'tokens are verified with public keys; a shared key, or no check at all, is not offered',
  ),
  converted(
    'FP-OIDC-REFRESH-TTL-DAYS',
    ['OFFLINE_ACCESS_DAYS'],
    'counted from each use; at least 90, as certification asks',
    asNumber('OFFLINE_ACCESS_DAYS', { least: 90, most: 365 }),
  ),
  notNeeded('FP-SMART-SESSION-SCOPES', 'each person chooses on the consent page'),
]

const TOKENS: readonly OldSetting[] = [
  notNeeded('FP-ACCESS-TOKEN-SECRET', 'access tokens are signed with keys of `KEYS_SECRET_URL`: a new secret'),
  noCounterpart('FP-ACCESS-TOKEN-LIFESPAN-SECONDS', 'an hour for apps, five minutes for backend services'),
]

const ROLES: readonly OldSetting[] = [
  converted(
    ['FP-RBAC-CLIENT-ID', 'FP-RBAC-NAME', 'FP-SP-ID', 'FP-OIDC-AAD-APPID-URI', 'FP-OIDC-VALID-AUDIENCES'],
    ['ROLE_AUDIENCES'],
    'the API’s own registration: tokens that Entra issued for it stay good, in [role mode](role-mode.md). People sign in with another one',
    (value) => ({ ROLE_AUDIENCES: listOf(value).join(',') }),
  ),
  converted('FP-SP-NAME', ['ROLE_AUDIENCES'], 'the name of that registration, as `api://{name}`', (value) =>
    as('ROLE_AUDIENCES')(`api://${value.trim()}`),
  ),
  notNeeded('FP-RBAC-CLIENT-SECRET', 'nobody signs in with that registration any more'),
  role('FP-ADMIN-ROLE', 'Administrator'),
  role('FP-READER-ROLE', 'Reader'),
  role('FP-WRITER-ROLE', 'Writer'),
  role('FP-GLOBAL-ACCESS-ROLES', 'DataScientist'),
  role('FP-PATIENT-ACCESS-ROLES', 'Patient'),
  converted(
    'FP-PARTICIPANT-ACCESS-ROLES',
    ['ROLE_ALIASES'],
    '`Practitioner` and `RelatedPerson` as they are. Others were looked up by their own names: say which of the two each stands for',
    (value): Made | string => {
      const others = listOf(value).filter((name) => !['Patient', 'Practitioner', 'RelatedPerson'].includes(name))
      return others.length === 0 ? {} : 'it has roles of its own: say which kind of person each stands for'
    },
  ),
  notNeeded('FP-PARTICIPANT-ACCESS', 'it was documented and never read'),
  noCounterpart('FP-AUTHFREEPASS', 'any value of it let everyone in: nothing does here'),
]

function tenant(value: string, isForSigningIn: boolean): Made | string {
  const id = value.trim()
  if (!isGuid(id)) return 'it is a name: the id of the tenant is needed'
  return { ROLE_TENANTS: id, ...(isForSigningIn ? { ENTRA_TENANT_ID: id } : {}) }
}

/** At a provider that is no workforce tenant of Entra. */
export function signsInElsewhere(old: OldValues): boolean {
  return old.has('FP-LOGIN-POLICY') || /^(false|0|no)$/i.test(old.get('FP-OIDC-ISAAD') ?? '')
}

/** Names of their own become aliases; ours need none. */
function role(name: string, ours: string): OldSetting {
  return converted(
    name,
    ['ROLE_ALIASES'],
    `\`${ours}\` as it is; any other name with the one that it stands for`,
    (value) => {
      const aliases = listOf(value).filter((given) => given !== ours && !given.includes('='))
      return aliases.length === 0 ? {} : { ROLE_ALIASES: aliases.map((alias) => `${alias}=${ours}`).join(',') }
    },
  )
}

export const FHIR_PROXY_PEOPLE: readonly OldSetting[] = [...SIGN_IN, ...TOKENS, ...ROLES]
