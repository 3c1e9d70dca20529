// What follows from several settings of the FHIR Proxy together, or from one that is not there.
import { hasModule, MODULE_SETTINGS } from './fhir-proxy-modules.ts'
import { signsInElsewhere } from './fhir-proxy-people.ts'
import type { Derived } from './old-setting.ts'
import type { OldValues } from './old-values.ts'
import { IDENTITY_PROVIDERS } from './our-settings.ts'

export function fhirProxyDerived(old: OldValues): readonly Derived[] {
  return [upstreamAuth(old), ...reach(old), ...addresses(old), ...provider(old), ROLE_AUDIENCES]
}

/** It asked as its managed identity wherever it had no application of its own. */
function upstreamAuth(old: OldValues): Derived {
  const name = 'UPSTREAM_AUTH'
  const from = ['FS-ISMSI', 'FS-CLIENT-ID', 'FS-RESOURCE'].filter(old.has)
  if (!old.has('FS-RESOURCE') && !old.has('FS-CLIENT-ID')) return { name, from, value: 'none' }
  if (!old.has('FS-CLIENT-ID')) return { name, from, value: 'managed-identity' }
  if (old.vaulted('FS-CLIENT-ID') !== undefined && old.vaulted('FS-ISMSI') !== undefined)
    return { name, from, fill: 'managed-identity if the secret FS-ISMSI is true, else client-credentials' }
  return { name, from, value: 'client-credentials' }
}

/** Without its filter every clinician saw every patient; that is for people to decide, not for a conversion. */
function reach(old: OldValues): Derived[] {
  const isFiltered = hasModule(old, 'ParticipantFilterPostProcess')
  const from = MODULE_SETTINGS.filter(old.has)
  if (isFiltered && from.length > 0) return []
  return [
    { name: 'PRACTITIONER_REACH', from, fill: 'whose records clinicians may open: panel or all. Empty: nobody’s' },
  ]
}

/** Version 2 told apps other addresses than version 1. */
function addresses(old: OldValues): Derived[] {
  const from = ['FP-ACCESS-TOKEN-SECRET', 'FP-SP-ID', 'FP-OIDC-ISSUER'].filter(old.has)
  return from.length === 0 ? [] : [{ name: 'LEGACY_ADDRESSES', from, value: 'true' }]
}

function provider(old: OldValues): Derived[] {
  const from = ['FP-LOGIN-POLICY', 'FP-OIDC-ISAAD'].filter(old.has)
  return signsInElsewhere(old) ? [{ name: 'IDENTITY_PROVIDERS_FILE', from, fill: IDENTITY_PROVIDERS }] : []
}

const ROLE_AUDIENCES: Derived = {
  name: 'ROLE_AUDIENCES',
  from: [],
  fill: 'the API’s own registration. Leave out both this and ROLE_TENANTS where no client brings tokens of Entra itself',
}
