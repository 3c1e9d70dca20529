// Role mode (SEED-43): the app roles of a token that Entra itself issued for the API, compiled to the same Access as any
// scope. The names are those of the FHIR Proxy and of the FHIR Server for Azure. Pure.

import { type Access, type Clause, compileClause, type PersonReference } from './access.ts'
import { PERMISSIONS, parseScope, type Scope } from './scope.ts'

/** What a role gives. `letters`: of SMART's `cruds`. */
type Right = {
  letters: string
  /** Operations that have no letter. */
  operations: readonly string[] | 'all'
  /** Not limited to the patients of a person, whatever other roles there are. */
  isGlobal?: boolean
  /** Limited to what a person of this type may open. */
  persona?: PersonReference['type']
}

const right = (letters: string, ...operations: string[]): Right => ({ letters, operations })

export const ROLES: ReadonlyMap<string, Right> = new Map<string, Right>(
  Object.entries({
    Administrator: { letters: PERMISSIONS, operations: 'all', isGlobal: true },
    Reader: right('rs'),
    Writer: right('cud'),
    DataScientist: { letters: 'rs', operations: [], isGlobal: true },
    Patient: { letters: '', operations: [], persona: 'Patient' },
    Practitioner: { letters: '', operations: [], persona: 'Practitioner' },
    RelatedPerson: { letters: '', operations: [], persona: 'RelatedPerson' },
    read: right('rs'),
    readById: right('r'),
    search: right('s'),
    write: right('cu'),
    create: right('c'),
    update: right('u'),
    delete: right('d'),
    export: right('', '$export'),
    resourceValidate: right('', '$validate'),
    convertData: right('', '$convert-data'),
    import: right('', '$import'),
    reindex: right('', '$reindex'),
    globalReader: right('rs'),
    globalWriter: right('cud'),
    globalExporter: right('', '$export'),
    globalConverter: right('', '$convert-data'),
    globalImporter: right('', '$import'),
    globalAdmin: { letters: PERMISSIONS, operations: 'all', isGlobal: true },
  } satisfies Record<string, Right>),
)

export type RoleClaims = {
  /** `azp` or `appid`. */
  clientId: string
  /** Names in the token, or what an operator has them stand for. */
  roles: readonly string[]
  /** `scp`; undefined in a token of the client's own. */
  scopes: string | undefined
  /** Whom the account is linked to; only those of a type that a role names count. */
  persons: readonly PersonReference[]
}

/** The types of persons whose links must be known: none for who is not limited to them. */
export function personaTypes(roles: readonly string[]): PersonReference['type'][] {
  const rights = rightsOf(roles)
  if (rights.some(({ isGlobal }) => isGlobal)) return []
  return rights.flatMap(({ persona }) => persona ?? [])
}

/**
 * Who holds a role of persons is limited to what they may open; with none of them linked, or several, to nothing: which one
 * is meant would be a guess. SMART scopes beside roles narrow them, and give nothing by themselves (AUTHZ-24).
 */
export function compileRoles({ clientId, roles, scopes, persons }: RoleClaims): Access {
  const rights = rightsOf(roles)
  const letters = [...PERMISSIONS].filter((letter) => rights.some((one) => one.letters.includes(letter))).join('')
  const types = personaTypes(roles)
  const [person, ...others] = persons.filter(({ type }) => types.includes(type))
  const isLimited = types.length > 0
  const isNobody = isLimited && (person === undefined || others.length > 0)
  const whole: Clause = { context: isLimited ? 'user' : 'system', type: '*', permissions: letters, filter: [] }
  const asked = smartScopes(scopes ?? '')
  const clauses = asked === undefined ? [whole] : asked.flatMap((scope) => narrowed(whole, scope, person) ?? [])
  const operations = rights.some((one) => one.operations === 'all')
    ? ('all' as const)
    : new Set(rights.flatMap((one) => (one.operations === 'all' ? [] : one.operations)))
  return {
    clauses: isNobody ? [] : clauses.filter(({ permissions }) => permissions !== ''),
    who: { clientId, ...(isLimited && !isNobody && person !== undefined ? { person } : {}) },
    // Of no type in particular: they are for who may see all, and no scope says otherwise.
    operations: isLimited || asked !== undefined ? new Set() : operations,
  }
}

function rightsOf(roles: readonly string[]): Right[] {
  return roles.flatMap((role) => ROLES.get(role) ?? [])
}

function narrowed(whole: Clause, scope: Scope, person: PersonReference | undefined): Clause | undefined {
  const clause = compileClause(scope)
  // A patient scope is about one patient: who is none has none here.
  const fits = scope.context === 'user' || (scope.context === 'patient' && person?.type === 'Patient')
  if (clause === undefined || !fits) return undefined
  const permissions = [...whole.permissions].filter((letter) => clause.permissions.includes(letter)).join('')
  return { ...clause, context: whole.context, permissions }
}

const SMART = /^(patient|user|system)[/.$]/

/**
 * SMART scopes as Entra holds them, with `.` or `$` for the slash. Undefined: the token has none; those that cannot be
 * read narrow to nothing.
 */
function smartScopes(text: string): Scope[] | undefined {
  const named = text.split(' ').filter((one) => SMART.test(one))
  if (named.length === 0) return undefined
  return named.flatMap((one) => {
    const parsed = parseScope(one.replace(/^([a-z]+)[/.$]([^/.$?]+)[.$]/, '$1/$2.'))
    return parsed.ok ? [parsed.scope] : []
  })
}
