// The SMART configuration document and the older security block of a CapabilityStatement: one source for both (DISC).

import { TECHNICAL_SCOPES } from './access/granting.ts'

/** Paths of the authorization server, below its issuer. Both services are built on these. */
export const ENDPOINTS = {
  authorization: '/auth',
  token: '/token',
  jwks: '/jwks',
  introspection: '/token/introspection',
  revocation: '/token/revocation',
  management: '/apps',
  registration: '/register',
} as const

export type DiscoverySettings = {
  /** Issuer URL, exactly as in tokens, without a slash at the end. */
  issuer: string
  /** FHIR base URL that clients use, without a slash at the end. */
  fhirBase: string
  /** Whether clients may register themselves (RFC 7591). */
  registration?: boolean
  /** The brand bundle that lists this service, and the identifier of our organisation in it (DISC-17). */
  brands?: { bundle: string; identifier?: { system?: string; value: string } }
}

/** Only what is truly switched on (DISC-08): a test kit, and an app, will try each of them. */
const CAPABILITIES = [
  'launch-ehr',
  'launch-standalone',
  'authorize-post',
  'client-public',
  'client-confidential-symmetric',
  'client-confidential-asymmetric',
  'sso-openid-connect',
  'context-banner',
  'context-style',
  'context-ehr-patient',
  'context-ehr-encounter',
  'context-standalone-patient',
  'context-standalone-encounter',
  'permission-offline',
  'permission-online',
  'permission-patient',
  'permission-user',
  'permission-v1',
  'permission-v2',
] as const

/** Examples, not the whole set: any type and, for reading, any letters of `rs` may be asked for (DISC-12). */
const SCOPES = [
  ...TECHNICAL_SCOPES,
  'patient/*.rs',
  'patient/*.read',
  'user/*.rs',
  'user/*.read',
  'system/*.rs',
] as const

/** The document at `{fhirBase}/.well-known/smart-configuration`. */
export function smartConfiguration({ issuer, registration, brands }: DiscoverySettings): Record<string, unknown> {
  return {
    issuer,
    jwks_uri: issuer + ENDPOINTS.jwks,
    authorization_endpoint: issuer + ENDPOINTS.authorization,
    token_endpoint: issuer + ENDPOINTS.token,
    introspection_endpoint: issuer + ENDPOINTS.introspection,
    revocation_endpoint: issuer + ENDPOINTS.revocation,
    management_endpoint: issuer + ENDPOINTS.management,
    ...(registration ? { registration_endpoint: issuer + ENDPOINTS.registration } : {}),
    grant_types_supported: ['authorization_code', 'refresh_token', 'client_credentials'],
    response_types_supported: ['code'],
    code_challenge_methods_supported: ['S256'],
    // RFC 9207: whoever knows this document alone takes no answer without our name in it.
    authorization_response_iss_parameter_supported: true,
    token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post', 'private_key_jwt'],
    token_endpoint_auth_signing_alg_values_supported: ['RS384', 'ES384'],
    scopes_supported: [...SCOPES],
    capabilities: [...CAPABILITIES],
    ...(brands === undefined ? {} : { user_access_brand_bundle: brands.bundle }),
    ...(brands?.identifier === undefined ? {} : { user_access_brand_identifier: brands.identifier }),
  }
}

const OAUTH_URIS = 'http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris'
const SECURITY_SERVICE = 'http://terminology.hl7.org/CodeSystem/restful-security-service'

/** `rest[0].security` of the CapabilityStatement: deprecated in SMART 2, still what v1 clients read (DISC-22). */
export function smartSecurity({ issuer, registration }: DiscoverySettings): Record<string, unknown> {
  const uris: [string, string][] = [
    ['authorize', ENDPOINTS.authorization],
    ['token', ENDPOINTS.token],
    ['introspect', ENDPOINTS.introspection],
    ['revoke', ENDPOINTS.revocation],
    ['manage', ENDPOINTS.management],
    ...(registration ? [['register', ENDPOINTS.registration] as [string, string]] : []),
  ]
  return {
    // CORS is open on all FHIR routes (DISC-18).
    cors: true,
    service: [{ coding: [{ system: SECURITY_SERVICE, code: 'SMART-on-FHIR' }], text: 'OAuth2 using SMART on FHIR' }],
    extension: [{ url: OAUTH_URIS, extension: uris.map(([url, path]) => ({ url, valueUri: issuer + path })) }],
  }
}
