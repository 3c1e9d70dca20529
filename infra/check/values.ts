// What Bicep expressions come to, as far as that is known before anything is deployed.

/** A resource as it would be asked for. */
export class Deployed {
  readonly type: string
  readonly apiVersion: string
  readonly name: string
  readonly id: string
  readonly isExisting: boolean
  /** All that stands in its braces. */
  readonly body: Readonly<Record<string, Value>>
  readonly file: string
  readonly symbol: string

  constructor(of: Deployed) {
    this.type = of.type
    this.apiVersion = of.apiVersion
    this.name = of.name
    this.id = of.id
    this.isExisting = of.isExisting
    this.body = of.body
    this.file = of.file
    this.symbol = of.symbol
  }
}

export type Value = string | number | boolean | null | Deployed | readonly Value[] | { readonly [name: string]: Value }
export type Values = { readonly [name: string]: Value }

export function isValues(value: Value | undefined): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Deployed)
}

/** The members of a value at a path; undefined where there is none. */
export function at(value: Value | undefined, ...path: readonly string[]): Value | undefined {
  return path.reduce<Value | undefined>((inner, name) => (isValues(inner) ? inner[name] : undefined), value)
}

export function textOf(value: Value): string {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return String(value)
  throw new Error('a value that is no text stands in a text')
}
