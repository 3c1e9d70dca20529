// Works out a Bicep file and its modules for given parameters: which resources would be asked for, with what in them.

import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { FUNCTIONS, groupId } from './functions.ts'
import { parseBicep } from './parse.ts'
import { toldOf } from './runtime.ts'
import type { Expression, Module, Parameter, Resource, Statement, TypeName } from './syntax.ts'
import { at, Deployed, isValues, textOf, type Value, type Values } from './values.ts'

export type Outcome = { resources: Deployed[]; outputs: Values }

/** A module or resource whose condition is false. */
const ABSENT = Symbol('absent')
type Worked = Value | typeof ABSENT

export function readBicep(file: string): Statement[] {
  try {
    return parseBicep(readFileSync(file, 'utf8'))
  } catch (error) {
    throw new Error(`${file}: ${(error as Error).message}`)
  }
}

/** @throws Error naming the file and what is wrong */
export function work(file: string, given: Values): Outcome {
  return new Program(file, given).outcome()
}

class Program {
  readonly #file: string
  readonly #statements: readonly Statement[]
  readonly #given: Values
  readonly #worked = new Map<string, Worked | 'begun'>()
  readonly #resources: Deployed[] = []

  constructor(file: string, given: Values) {
    this.#file = file
    this.#given = given
    this.#statements = readBicep(file)
  }

  outcome(): Outcome {
    const parameters = this.#statements.filter((one) => one.kind === 'param')
    const unknown = Object.keys(this.#given).filter((name) => !parameters.some(({ symbol }) => symbol === name))
    if (unknown.length > 0) this.#fail(`there is no parameter ${unknown.join(', ')}`)
    for (const one of this.#statements) if ('symbol' in one && one.kind !== 'output') this.#symbol(one.symbol)
    const outputs = this.#statements.filter((one) => one.kind === 'output')
    return {
      resources: this.#resources,
      outputs: Object.fromEntries(
        outputs.map(({ symbol, type, value, line }) => [
          symbol,
          this.#typed(this.#value(value), type, `line ${line}: ${symbol}`),
        ]),
      ),
    }
  }

  #symbol(name: string): Worked {
    const known = this.#worked.get(name)
    if (known === 'begun') return this.#fail(`${name} depends on itself`)
    if (known !== undefined) return known
    const statement = this.#statements.find((one) => 'symbol' in one && one.kind !== 'output' && one.symbol === name)
    if (statement === undefined) return this.#fail(`nothing is named ${name}`)
    this.#worked.set(name, 'begun')
    const worked = this.#work(statement)
    this.#worked.set(name, worked)
    return worked
  }

  #work(statement: Statement): Worked {
    switch (statement.kind) {
      case 'param':
        return this.#parameter(statement)
      case 'var':
        return this.#value(statement.value)
      case 'resource':
        return this.#each(statement, (body) => this.#resource(statement, body))
      case 'module':
        return this.#each(statement, (body) => this.#module(statement, body))
      default:
        return this.#fail('a statement that has no value')
    }
  }

  #parameter({ symbol, type, default: fallback }: Parameter): Value {
    const given = this.#given[symbol]
    if (given !== undefined) return this.#typed(given, type, symbol)
    if (fallback !== undefined) return this.#typed(this.#value(fallback), type, symbol)
    return type.isOptional ? null : this.#fail(`the parameter ${symbol} is not given`)
  }

  #typed(value: Value, type: TypeName, name: string): Value {
    if (value === null && type.isOptional) return value
    const values = type.isList ? (Array.isArray(value) ? value : this.#fail(`${name} must be a list`)) : [value]
    for (const one of values) {
      const kind = Array.isArray(one) ? 'array' : isValues(one) ? 'object' : typeof one
      const wanted = { int: 'number', bool: 'boolean' }[type.name] ?? type.name
      if (kind !== wanted) this.#fail(`${name} must be ${type.name}, and is ${kind}`)
      if (type.allowed.length > 0 && !type.allowed.includes(String(one)))
        this.#fail(`${name} is ${String(one)}, not one of ${type.allowed.join(', ')}`)
    }
    return value
  }

  #each(statement: Resource | Module, make: (body: Expression) => (locals: Locals) => Value): Worked {
    if (statement.condition !== undefined && this.#value(statement.condition) !== true) return ABSENT
    const { body } = statement
    if (body.kind !== 'for') return make(body)(NO_LOCALS)
    return this.#loop(body, NO_LOCALS, (inner, locals) => make(inner)(locals))
  }

  #resource(statement: Resource, body: Expression): (locals: Locals) => Deployed {
    return (locals) => {
      const [, type = '', apiVersion = ''] = /^([A-Za-z.]+\/[A-Za-z/]+)@(.+)$/.exec(statement.type) ?? []
      if (type === '') this.#fail(`${statement.type} is not Type@version`)
      const stated = this.#value(body, locals)
      if (!isValues(stated)) return this.#fail(`${statement.symbol} has no body`)
      const { parent, scope } = stated
      const name = textOf(stated.name ?? this.#fail(`${statement.symbol} has no name`))
      const { file, symbol } = { file: this.#file, symbol: statement.symbol }
      const id =
        parent instanceof Deployed
          ? `${parent.id}/${type.split('/').at(-1)}/${name}`
          : scope instanceof Deployed
            ? `${scope.id}/providers/${type}/${name}`
            : type === 'Microsoft.Resources/resourceGroups'
              ? groupId(name)
              : `${groupId('rg')}/providers/${type}/${name}`
      if (parent instanceof Deployed && type.split('/').slice(0, -1).join('/') !== parent.type)
        this.#fail(`${symbol} cannot lie in ${parent.type}`)
      if (!(parent instanceof Deployed) && type.split('/').length > 2) this.#fail(`${symbol} needs a parent`)
      const one = new Deployed({
        type,
        apiVersion,
        name,
        id,
        isExisting: statement.isExisting,
        body: stated,
        file,
        symbol,
      })
      this.#resources.push(one)
      return one
    }
  }

  #module({ symbol, path }: Module, body: Expression): (locals: Locals) => Value {
    return (locals) => {
      const stated = this.#value(body, locals)
      const params = at(stated, 'params') ?? {}
      if (!isValues(params)) return this.#fail(`${symbol}: params must be an object`)
      // A null for a parameter with a default means that default.
      const given = Object.fromEntries(Object.entries(params).filter(([, value]) => value !== null))
      const { resources, outputs } = work(join(dirname(this.#file), path), given)
      this.#resources.push(...resources)
      return { outputs }
    }
  }

  #value(expression: Expression, locals: Locals = NO_LOCALS): Value {
    const value = (one: Expression) => this.#value(one, locals)
    switch (expression.kind) {
      case 'literal':
        return expression.value
      case 'text':
        return expression.parts.map((part) => (typeof part === 'string' ? part : textOf(value(part)))).join('')
      case 'object':
        return Object.fromEntries(expression.entries.map((one) => [textOf(value(one.key)), value(one.value)]))
      case 'array':
        return expression.items.map(value)
      case 'for':
        return this.#loop(expression, locals, (body, inner) => this.#value(body, inner))
      case 'not':
        return !value(expression.of)
      case 'choice':
        return value(value(expression.condition) === true ? expression.yes : expression.no)
      case 'binary':
        return binary(expression.sign, value(expression.left), () => value(expression.right))
      case 'call': {
        const called = FUNCTIONS[expression.name]
        if (called === undefined)
          return this.#fail(`line ${expression.line}: the function ${expression.name} is not known here`)
        return called(expression.given.map(value), dirname(this.#file))
      }
      case 'index': {
        const [of, place] = [value(expression.of), value(expression.at)]
        const found = Array.isArray(of) ? of[Number(place)] : at(of, textOf(place))
        return found ?? this.#fail(`line ${expression.line}: there is no [${textOf(place)}]`)
      }
      case 'name': {
        const local = locals.get(expression.name)
        const found = local === undefined ? this.#symbol(expression.name) : local
        return found === ABSENT ? this.#fail(`line ${expression.line}: ${expression.name} is not deployed here`) : found
      }
      case 'member': {
        const of = value(expression.of)
        const found = of instanceof Deployed ? memberOf(of, expression.name) : at(of, expression.name)
        return found ?? this.#fail(`line ${expression.line}: nothing is known of .${expression.name}`)
      }
    }
  }

  #loop(
    loop: Extract<Expression, { kind: 'for' }>,
    locals: Locals,
    each: (body: Expression, locals: Locals) => Value,
  ): Value[] {
    const list = this.#value(loop.list, locals)
    if (!Array.isArray(list)) return this.#fail('a loop over what is no list')
    return list.map((item: Value, place) => {
      const inner = new Map(locals).set(loop.item, item)
      if (loop.index !== undefined) inner.set(loop.index, place)
      return each(loop.body, inner)
    })
  }

  #fail(what: string): never {
    throw new Error(`${this.#file}: ${what}`)
  }
}

type Locals = ReadonlyMap<string, Value>
const NO_LOCALS: Locals = new Map()

function memberOf(resource: Deployed, name: string): Value | undefined {
  if (name === 'id' || name === 'name' || name === 'type') return resource[name]
  const [told, stated] = [at(toldOf(resource), name), at(resource.body, name)]
  return isValues(told) && isValues(stated) ? { ...stated, ...told } : (told ?? stated)
}

function binary(sign: string, left: Value, right: () => Value): Value {
  switch (sign) {
    case '??':
      return left ?? right()
    case '||':
      return left === true || right() === true
    case '&&':
      return left === true && right() === true
    case '==':
      return left === right()
    case '!=':
      return left !== right()
    case '>':
      return Number(left) > Number(right())
    case '+':
      return Number(left) + Number(right())
    default:
      throw new Error(`the sign ${sign} is not used here`)
  }
}
