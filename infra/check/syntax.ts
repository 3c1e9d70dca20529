// The part of the Bicep language that our files use, as a tree.

export type Expression =
  | { kind: 'literal'; value: string | number | boolean | null }
  | { kind: 'text'; parts: readonly (string | Expression)[] }
  | { kind: 'object'; entries: readonly { key: Expression; value: Expression }[] }
  | { kind: 'array'; items: readonly Expression[] }
  | { kind: 'for'; item: string; index: string | undefined; list: Expression; body: Expression }
  | { kind: 'name'; name: string; line: number }
  | { kind: 'member'; of: Expression; name: string; line: number }
  | { kind: 'index'; of: Expression; at: Expression; line: number }
  | { kind: 'call'; name: string; given: readonly Expression[]; line: number }
  | { kind: 'not'; of: Expression }
  | { kind: 'binary'; sign: string; left: Expression; right: Expression }
  | { kind: 'choice'; condition: Expression; yes: Expression; no: Expression }

export type Decorator = { name: string; given: readonly Expression[] }

/** A primitive, or the texts that it may be; `isList` of them. */
export type TypeName = { name: string; allowed: readonly string[]; isOptional: boolean; isList: boolean }

type Declared = { symbol: string; line: number; decorators: readonly Decorator[] }
export type Parameter = Declared & { kind: 'param'; type: TypeName; default: Expression | undefined }
export type Variable = Declared & { kind: 'var'; value: Expression }
export type Output = Declared & { kind: 'output'; type: TypeName; value: Expression }
export type Resource = Declared & {
  kind: 'resource'
  /** As `Microsoft.X/ys@2024-01-01`. */
  type: string
  isExisting: boolean
  condition: Expression | undefined
  body: Expression
}
export type Module = Declared & { kind: 'module'; path: string; condition: Expression | undefined; body: Expression }

export type Statement = { kind: 'targetScope'; scope: string } | Parameter | Variable | Resource | Module | Output
