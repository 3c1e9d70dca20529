// The elements of FHIR R4's types, from the published definitions (scripts/build-r4-elements.ts).

import definitions from './r4-elements.json' with { type: 'json' }

export type ElementType = {
  /** Each name that the element can have in JSON, with the type of its value: several where there is a choice. */
  inJson: ReadonlyMap<string, string>
  isChoice: boolean
  isRepeated: boolean
}

/** `name:Type`, with `*` where it repeats; first the type that has the other elements. */
const TYPES = definitions as Readonly<Record<string, string>>

/**
 * @param type a resource or data type, or the path of an element that has elements of its own: `Observation.component`
 * @param name as in the definitions: `value` for `valueQuantity`
 * @returns undefined: R4 has no such element
 */
export function findElementType(type: string, name: string): ElementType | undefined {
  if (!Object.hasOwn(TYPES, type) || !/^[A-Za-z]+$/.test(name)) return undefined
  const [base = '', ...own] = (TYPES[type] ?? '').split(' ')
  const found = own.find((text) => text.startsWith(`${name}:`) || text.startsWith(`${name}[x]:`))
  if (found === undefined) return base === '' ? undefined : findElementType(base, name)
  const [declared = '', types = ''] = found.split(':')
  const isChoice = declared.endsWith('[x]')
  const isRepeated = types.endsWith('*')
  const names = types.replace('*', '').split(',')
  return {
    inJson: new Map(
      names.map((one) => [isChoice ? `${name}${one.charAt(0).toUpperCase()}${one.slice(1)}` : name, one]),
    ),
    isChoice,
    isRepeated,
  }
}

const MEMBERS = new Map<string, ReadonlyMap<string, string>>()

/** Every name that an element of the type can have in JSON, with the type of its value; none for what R4 does not know. */
export function membersOf(type: string): ReadonlyMap<string, string> {
  const known = MEMBERS.get(type)
  if (known !== undefined) return known
  const [base = '', ...own] = Object.hasOwn(TYPES, type) ? (TYPES[type] ?? '').split(' ') : []
  const members = new Map(base === '' ? [] : membersOf(base))
  for (const text of own) {
    const name = text.replace(/(\[x\])?:.*$/, '')
    for (const [member, of] of findElementType(type, name)?.inJson ?? []) members.set(member, of)
  }
  // Types that nobody has defined are not remembered: there is no end of them.
  if (members.size > 0) MEMBERS.set(type, members)
  return members
}
