// One alternative of one search parameter, compiled to a test over a stored value: strings, tokens, references and URIs.

import type { SearchParameterDefinition } from './definitions.ts'
import { refusal } from './refusal.ts'
import { dateTest } from './search-date.ts'
import { numberTest, quantityTest } from './search-number.ts'
import { isObject, parseTarget, type Target } from './search-value.ts'

export type ValueTest = (value: unknown) => boolean

const MODIFIERS: Record<string, readonly string[]> = {
  string: ['exact', 'contains'],
  token: ['not', 'text', 'of-type'],
  reference: ['identifier'],
  uri: ['below', 'above'],
}

/** Compiles one alternative; refuses a modifier that the parameter's type has not (R4: servers must reject those). */
export function valueTest(
  parameter: SearchParameterDefinition,
  modifier: string | undefined,
  text: string,
  baseUrl: string,
): ValueTest {
  const name = modifier ? `${parameter.code}:${modifier}` : parameter.code
  const isTypeModifier =
    parameter.type === 'reference' && modifier !== undefined && parameter.targets.includes(modifier)
  if (modifier && !isTypeModifier && !MODIFIERS[parameter.type]?.includes(modifier)) {
    throw refusal(400, 'not-supported', `The modifier :${modifier} is not supported for ${parameter.code}`)
  }
  switch (parameter.type) {
    case 'string':
      return stringTest(modifier, text)
    case 'token':
      return tokenTest(modifier, text)
    case 'reference':
      if (modifier === 'identifier') {
        const matches = tokenTest(undefined, text)
        return (value) => isObject(value) && matches(value.identifier)
      }
      return referenceTest(parameter, modifier, text, baseUrl)
    case 'uri':
      return uriTest(modifier, text)
    case 'date':
      return dateTest(name, text)
    case 'number':
      return numberTest(name, text)
    case 'quantity':
      return quantityTest(name, text)
    default:
      throw refusal(400, 'not-supported', `The parameter ${name} is not supported`)
  }
}

function stringTest(modifier: string | undefined, text: string): ValueTest {
  if (modifier === 'exact') return (value) => texts(value).includes(text)
  const wanted = folded(text)
  if (modifier === 'contains') return (value) => texts(value).some((one) => folded(one).includes(wanted))
  return (value) => texts(value).some((one) => folded(one).startsWith(wanted))
}

/** Every text inside a string, HumanName or Address. */
function texts(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  if (Array.isArray(value)) return value.flatMap(texts)
  if (!isObject(value)) return []
  return Object.entries(value).flatMap(([key, one]) => (key === 'use' || key === 'period' ? [] : texts(one)))
}

function folded(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase()
}

type Code = { system?: unknown; code: unknown }

function tokenTest(modifier: string | undefined, text: string): ValueTest {
  if (modifier === 'text') {
    const wanted = folded(text)
    return (value) => displays(value).some((one) => folded(one).startsWith(wanted))
  }
  if (modifier === 'of-type') {
    const [system, code, number] = text.split('|')
    return (value) =>
      isObject(value) && value.value === number && codes(value.type).some((c) => c.system === system && c.code === code)
  }
  const bar = text.indexOf('|')
  if (bar < 0) return (value) => codes(value).some((one) => one.code === text)
  const system = text.slice(0, bar)
  const code = text.slice(bar + 1)
  return (value) => codes(value).some((one) => (one.system ?? '') === system && (code === '' || one.code === code))
}

/** The codes that a Coding, CodeableConcept, Identifier, ContactPoint, code or boolean stands for. */
function codes(value: unknown): Code[] {
  if (!isObject(value)) return value === undefined ? [] : [{ code: String(value) }]
  if (Array.isArray(value.coding)) return value.coding.flatMap(codes)
  if ('value' in value) return [{ system: value.system, code: value.value }]
  return 'code' in value ? [{ system: value.system, code: value.code }] : []
}

function displays(value: unknown): string[] {
  if (!isObject(value)) return []
  const own = [value.text, value.display].filter((one) => typeof one === 'string')
  return Array.isArray(value.coding) ? [...own, ...value.coding.flatMap(displays)] : own
}

function referenceTest(
  parameter: SearchParameterDefinition,
  type: string | undefined,
  text: string,
  baseUrl: string,
): ValueTest {
  const bareId = /^[A-Za-z0-9.-]{1,64}$/.test(text)
  const wanted: Target = bareId ? { type: type ?? '', id: text } : parseTarget(text, baseUrl)
  const isWanted = (found: Target): boolean =>
    'url' in wanted
      ? 'url' in found && found.url === wanted.url
      : 'id' in found && found.id === wanted.id && (wanted.type === '' || found.type === wanted.type)
  if (type && 'type' in wanted && wanted.type !== type) return () => false
  return (value) => {
    const reference = referenceText(value)
    if (reference === undefined) return false
    const found = parseTarget(reference, baseUrl)
    return (
      isWanted(found) &&
      (!('type' in found) || parameter.targets.length === 0 || parameter.targets.includes(found.type))
    )
  }
}

/** The address in a Reference or canonical. */
export function referenceText(value: unknown): string | undefined {
  if (typeof value === 'string') return value
  return isObject(value) && typeof value.reference === 'string' ? value.reference : undefined
}

function uriTest(modifier: string | undefined, text: string): ValueTest {
  if (modifier === 'below') return (value) => typeof value === 'string' && value.startsWith(text)
  if (modifier === 'above') return (value) => typeof value === 'string' && text.startsWith(value)
  return (value) => value === text
}
