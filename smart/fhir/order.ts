// The order of a list that we put together ourselves: by id, by the time of the last change, by dates.

import { startOf } from './condition-date.ts'
import { elementsAt } from './elements.ts'
import { findDateElement } from './resource-types.ts'

export type OrderKey = {
  by: 'id' | 'date'
  /** Below the resource; any of them. */
  paths: readonly (readonly string[])[]
  /** Outermost elements of the paths, by their names in the definitions. */
  elements: readonly string[]
  isDescending: boolean
}

/** @returns undefined for a key that we cannot order by as every FHIR server would */
export function parseOrder(type: string, sort: string): OrderKey[] | undefined {
  const keys = sort.split(',').map((text) => keyOf(type, text.replace(/^-/, ''), text.startsWith('-')))
  return keys.every((key) => key !== undefined) ? keys : undefined
}

function keyOf(type: string, name: string, isDescending: boolean): OrderKey | undefined {
  if (name === '_id') return { by: 'id', paths: [['id']], elements: ['id'], isDescending }
  const date = findDateElement(type, name)
  if (date === undefined || date.isRepeated) return undefined
  return { by: 'date', paths: date.paths, elements: date.elements, isDescending }
}

/** What has no value comes last either way; equals stay as they were. */
export function inOrder<T extends { resource: unknown }>(records: readonly T[], keys: readonly OrderKey[]): T[] {
  const rows = records.map((record) => ({ record, values: keys.map((key) => sortedBy(record.resource, key)) }))
  rows.sort((a, b) => {
    for (const [at, { isDescending }] of keys.entries()) {
      const order = compare(a.values[at], b.values[at], isDescending)
      if (order !== 0) return order
    }
    return 0
  })
  return rows.map(({ record }) => record)
}

function sortedBy(resource: unknown, { by, paths }: OrderKey): string | undefined {
  const [value] = paths.flatMap((path) => elementsAt(resource, path))
  if (by === 'date') return startOf(value)
  return typeof value === 'string' ? value : undefined
}

function compare(a: string | undefined, b: string | undefined, isDescending: boolean): number {
  if (a === b) return 0
  if (a === undefined || b === undefined) return a === undefined ? 1 : -1
  return a < b === isDescending ? 1 : -1
}
