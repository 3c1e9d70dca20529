// Numbers and quantities in searches: a searched number stands for the interval its digits imply (100 means 99.5 to 100.5).
import { refusal } from './refusal.ts'
import { comparesSpan, type Span, splitPrefix } from './search-date.ts'
import { isObject } from './search-value.ts'

export function numberTest(name: string, text: string): (value: unknown) => boolean {
  const compare = comparison(name, text)
  return (value) => typeof value === 'number' && compare(value)
}

/** `5.4`, `5.4|http://unitsofmeasure.org|mg` or `5.4||mg`. */
export function quantityTest(name: string, text: string): (value: unknown) => boolean {
  const [number = '', system, code] = text.split('|')
  const compare = comparison(name, number)
  return (value) =>
    isObject(value) &&
    typeof value.value === 'number' &&
    (!system || value.system === system) &&
    (!code || value.code === code || (!system && value.unit === code)) &&
    compare(value.value)
}

function comparison(name: string, text: string): (value: number) => boolean {
  const { prefix, rest } = splitPrefix(text)
  if (!/^[+-]?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(rest)) {
    throw refusal(400, 'invalid', `${name}: ${JSON.stringify(text)} is not a number`)
  }
  const exact = Number(rest)
  if (prefix === 'ap') {
    const slack = Math.abs(exact) * 0.1
    return (value) => value >= exact - slack && value <= exact + slack
  }
  // Only equality looks at the implied precision; order compares with the number itself.
  const wanted = prefix === 'eq' || prefix === 'ne' ? impliedInterval(rest, exact) : { start: exact, end: exact }
  return (value) => comparesSpan(prefix, { start: value, end: value }, wanted)
}

function impliedInterval(text: string, exact: number): Span {
  const decimals = /\.(\d+)/.exec(text)?.[1]?.length ?? 0
  const half = 0.5 * 10 ** -decimals
  return { start: exact - half, end: exact + half - Number.EPSILON * Math.max(1, Math.abs(exact)) }
}
