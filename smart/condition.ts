// The conditions of a narrowed scope (`?category=laboratory`), judged on a resource by our own exact evaluator (ENF-68).

import { findTokenElement } from './resource-types.ts'

/** One `parameter=value` of a scope's filter, ready to be judged and to be sent upstream. */
export type Condition = {
  parameter: string
  /** Path to the coded element below the resource. */
  path: readonly string[]
  elementType: 'CodeableConcept' | 'Coding' | 'code'
  /** Alternatives: any one is enough. */
  tokens: readonly Token[]
}

/** `system` undefined: any system; empty: no system. `code` undefined: any code of the system. */
export type Token = { system?: string; code?: string }

/**
 * @returns undefined when we cannot judge the condition exactly: a scope that carries it then grants nothing (SCP-08)
 */
export function compileCondition(resourceType: string, parameter: string, value: string): Condition | undefined {
  const element = findTokenElement(resourceType, parameter)
  // A backslash escapes separators; no code of the profiles in use needs it, so it is not worth a second reading.
  if (element === undefined || value.includes('\\')) return undefined
  const tokens: Token[] = []
  for (const text of value.split(',')) {
    const token = parseToken(text)
    // The system of a plain `code` element is implied by its binding, which we do not hold.
    if (token === undefined || (element.elementType === 'code' && token.system !== undefined)) return undefined
    tokens.push(token)
  }
  return { parameter, ...element, tokens }
}

function parseToken(text: string): Token | undefined {
  const parts = text.split('|')
  const [first = '', second] = parts
  if (parts.length > 2 || text === '' || text === '|') return undefined
  if (second === undefined) return { code: first }
  return second === '' ? { system: first } : { system: first, code: second }
}

/** As it is sent upstream, as a parameter of its own. */
export function printTokens(tokens: readonly Token[]): string {
  return tokens.map(({ system, code }) => (system === undefined ? (code ?? '') : `${system}|${code ?? ''}`)).join(',')
}

/** Any coding of any repetition may match; a missing element never does. */
export function conditionHolds(condition: Condition, resource: unknown): boolean {
  return elementsAt(resource, condition.path).some((element) =>
    codingsOf(element, condition.elementType).some((coding) =>
      condition.tokens.some((token) => matches(token, coding)),
    ),
  )
}

type Coding = { system?: unknown; code?: unknown }

function codingsOf(element: unknown, elementType: Condition['elementType']): Coding[] {
  if (elementType === 'code') return typeof element === 'string' ? [{ code: element }] : []
  return elementType === 'Coding' ? objectsOf(element) : elementsAt(element, ['coding']).flatMap(objectsOf)
}

function objectsOf(element: unknown): Coding[] {
  return typeof element === 'object' && element !== null ? [element as Coding] : []
}

function matches(token: Token, { system, code }: Coding): boolean {
  const systemMatches =
    token.system === undefined || (token.system === '' ? system === undefined : system === token.system)
  return systemMatches && (token.code === undefined ? typeof code === 'string' : code === token.code)
}

/** All values at a path, arrays flattened on the way. Only own members count. */
export function elementsAt(value: unknown, path: readonly string[]): unknown[] {
  let values: unknown[] = [value]
  for (const name of path) {
    values = values.flatMap((parent) => {
      if (typeof parent !== 'object' || parent === null || Array.isArray(parent) || !Object.hasOwn(parent, name))
        return []
      const child = (parent as Record<string, unknown>)[name]
      return Array.isArray(child) ? child : [child]
    })
  }
  return values
}
