// What a credential allows, compiled: a list of clauses plus who acts and for whom. Deciding on a request is plan.ts.

import { type Condition, compileCondition, isRecord } from '../fhir/condition.ts'
import { isId } from '../fhir/reference.ts'
import { isResourceType } from '../fhir/resource-types.ts'
import { parseScope, type Scope, type ScopeContext } from './scope.ts'

/** One line of an access. All its conditions hold for each of its letters (SCP-07). */
export type Clause = {
  /** `self`: the record of the person who acts, whatever their reach. */
  context: ScopeContext | 'self'
  type: string
  permissions: string
  filter: readonly Condition[]
}

export type Access = {
  clauses: readonly Clause[]
  /** The client, and the persona that acts through it; no person: the client acts for itself. */
  who: { clientId: string; person?: PersonReference }
  /** Id of the patient in the launch context. Only patient clauses use it. */
  patient?: string
  /** Id of the visit in the launch context. It opens nothing: records may refer to it. */
  encounter?: string
  /** Operations that roles allow (role mode); undefined: scopes decide. */
  operations?: 'all' | ReadonlySet<string>
}

export type PersonReference = { type: 'Patient' | 'Practitioner' | 'RelatedPerson'; id: string }

/** The members of a verified access token that decide. */
export type AccessClaims = { client_id: string; scope: string; patient?: string; encounter?: string; person?: string }

/** @param text relative reference, as in the claim `person` */
export function parsePerson(text: string): PersonReference | undefined {
  const [type, id = '', ...rest] = text.split('/')
  if (rest.length > 0 || !isId(id)) return undefined
  return type === 'Patient' || type === 'Practitioner' || type === 'RelatedPerson' ? { type, id } : undefined
}

/**
 * Scopes that we do not know, cannot parse or cannot judge give nothing. System clauses are for clients that act for
 * themselves: beside a person or a patient they are dropped, so that a user's token can never reach everyone's data.
 */
export function compileAccess(claims: AccessClaims): Access {
  const person = claims.person === undefined ? undefined : parsePerson(claims.person)
  const patient = claims.patient !== undefined && isId(claims.patient) ? claims.patient : undefined
  const encounter = claims.encounter !== undefined && isId(claims.encounter) ? claims.encounter : undefined
  const forItself = claims.person === undefined && claims.patient === undefined
  const usable: Record<ScopeContext, boolean> = {
    patient: patient !== undefined,
    user: person !== undefined,
    system: forItself,
  }

  const clauses: Clause[] = []
  for (const text of claims.scope.split(' ')) {
    const parsed = parseScope(text)
    const clause = parsed.ok && usable[parsed.scope.context] ? compileClause(parsed.scope) : undefined
    if (clause !== undefined) clauses.push(clause)
    if (text === 'fhirUser' && person?.type === 'Practitioner') clauses.push(ownRecord(person))
  }
  return {
    clauses,
    who: { clientId: claims.client_id, ...(person === undefined ? {} : { person }) },
    ...(patient === undefined ? {} : { patient }),
    ...(encounter === undefined ? {} : { encounter }),
  }
}

/**
 * A clinician's own record, which `fhirUser` points at, can be read with it (OID-03). Those of patients and relatives hold
 * health data: they need a scope that says so.
 */
function ownRecord({ type, id }: PersonReference): Clause {
  return { context: 'self', type, permissions: 'r', filter: [isRecord(id)] }
}

/** When a record last changed cannot be promised by whoever is about to change it. */
/** Undefined when records cannot be held against the scope's filter. */
export function compileClause({ context, type, permissions, filter }: Scope): Clause | undefined {
  const conditions: Condition[] = []
  for (const [parameter, value] of filter) {
    const condition = compileCondition(type, parameter, value)
    if (condition === undefined || (parameter === '_lastUpdated' && /[cu]/.test(permissions))) return undefined
    conditions.push(condition)
  }
  return { context, type, permissions, filter: conditions }
}

/** Whether we can hold every record against the scope's filter; if not it must not be granted (SCP-08). */
export function canBeJudged(scope: Scope): boolean {
  return compileClause(scope) !== undefined
}

/** Whether roles allow an operation; undefined where scopes decide. */
export function rolesAllow({ operations }: Access, name: string): boolean | undefined {
  return operations === undefined ? undefined : operations === 'all' || operations.has(name)
}

/** The clauses that speak of a letter on a type. */
export function clausesFor(access: Access, type: string, letter: string): Clause[] {
  if (!isResourceType(type)) return []
  return access.clauses.filter(
    (clause) => (clause.type === '*' || clause.type === type) && clause.permissions.includes(letter),
  )
}
