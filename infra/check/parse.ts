// Bicep tokens to a tree, strictly: what is not understood is an error that names its line.

import type { Decorator, Expression, Statement, TypeName } from './syntax.ts'
import { type Token, tokensOf } from './tokens.ts'

const BINARY: readonly (readonly string[])[] = [
  ['??'],
  ['||'],
  ['&&'],
  ['==', '!=', '=~'],
  ['<', '>', '<=', '>='],
  ['+', '-'],
  ['*', '/', '%'],
]
const PRIMITIVES = ['string', 'int', 'bool', 'object', 'array']

/** @throws Error with the line of the first fault */
export function parseBicep(text: string): Statement[] {
  const parser = new Parser(tokensOf(text))
  const statements: Statement[] = []
  for (parser.skipLines(); !parser.isAtEnd(); parser.skipLines()) statements.push(parser.statement())
  return statements
}

class Parser {
  readonly #tokens: readonly Token[]
  #at = 0
  /** Within brackets of calls and groups a line may end anywhere. */
  #depth = 0

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens
  }

  statement(): Statement {
    const decorators: Decorator[] = []
    while (this.#take('@')) {
      const name = this.#word()
      decorators.push({ name, given: this.#given() })
      this.skipLines()
    }
    const { line } = this.#next
    const kind = this.#word()
    const statement = this.#declared(kind, { line, decorators })
    if (!this.isAtEnd()) this.#expectKind('newline')
    return statement
  }

  #declared(kind: string, above: { line: number; decorators: Decorator[] }): Statement {
    if (kind === 'targetScope') {
      this.#expect('=')
      return { kind, scope: this.#plainText() }
    }
    const declared = { ...above, symbol: this.#word() }
    switch (kind) {
      case 'param': {
        const type = this.#type()
        return { kind, ...declared, type, default: this.#take('=') ? this.expression() : undefined }
      }
      case 'var':
        this.#expect('=')
        return { kind, ...declared, value: this.expression() }
      case 'output': {
        const type = this.#type()
        this.#expect('=')
        return { kind, ...declared, type, value: this.expression() }
      }
      case 'resource': {
        const type = this.#plainText()
        const isExisting = this.#take('existing')
        return { kind, ...declared, type, isExisting, ...this.#body() }
      }
      case 'module':
        return { kind, ...declared, path: this.#plainText(), ...this.#body() }
      default:
        return this.#fail(`a statement that begins with ${kind}`)
    }
  }

  #body(): { condition: Expression | undefined; body: Expression } {
    this.#expect('=')
    if (!this.#take('if')) return { condition: undefined, body: this.expression() }
    this.#expect('(')
    const condition = this.#grouped(() => this.expression())
    this.#expect(')')
    return { condition, body: this.expression() }
  }

  #type(): TypeName {
    const allowed: string[] = []
    if (this.#next.kind === 'string') {
      do allowed.push(this.#plainText())
      while (this.#take('|'))
    }
    const name = allowed.length > 0 ? 'string' : this.#word()
    if (!PRIMITIVES.includes(name)) this.#fail(`the type ${name}`)
    const isList = this.#take('[') && this.#expect(']')
    return { name, allowed, isList, isOptional: this.#take('?') }
  }

  expression(): Expression {
    const condition = this.#binary(0)
    if (!this.#continues('?')) return condition
    this.skipLines()
    const yes = this.expression()
    if (!this.#continues(':')) this.#fail('a choice without :')
    this.skipLines()
    return { kind: 'choice', condition, yes, no: this.expression() }
  }

  #binary(level: number): Expression {
    const signs = BINARY[level]
    if (signs === undefined) return this.#unary()
    let left = this.#binary(level + 1)
    for (;;) {
      const sign = signs.find((one) => this.#continues(one))
      if (sign === undefined) return left
      this.skipLines()
      left = { kind: 'binary', sign, left, right: this.#binary(level + 1) }
    }
  }

  #unary(): Expression {
    if (this.#take('!')) return { kind: 'not', of: this.#unary() }
    let one = this.#primary()
    for (;;) {
      const { line } = this.#next
      if (this.#take('.')) one = { kind: 'member', of: one, name: this.#word(), line }
      else if (this.#take('[')) {
        one = { kind: 'index', of: one, at: this.expression(), line }
        this.#expect(']')
      } else if (!this.#isMark('!') || !this.#take('!')) return one
    }
  }

  #primary(): Expression {
    const token = this.#next
    if (token.kind === 'number') {
      this.#at++
      return { kind: 'literal', value: token.value }
    }
    if (token.kind === 'string') return this.#text()
    if (this.#take('(')) {
      const one = this.#grouped(() => this.expression())
      this.#expect(')')
      return one
    }
    if (this.#take('{')) return this.#object()
    if (this.#take('[')) return this.#array()
    const name = this.#word()
    if (name === 'true' || name === 'false') return { kind: 'literal', value: name === 'true' }
    if (name === 'null') return { kind: 'literal', value: null }
    if (!this.#isMark('(')) return { kind: 'name', name, line: token.line }
    return { kind: 'call', name, given: this.#given(), line: token.line }
  }

  #text(): Expression {
    const token = this.#next
    if (token.kind !== 'string') return this.#fail('what should be a text')
    this.#at++
    const parts = token.parts.map((part) => {
      if (typeof part === 'string') return part
      const inner = new Parser(part)
      const one = inner.expression()
      return inner.isAtEnd() ? one : inner.#fail('an interpolation')
    })
    const [only] = parts
    return parts.length === 1 && typeof only === 'string' ? { kind: 'literal', value: only } : { kind: 'text', parts }
  }

  #object(): Expression {
    const depth = this.#depth
    this.#depth = 0
    const entries: { key: Expression; value: Expression }[] = []
    for (this.skipLines(); !this.#take('}'); this.#endOfItem('}')) {
      const key = this.#next.kind === 'string' ? this.#text() : ({ kind: 'literal', value: this.#word() } as const)
      this.#expect(':')
      entries.push({ key, value: this.expression() })
    }
    this.#depth = depth
    return { kind: 'object', entries }
  }

  #array(): Expression {
    const depth = this.#depth
    this.#depth = 0
    const items: Expression[] = []
    this.skipLines()
    if (this.#take('for')) {
      const isPair = this.#take('(')
      const item = this.#word()
      const index = isPair && this.#expect(',') ? this.#word() : undefined
      if (isPair) this.#expect(')')
      if (this.#word() !== 'in') this.#fail('a loop')
      const list = this.expression()
      this.#expect(':')
      this.skipLines()
      const body = this.expression()
      this.skipLines()
      this.#expect(']')
      this.#depth = depth
      return { kind: 'for', item, index, list, body }
    }
    for (; !this.#take(']'); this.#endOfItem(']')) items.push(this.expression())
    this.#depth = depth
    return { kind: 'array', items }
  }

  #endOfItem(closing: string): void {
    if (this.#isMark(closing)) return
    if (!this.#take(',') && this.#next.kind !== 'newline') this.#fail('what follows an item')
    this.skipLines()
  }

  #given(): Expression[] {
    const given: Expression[] = []
    this.#expect('(')
    this.#grouped(() => {
      while (!this.#isMark(')')) {
        given.push(this.expression())
        this.skipLines()
        if (!this.#isMark(')')) this.#expect(',')
        this.skipLines()
      }
    })
    this.#expect(')')
    return given
  }

  #grouped<T>(inner: () => T): T {
    this.#depth++
    this.skipLines()
    const result = inner()
    this.skipLines()
    this.#depth--
    return result
  }

  skipLines(): void {
    while (this.#next.kind === 'newline') this.#at++
  }

  isAtEnd(): boolean {
    return this.#next.kind === 'end'
  }

  /** A sign of two operands may stand at the beginning of the next line. */
  #continues(sign: string): boolean {
    const start = this.#at
    if (this.#depth > 0 || sign === '?' || sign === ':') this.skipLines()
    if (this.#isMark(sign) && this.#take(sign)) return true
    this.#at = start
    return false
  }

  get #next(): Token {
    return this.#tokens[this.#at] ?? { kind: 'end', text: '', line: 0 }
  }

  #isMark(text: string): boolean {
    return this.#next.kind === 'mark' && this.#next.text === text
  }

  #take(text: string): boolean {
    if ((this.#next.kind !== 'mark' && this.#next.kind !== 'word') || this.#next.text !== text) return false
    this.#at++
    return true
  }

  #expect(text: string): true {
    return this.#take(text) || this.#fail(`${this.#next.text || 'the end'} where ${text} should be`)
  }

  #expectKind(kind: Token['kind']): void {
    if (this.#next.kind !== kind) this.#fail(`${this.#next.text} after the end of a statement`)
    this.#at++
  }

  #word(): string {
    const { kind, text } = this.#next
    if (kind !== 'word') return this.#fail(`${text || 'the end'} where a word should be`)
    this.#at++
    return text
  }

  #plainText(): string {
    const text = this.#text()
    return text.kind === 'literal' ? String(text.value) : this.#fail('an interpolation')
  }

  #fail(what: string): never {
    throw new Error(`line ${this.#next.line}: ${what} is not understood`)
  }
}
