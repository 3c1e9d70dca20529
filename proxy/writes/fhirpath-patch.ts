// FHIRPath Patch (R4, fhirpatch.html): what it would make of a record, worked out only to judge it. Servers differ in much of
// it. What two of them could take for different changes is refused, so that what is judged is what is done (ENF-35).

import { isDeepStrictEqual } from 'node:util'
import { z } from 'zod'
import { findElementType } from '../../smart/fhir/element-types.ts'
import {
  countsAlike,
  type FhirPath,
  type Located,
  locate,
  locateList,
  NOT_OF_R4,
  NOT_ONE,
  parseFhirPath,
} from './fhirpath.ts'
import { inElement, isOfKind, parseValue, partSchema, type Value } from './fhirpath-value.ts'
import { apply, type Change, MAX_OPERATIONS, type Patched, type Unpatched } from './patch.ts'

const parametersSchema = z.strictObject({
  resourceType: z.literal('Parameters'),
  parameter: z
    .array(z.strictObject({ name: z.literal('operation'), part: z.array(partSchema) }))
    .min(1)
    .max(MAX_OPERATIONS),
})

const path = z
  .string()
  .max(1_000)
  .transform((text) => parseFhirPath(text))
  .refine((parsed): parsed is FhirPath => parsed !== undefined)
const index = z.int().min(0)
const value = z.custom<Value>((given) => given !== undefined)
const operationSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('add'), path, name: z.string(), value }),
  z.strictObject({ type: z.literal('insert'), path, value, index }),
  z.strictObject({ type: z.literal('delete'), path }),
  z.strictObject({ type: z.literal('replace'), path, value }),
  z.strictObject({ type: z.literal('move'), path, source: index, destination: index }),
])
type Operation = z.infer<typeof operationSchema>
type Of<Type extends Operation['type']> = Extract<Operation, { type: Type }>

const MEMBERS: ReadonlyMap<string, string> = new Map([
  ['type', 'valueCode'],
  ['path', 'valueString'],
  ['name', 'valueString'],
  ['index', 'valueInteger'],
  ['source', 'valueInteger'],
  ['destination', 'valueInteger'],
])

const malformed = (message: string): Unpatched => ({ reason: 'malformed', message })
const unclear = (message: string): Unpatched => ({ reason: 'does-not-apply', message })
const UNREADABLE = malformed(
  'The body is not a FHIRPath Patch that can be read in one way only: paths are plain, and a delete comes last.',
)
const ONE_VALUE = malformed('A replacement is one value[x], of the very type of what it replaces.')
const THERE = unclear('What is added is there already.')
const AT_THE_END = unclear('An insert is ahead of an element that is there; an add puts one at the end.')
const LATER = unclear('A move is to an earlier place: of later ones not all servers mean the same.')
const TWINS = unclear('Of several elements that are alike none can be deleted by its place.')
const BY_PLACE = unclear('Not all servers count the places in this path alike: say it by where.')

export function fhirPathPatched(stored: unknown, patch: unknown): Patched {
  const operations = parse(patch)
  if (operations === undefined) return { ok: false, ...UNREADABLE }
  const resource = structuredClone(stored)
  for (const operation of operations) {
    const found = changeOf(operation, resource)
    if ('reason' in found) return { ok: false, ...found }
    if (!apply(resource, found)) return { ok: false, ...NOT_ONE }
  }
  return { ok: true, resource }
}

/** Whether its fate tells of the record: only what joins the elements of the record's own always applies. */
export function asksByFhirPath(patch: unknown): boolean {
  return parse(patch)?.every(alwaysApplies) === false
}

function alwaysApplies(operation: Operation): boolean {
  if (operation.type !== 'add' || operation.path.steps.length > 0) return false
  const { inJson, isRepeated } = findElementType(operation.path.type, operation.name) ?? { inJson: new Map() }
  // Primitive values can have members beside them.
  return isRepeated === true && [...inJson.values()].every((type) => /^[A-Z]/.test(type))
}

function parse(patch: unknown): Operation[] | undefined {
  const parsed = parametersSchema.safeParse(patch)
  if (!parsed.success) return undefined
  const operations = z.array(operationSchema).safeParse(parsed.data.parameter.map(({ part }) => membersOf(part)))
  if (!operations.success) return undefined
  // Some servers leave off after the first deletion.
  const isLast = (at: number) => at === -1 || at === operations.data.length - 1
  return isLast(operations.data.findIndex(({ type }) => type === 'delete')) ? operations.data : undefined
}

function membersOf(parts: readonly z.infer<typeof partSchema>[]): Record<string, unknown> | undefined {
  const members = parts.map((part): [string, unknown] => {
    const { name, ...rest } = part
    const isPlain = Object.keys(rest).length === 1
    return [name, name === 'value' ? parseValue(part) : isPlain ? rest[MEMBERS.get(name) ?? ''] : undefined]
  })
  const isOnce = new Set(members.map(([name]) => name)).size === members.length
  return isOnce ? Object.fromEntries(members) : undefined
}

/** The same as an operation of a JSON Patch, on the record as it is by then. */
function changeOf(operation: Operation, resource: unknown): Change | Unpatched {
  const { path } = operation
  if (path.type !== (resource as { resourceType?: unknown }).resourceType) return NOT_OF_R4
  switch (operation.type) {
    case 'add': {
      const parent = locate(resource, path)
      return 'reason' in parent ? parent : addition(parent, operation)
    }
    case 'insert': {
      const found = locateList(resource, path)
      if ('reason' in found) return found
      const held = inElement(found.element, operation.value)
      if (held === undefined) return NOT_OF_R4
      // Not all servers take the end of a list for one of its places.
      if (operation.index >= found.list.length) return AT_THE_END
      return { op: 'add', path: `${found.pointer}/${operation.index}`, value: held.json }
    }
    case 'delete': {
      const found = locate(resource, path)
      return 'reason' in found ? found : deletion(found)
    }
    case 'replace': {
      const found = locate(resource, path)
      if ('reason' in found) return found
      return countsAlike(resource, path) ? replacement(found, operation) : BY_PLACE
    }
    case 'move': {
      const found = locateList(resource, path)
      if ('reason' in found) return found
      const { source, destination } = operation
      // A later place is counted before or after the list has lost what moves: servers do not agree.
      if (source >= found.list.length || destination >= source) return LATER
      return { op: 'move', from: `${found.pointer}/${source}`, path: `${found.pointer}/${destination}` }
    }
  }
}

function addition({ type, value: parent, pointer }: Located, { name, value }: Of<'add'>): Change | Unpatched {
  const element = findElementType(type, name)
  const held = element === undefined || type === 'Resource' ? undefined : inElement(element, value)
  if (element === undefined || held === undefined) return NOT_OF_R4
  if (typeof parent !== 'object' || parent === null) return NOT_ONE
  const there = [...element.inJson.keys()].filter(
    (one) => Object.hasOwn(parent, one) || Object.hasOwn(parent, `_${one}`),
  )
  if (!element.isRepeated)
    return there.length > 0 ? THERE : { op: 'add', path: `${pointer}/${held.name}`, value: held.json }
  const list = there.length === 0 ? undefined : (parent as Record<string, unknown>)[held.name]
  if (there.length === 0) return { op: 'add', path: `${pointer}/${held.name}`, value: [held.json] }
  return Array.isArray(list) ? { op: 'add', path: `${pointer}/${held.name}/-`, value: held.json } : NOT_ONE
}

function deletion({ pointer, list, value }: Located): Change | Unpatched {
  if (pointer === '') return NOT_OF_R4
  if (list === undefined) return { op: 'remove', path: pointer }
  if (list.length === 1) return { op: 'remove', path: pointer.slice(0, pointer.lastIndexOf('/')) }
  // Some servers remove its twins with it.
  const twins = list.filter((one) => isDeepStrictEqual(one, value))
  return twins.length > 1 ? TWINS : { op: 'remove', path: pointer }
}

function replacement({ pointer, type, isChoice, above }: Located, { value }: Of<'replace'>): Change | Unpatched {
  // Some servers put parts beside what is there, and find what to replace by its type, looking down from the record.
  if (pointer === '' || 'parts' in value || above.includes(value.type)) return ONE_VALUE
  if (isChoice ? type !== value.type : !isOfKind(type, value.type)) return ONE_VALUE
  return { op: 'replace', path: pointer, value: value.value }
}
