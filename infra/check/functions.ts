// Bicep's functions that our files call. Anything else is refused, above all what would read a key: listKeys and its kin.

import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isValues, textOf, type Value, type Values } from './values.ts'

export const SUBSCRIPTION = '11111111-1111-4111-8111-111111111111'
const TENANT = '22222222-2222-4222-8222-222222222222'

/** @param folder of the file that calls */
export type Function = (given: readonly Value[], folder: string) => Value

const digest = (given: readonly Value[]) => createHash('sha256').update(given.map(textOf).join('\n')).digest('hex')
const text = (given: readonly Value[], place = 0): string => textOf(given[place] ?? null)

export const FUNCTIONS: Readonly<Record<string, Function>> = {
  // A letter first and thirteen in all, as Azure's.
  uniqueString: (given) => `u${digest(given).slice(0, 12)}`,
  guid: (given) => digest(given).replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/, '$1-$2-4$3-8$4-$5'),
  empty: ([one = null]) => one === null || one === '' || (Array.isArray(one) ? one : Object.keys(one)).length === 0,
  concat: (given) => given.flatMap((one): readonly Value[] => (Array.isArray(one) ? one : mustBe('a list'))),
  union: (given) => Object.assign({}, ...given.map((one): Values => (isValues(one) ? one : mustBe('an object')))),
  items: ([one]) => Object.entries(isValues(one) ? one : mustBe('an object')).map(([key, value]) => ({ key, value })),
  json: (given) => JSON.parse(text(given)),
  toLower: (given) => text(given).toLowerCase(),
  take: (given) => text(given).slice(0, Number(given[1])),
  replace: (given) => text(given).replaceAll(text(given, 1), text(given, 2)),
  string: (given) => text(given),
  loadTextContent: (given, folder) => readFileSync(join(folder, text(given)), 'utf8'),
  loadJsonContent: (given, folder) => JSON.parse(readFileSync(join(folder, text(given)), 'utf8')),
  subscription: () => ({ subscriptionId: SUBSCRIPTION }),
  subscriptionResourceId: (given) => `/subscriptions/${SUBSCRIPTION}/providers/${text(given)}/${text(given, 1)}`,
  tenant: () => ({ tenantId: TENANT }),
}

export function groupId(name: string): string {
  return `/subscriptions/${SUBSCRIPTION}/resourceGroups/${name}`
}

function mustBe(what: string): never {
  throw new Error(`${what} is needed here`)
}
