// Launch context: what an app learns beside its token, bound to one grant and told again at every refresh.
// SMART App Launch 2.2, "Launch context arrives with your access_token".
import { parseScope } from './access/scope.ts'

/** A reference to more context than patient and encounter (TOK-10 to TOK-13). */
export type FhirContextItem = {
  reference?: string
  canonical?: string
  identifier?: unknown
  type?: string
  role?: string
}

export type LaunchContext = {
  /** Plain id, never `Patient/…`. */
  patient?: string
  encounter?: string
  fhirContext?: readonly FhirContextItem[]
  intent?: string
  need_patient_banner?: boolean
  smart_style_url?: string
  tenant?: string
}

/** What is kept with a grant: its context, and who acts. */
export type GrantContext = LaunchContext & {
  /** Relative reference of the record that the person acts as. */
  person: string
  /** Absolute URL of the same, in id_tokens. */
  fhirUser: string
}

/**
 * The context members of a token answer, from what was granted: a grant without a scope that needs a patient tells none (TOK-21).
 *
 * @param scopes as granted, one string each
 */
export function tokenAnswerMembers(context: GrantContext, scopes: readonly string[]): LaunchContext {
  const hasLaunch = scopes.includes('launch')
  const told: LaunchContext = {}
  if (context.patient !== undefined && needsPatient(scopes)) told.patient = context.patient
  if (context.encounter !== undefined && (hasLaunch || scopes.includes('launch/encounter'))) {
    told.encounter = context.encounter
  }
  if (!hasLaunch) return told
  const { fhirContext, intent, need_patient_banner, smart_style_url, tenant } = context
  return {
    ...told,
    ...(fhirContext === undefined ? {} : { fhirContext }),
    ...(intent === undefined ? {} : { intent }),
    ...(need_patient_banner === undefined ? {} : { need_patient_banner }),
    ...(smart_style_url === undefined ? {} : { smart_style_url }),
    ...(tenant === undefined ? {} : { tenant }),
  }
}

/** Whether these scopes cannot be granted without one patient fixed (CTX-02). */
export function needsPatient(scopes: readonly string[]): boolean {
  return scopes.some((scope) => scope === 'launch' || scope === 'launch/patient' || isOfPatient(scope))
}

/** In its long form too (SCP-14). */
function isOfPatient(text: string): boolean {
  const parsed = parseScope(text)
  return parsed.ok && parsed.scope.context === 'patient'
}
