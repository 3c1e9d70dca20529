// JSON to be changed and written again without the loss of a digit: 70.10 stays 70.10.

/** ECMAScript's "JSON.parse source text access", which the library of TypeScript does not know yet. */
const json = JSON as unknown as {
  rawJSON(text: string): object
  parse(text: string, reviver: (key: string, value: unknown, context: { source?: string }) => unknown): unknown
}

/** @returns numbers that JavaScript would write otherwise as `{ rawJSON: '70.10' }` */
export function parseLossless(text: string): unknown {
  return json.parse(text, (_key, value, { source = '' }) =>
    typeof value === 'number' && JSON.stringify(value) !== source ? json.rawJSON(source) : value,
  )
}
