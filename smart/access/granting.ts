// Which of the scopes that an app asks for it may be granted at all, before anyone consents: asked ∩ registered ∩ what the flow allows (SCP-12).
import { canBeJudged } from './access.ts'
import { type ParsedScope, parseScope, type Scope, scopeContains } from './scope.ts'

/** Scopes that carry no data: identity, context, refresh. */
export const TECHNICAL_SCOPES = [
  'openid',
  'fhirUser',
  'profile',
  'launch',
  'launch/patient',
  'launch/encounter',
  'offline_access',
  'online_access',
] as const

export type DropReason =
  | 'unknown'
  /** A filter that we could not judge exactly (SCP-08). */
  | 'not-judged'
  | 'not-registered'
  | 'system-in-a-persons-flow'
  | 'needs-a-person'
  | 'no-launch'
  | 'needs-openid'
  | 'too-long'

export type Grantable = { scopes: string[]; dropped: { scope: string; reason: DropReason }[] }

/** Far more than any app needs; longer ones cost us more than they tell (AUTHZ-18). */
const MAX_SCOPE_CHARACTERS = 32_000

/**
 * Trims a requested scope string. What is left keeps the app's own spelling and order; nothing is widened.
 *
 * @param requested the space-separated `scope` parameter
 * @param registered the client's allow list, in the same form; `patient/*.rs` allows `patient/Observation.r`
 * @param hasLaunch whether the request came with a launch: without one the `launch` scope means nothing (EHR-06)
 */
export function grantableScopes(requested: string, registered: string, hasLaunch: boolean): Grantable {
  const result: Grantable = { scopes: [], dropped: [] }
  if (requested.length > MAX_SCOPE_CHARACTERS) return { scopes: [], dropped: [{ scope: '', reason: 'too-long' }] }
  const asked = new Set(requested.split(' ').filter((scope) => scope !== ''))
  const allowed = registered.split(' ')
  const allowedClinical = allowed.map(parseScope).flatMap((parsed) => (parsed.ok ? [parsed.scope] : []))

  for (const scope of asked) {
    const reason = whyNot(scope, asked, new Set(allowed), allowedClinical, hasLaunch)
    if (reason === undefined) result.scopes.push(scope)
    else result.dropped.push({ scope, reason })
  }
  return result
}

/** The same for a client that acts for itself: `system/` scopes alone (BKS-02). */
export function grantableSystemScopes(requested: string, registered: string): Grantable {
  const result: Grantable = { scopes: [], dropped: [] }
  if (requested.length > MAX_SCOPE_CHARACTERS) return { scopes: [], dropped: [{ scope: '', reason: 'too-long' }] }
  const allowed = registered
    .split(' ')
    .map(parseScope)
    .flatMap((parsed) => (parsed.ok ? [parsed.scope] : []))
  for (const scope of new Set(requested.split(' ').filter((one) => one !== ''))) {
    const parsed = parseScope(scope)
    const isPersons = isTechnical(scope) || (parsed.ok && parsed.scope.context !== 'system')
    const reason = isPersons ? 'needs-a-person' : whyNotClinical(parsed, allowed)
    if (reason === undefined) result.scopes.push(scope)
    else result.dropped.push({ scope, reason })
  }
  return result
}

function whyNot(
  scope: string,
  asked: ReadonlySet<string>,
  allowed: ReadonlySet<string>,
  allowedClinical: readonly Scope[],
  hasLaunch: boolean,
): DropReason | undefined {
  if (isTechnical(scope)) {
    if (!allowed.has(scope)) return 'not-registered'
    if (scope === 'launch' && !hasLaunch) return 'no-launch'
    if ((scope === 'fhirUser' || scope === 'profile') && !asked.has('openid')) return 'needs-openid'
    return undefined
  }
  const parsed = parseScope(scope)
  if (parsed.ok && parsed.scope.context === 'system') return 'system-in-a-persons-flow'
  return whyNotClinical(parsed, allowedClinical)
}

function whyNotClinical(parsed: ParsedScope, allowed: readonly Scope[]): DropReason | undefined {
  if (!parsed.ok) return 'unknown'
  if (!canBeJudged(parsed.scope)) return 'not-judged'
  return allowed.some((one) => scopeContains(one, parsed.scope)) ? undefined : 'not-registered'
}

/** Whether anyone could be granted it at all: what is none of these has no place in an allow list. */
export function canBeGranted(scope: string): boolean {
  const parsed = parseScope(scope)
  return isTechnical(scope) || (parsed.ok && canBeJudged(parsed.scope))
}

export function isTechnical(scope: string): boolean {
  return (TECHNICAL_SCOPES as readonly string[]).includes(scope)
}
