// Codes in the conditions of scopes: `system|code`, compared exactly (ENF-68).

import { elementsAt } from './elements.ts'
import type { TokenElement } from './resource-types.ts'

/** `system` undefined: any system; empty: no system. `code` undefined: any code of the system. */
export type Token = { kind: 'token'; elementType: TokenElement['elementType']; system?: string; code?: string }

/** @param text one alternative. Undefined: not a code that can be judged. */
export function parseToken(text: string, elementType: Token['elementType']): Token | undefined {
  const [first = '', second, ...more] = text.split('|')
  if (more.length > 0 || text === '' || text === '|') return undefined
  if (second === undefined) return { kind: 'token', elementType, code: first }
  // The system of a plain `code` element is implied by its binding, which we do not hold.
  if (elementType === 'code') return undefined
  return { kind: 'token', elementType, system: first, ...(second === '' ? {} : { code: second }) }
}

/** Any coding of the element may match. */
export function isCodedAs({ elementType, system, code }: Token, element: unknown): boolean {
  return codingsOf(element, elementType).some((coding) => {
    const systemMatches =
      system === undefined || (system === '' ? coding.system === undefined : coding.system === system)
    return systemMatches && (code === undefined ? typeof coding.code === 'string' : coding.code === code)
  })
}

type Coding = { system?: unknown; code?: unknown }

function codingsOf(element: unknown, elementType: Token['elementType']): Coding[] {
  if (elementType === 'code') return typeof element === 'string' ? [{ code: element }] : []
  return elementType === 'Coding' ? objectsOf(element) : elementsAt(element, ['coding']).flatMap(objectsOf)
}

function objectsOf(element: unknown): Coding[] {
  return typeof element === 'object' && element !== null ? [element as Coding] : []
}
