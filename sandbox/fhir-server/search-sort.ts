// The order of matches: several keys, the first one deciding first; what lacks a value comes last either way.
import type { Resource } from '@medplum/fhirtypes'
import { storedSpan } from './search-date.ts'
import { referenceText } from './search-match.ts'
import type { SortKey } from './search-query.ts'
import { isObject, searchValues } from './search-value.ts'

export function sortResources<T extends Resource>(resources: T[], keys: readonly SortKey[]): T[] {
  if (keys.length === 0) return resources
  const rows = resources.map((resource) => ({ resource, values: keys.map((key) => sortValue(resource, key)) }))
  rows.sort((a, b) => {
    for (const [at, key] of keys.entries()) {
      const order = compare(a.values[at], b.values[at], key.isDescending)
      if (order !== 0) return order
    }
    return 0
  })
  return rows.map((row) => row.resource)
}

type SortValue = string | number | undefined

function sortValue(resource: Resource, key: SortKey): SortValue {
  const parameter = key.parameter(resource.resourceType)
  const value = parameter && searchValues(resource, parameter)[0]
  if (value === undefined) return undefined
  if (parameter?.type === 'date') return storedSpan(value)?.start
  if (parameter?.type === 'reference') return referenceText(value)
  if (typeof value === 'number') return value
  return isObject(value) ? objectValue(value) : String(value).toLowerCase()
}

function objectValue(value: Record<string, unknown>): SortValue {
  if (typeof value.value === 'number' || typeof value.value === 'string') return value.value
  const coding = Array.isArray(value.coding) ? (value.coding[0] as unknown) : value
  const shown = isObject(coding) ? (coding.code ?? coding.family ?? coding.text) : undefined
  return typeof shown === 'string' ? shown.toLowerCase() : undefined
}

function compare(a: SortValue, b: SortValue, isDescending: boolean): number {
  if (a === undefined || b === undefined) return a === b ? 0 : a === undefined ? 1 : -1
  const order = typeof a === 'number' && typeof b === 'number' ? a - b : String(a) < String(b) ? -1 : a === b ? 0 : 1
  return isDescending ? -order : order
}
