// All that is known of a patient (ENF-27, ENF-43): one search for each type that the access can search, confined like any
// other, beside the patient's own record. Nothing of it hangs on what the FHIR server behind takes `$everything` for. Pure.

import { type Access, clausesFor } from '../access/access.ts'
import { COMPARTMENT_TYPES, type CompartmentRules, findCompartmentRow } from '../fhir/compartment.ts'
import type { Include } from '../fhir/includes.ts'
import type { Interaction, Parameter } from '../fhir/interaction.ts'
import { type Operation, onlyValue } from '../fhir/operation.ts'
import {
  findSearchParameterType,
  isResourceType,
  RESOURCE_TYPES,
  referenceParametersOf,
} from '../fhir/resource-types.ts'
import { MAX_COUNT } from '../fhir/search.ts'
import { isByTargets } from './by-targets.ts'
import { type Denial, deny, denyScope } from './deny.ts'

export type Gather = {
  kind: 'composed'
  as: 'gather'
  /** Must be visible, or there is nothing. */
  patient: Extract<Interaction, { kind: 'read' }>
  showsPatient: boolean
  /** One for each type; those that are denied give nothing. */
  searches: readonly Extract<Interaction, { kind: 'search' }>[]
  /** What comes along with each page. */
  includes: readonly Include[]
  /** About how many records make a page. */
  count: number
}

type Wanted = { count: number; types: ReadonlySet<string> | undefined; query(type: string): Parameter[] }

const DEFAULT_COUNT = 200

/** @see R4, Patient-everything: `_type`, `_since`, `_count`, and `start` and `end` over dates of care */
export function planEverything(access: Access, operation: Operation, rules: CompartmentRules): Gather | Denial {
  const known = ['_type', '_since', '_count', 'start', 'end', '_format', '_pretty']
  const wanted = parse(operation.parameters, known)
  if (wanted === undefined)
    return deny('bad-parameter', '$everything takes _type, _since, start, end and _count, each once and well formed.')
  return gather(access, operation.id ?? '', wanted, { brings: true, rules })
}

export function planCompartment(
  access: Access,
  { id, parameters }: Extract<Interaction, { kind: 'compartment' }>,
  rules: CompartmentRules,
): Gather | Denial {
  const wanted = parse(parameters, ['_type', '_since', '_count', '_format', '_pretty'])
  if (wanted === undefined)
    return deny('bad-parameter', 'A whole compartment takes _type, _since and _count, each once and well formed.')
  return gather(access, id, wanted, { brings: false, rules })
}

function gather(
  access: Access,
  id: string,
  { count, types, query }: Wanted,
  { brings, rules }: { brings: boolean; rules: CompartmentRules },
): Gather | Denial {
  if (clausesFor(access, 'Patient', 'r').length === 0) return denyScope(access, 'Patient', 'r')
  const isWanted = (type: string) => types === undefined || types.has(type)
  const mayFind = (type: string) => isWanted(type) && clausesFor(access, type, 's').length > 0
  const unscoped = [...(types ?? [])].find((type) => type !== 'Patient' && clausesFor(access, type, 's').length === 0)
  if (unscoped !== undefined) return denyScope(access, unscoped, 's')
  const found = COMPARTMENT_TYPES.filter((type) => type !== 'Patient' && mayFind(type))
  return {
    kind: 'composed',
    as: 'gather',
    patient: { kind: 'read', type: 'Patient', id, parameters: [] },
    showsPatient: isWanted('Patient'),
    searches: found.map((type) => ({
      kind: 'search',
      type,
      parameters: [about(type, id), ...query(type)],
      form: false,
    })),
    includes: brings ? includesOf(found, (type) => rules.shared.has(type) && isWanted(type), mayFind) : [],
    count,
  }
}

function about(type: string, id: string): Parameter {
  return [findCompartmentRow(type)?.parameter ?? 'patient', `Patient/${id}`]
}

/** What the records name of the types that all share, and what is known of where they come from. */
function includesOf(
  types: readonly string[],
  isShared: (type: string) => boolean,
  mayFind: (type: string) => boolean,
): Include[] {
  const named = ['Patient', ...types].flatMap((source) =>
    [...referenceParametersOf(source)].flatMap(([parameter, { targets }]) =>
      [...(targets ?? [])]
        .filter(isShared)
        .map((target): Include => ({ direction: 'forward', iterates: false, source, parameter, target })),
    ),
  )
  const about = RESOURCE_TYPES.filter((type) => isByTargets(type) && mayFind(type)).map(
    (source): Include => ({ direction: 'reverse', iterates: false, source, parameter: 'target' }),
  )
  return [...named, ...about]
}

const DAY = /^\d{4}(-\d{2}(-\d{2})?)?$/
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/

function parse(parameters: readonly Parameter[], known: readonly string[]): Wanted | undefined {
  const names = parameters.map(([name]) => name)
  if (names.some((name, at) => !known.includes(name) || names.indexOf(name) !== at)) return undefined
  const [type, since, count] = ['_type', '_since', '_count'].map((name) => onlyValue(parameters, name))
  const [start, end] = ['start', 'end'].map((name) => onlyValue(parameters, name))
  const types = type?.split(',')
  if (types?.every(isResourceType) === false) return undefined
  if (since !== undefined && !DAY.test(since) && !INSTANT.test(since)) return undefined
  if ([start, end].some((date) => date !== undefined && !DAY.test(date))) return undefined
  if (count !== undefined && !/^[1-9]\d{0,5}$/.test(count)) return undefined
  return {
    count: Math.min(Number(count ?? DEFAULT_COUNT), MAX_COUNT),
    types: types === undefined ? undefined : new Set(types),
    query: (of) => [
      ...(since === undefined ? [] : [['_lastUpdated', `ge${since}`] as const]),
      ...(start === undefined ? [] : careDate(of, `ge${start}`)),
      ...(end === undefined ? [] : careDate(of, `le${end}`)),
    ],
  }
}

/** When care was given, ordered or planned, where that is not the parameter `date`. */
const CARE_DATES: ReadonlyMap<string, string> = new Map([
  ['ChargeItem', 'occurrence'],
  ['Claim', 'created'],
  ['ClaimResponse', 'created'],
  ['Communication', 'sent'],
  ['CommunicationRequest', 'authored'],
  ['CoverageEligibilityRequest', 'created'],
  ['CoverageEligibilityResponse', 'created'],
  ['DetectedIssue', 'identified'],
  ['DeviceRequest', 'authored-on'],
  ['DocumentManifest', 'created'],
  ['ExplanationOfBenefit', 'created'],
  ['ImagingStudy', 'started'],
  ['Media', 'created'],
  ['MedicationAdministration', 'effective-time'],
  ['MedicationDispense', 'whenhandedover'],
  ['MedicationRequest', 'authoredon'],
  ['MedicationStatement', 'effective'],
  ['NutritionOrder', 'datetime'],
  ['QuestionnaireResponse', 'authored'],
  ['RequestGroup', 'authored'],
  ['ServiceRequest', 'authored'],
  ['Specimen', 'collected'],
  ['Task', 'authored-on'],
  ['VisionPrescription', 'datewritten'],
])

/** Records without a date of care of their own, such as conditions, goals and coverage, come whatever the time. */
function careDate(type: string, value: string): Parameter[] {
  const parameter = CARE_DATES.get(type) ?? 'date'
  return findSearchParameterType(type, parameter) === 'date' ? [[parameter, value]] : []
}
