// What a JSON Patch would make of a record: worked out only to judge it, the patch itself is what goes upstream (ENF-35). So
// it must mean the same to every reader of RFC 6902: what some of them do otherwise is refused.

import { isDeepStrictEqual } from 'node:util'
import { z } from 'zod'

/** Elements of FHIR records have plain names: no escapes, and none that JavaScript keeps for itself. */
const POINTER = /^(\/(_?[A-Za-z][A-Za-z0-9]*|0|[1-9][0-9]{0,5}|-))+$/
const pointer = z
  .string()
  .max(1_000)
  .regex(POINTER)
  .refine((text) => !/\/(constructor|prototype)(\/|$)/.test(text))
const value = z.unknown().refine((given) => given !== undefined)
const operationSchema = z.union([
  z.strictObject({ op: z.enum(['add', 'replace', 'test']), path: pointer, value }),
  z.strictObject({ op: z.literal('remove'), path: pointer }),
  z.strictObject({ op: z.literal('move'), from: pointer, path: pointer }),
  z.strictObject({ op: z.literal('copy'), from: pointer, path: pointer }),
])
export const MAX_OPERATIONS = 200
const patchSchema = z.array(operationSchema).max(MAX_OPERATIONS)

type Operation = z.infer<typeof operationSchema>
/** What is done at one place, or between two of them. */
export type Change = Exclude<Operation, { op: 'copy' }>

export type Patched = { ok: true; resource: unknown } | ({ ok: false } & Unpatched)
/** `does-not-apply`: the record is not as the patch expects it. `message` is for the app's developer. */
export type Unpatched = { reason: 'malformed' | 'does-not-apply'; message: string }

/** Copies of copies double a record with every operation. */
const MAX_COPIED_CHARACTERS = 4 * 1024 * 1024

/** JSON Patch (RFC 6902). */
export function patched(stored: unknown, patch: unknown): Patched {
  const parsed = patchSchema.safeParse(patch)
  if (!parsed.success)
    return { ok: false, reason: 'malformed', message: 'The body is not a JSON Patch that can be read in one way only.' }
  const resource = structuredClone(stored)
  let copied = 0
  const isApplied = parsed.data.every((operation) => {
    if (operation.op !== 'copy') return apply(resource, operation)
    const source = find(resource, operation.from)
    copied += source === undefined ? 0 : JSON.stringify(source).length
    return source !== undefined && copied <= MAX_COPIED_CHARACTERS && add(resource, operation.path, source)
  })
  return isApplied
    ? { ok: true, resource }
    : { ok: false, reason: 'does-not-apply', message: 'The patch does not apply.' }
}

/** Whether its fate, or what it makes, tells of the record: only what sets an element of the record's own always applies. */
export function asksOfRecord(patch: unknown): boolean {
  const parsed = patchSchema.safeParse(patch)
  return parsed.success && !parsed.data.every(({ op, path }) => op === 'add' && path.lastIndexOf('/') === 0)
}

/** Changes the record. False: it is not as the change expects it, and may be half changed. */
export function apply(resource: unknown, operation: Change): boolean {
  const { path } = operation
  switch (operation.op) {
    case 'test':
      return isDeepStrictEqual(find(resource, path), operation.value)
    case 'add':
      return add(resource, path, operation.value)
    case 'remove':
      return remove(resource, path)
    case 'replace': {
      const place = placeOf(resource, path)
      if (place === undefined || valueAt(place) === undefined) return false
      place.parent[place.key] = structuredClone(operation.value)
      return true
    }
    case 'move': {
      const { from } = operation
      const moved = find(resource, from)
      return moved !== undefined && !isUnclear(from, path) && remove(resource, from) && add(resource, path, moved)
    }
  }
}

/**
 * To move into what was moved is impossible; and when an element leaves an array, a path further into that array means
 * one element to those who look before and another to those who look after.
 */
function isUnclear(from: string, path: string): boolean {
  const parent = from.slice(0, from.lastIndexOf('/') + 1)
  const isElement = /\/\d+$/.test(from)
  return (
    path.startsWith(`${from}/`) || (isElement && path.startsWith(parent) && path.slice(parent.length).includes('/'))
  )
}

type Place = { parent: Record<string, unknown>; key: string }

/** An array is indexed like any object here: that its keys are indexes of it is checked. */
function placeOf(resource: unknown, path: string): Place | undefined {
  const tokens = path.split('/').slice(1)
  const key = tokens.pop() ?? ''
  let parent = resource
  for (const token of tokens) parent = isContainer(parent) ? valueAt({ parent, key: token }) : undefined
  return isContainer(parent) ? { parent, key } : undefined
}

function isContainer(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function valueAt({ parent, key }: Place): unknown {
  if (Array.isArray(parent) && !/^\d+$/.test(key)) return undefined
  return Object.hasOwn(parent, key) ? parent[key] : undefined
}

function find(resource: unknown, path: string): unknown {
  const place = placeOf(resource, path)
  return place === undefined ? undefined : valueAt(place)
}

function add(resource: unknown, path: string, added: unknown): boolean {
  const place = placeOf(resource, path)
  if (place === undefined) return false
  const { parent, key } = place
  if (!Array.isArray(parent)) {
    if (!/^_?[A-Za-z]/.test(key)) return false
    parent[key] = structuredClone(added)
    return true
  }
  const at = key === '-' ? parent.length : Number(key)
  // A name is no index: NaN compares with nothing.
  if (!(at <= parent.length)) return false
  parent.splice(at, 0, structuredClone(added))
  return true
}

function remove(resource: unknown, path: string): boolean {
  const place = placeOf(resource, path)
  if (place === undefined || valueAt(place) === undefined) return false
  if (Array.isArray(place.parent)) place.parent.splice(Number(place.key), 1)
  else delete place.parent[place.key]
  return true
}
