// Names in a Bicep file and its modules, branches that no set of parameters reaches included: each one said is declared,
// each one declared is used, and modules are given what they take.

import { dirname, join } from 'node:path'
import { FUNCTIONS } from './functions.ts'
import { readBicep } from './program.ts'
import type { Expression, Module, Statement } from './syntax.ts'

/** @returns a line for each fault of this file and, once, of each module below it */
export function faultsOfNames(file: string, seen = new Set<string>()): string[] {
  if (seen.has(file)) return []
  seen.add(file)
  const statements = readBicep(file)
  const modules = new Map(
    statements.filter((one) => one.kind === 'module').map((one) => [one.symbol, join(dirname(file), one.path)]),
  )
  const declared = statements.flatMap((one) => ('symbol' in one && one.kind !== 'output' ? [one.symbol] : []))
  const used = new Set<string>()
  const faults: string[] = []
  const visit = (one: Expression, locals: ReadonlySet<string>): void => {
    if (one.kind === 'name') {
      if (locals.has(one.name)) return
      used.add(one.name)
      if (!declared.includes(one.name)) faults.push(`line ${one.line}: nothing is named ${one.name}`)
    }
    if (one.kind === 'call' && FUNCTIONS[one.name] === undefined)
      faults.push(`line ${one.line}: the function ${one.name} is not one that is used here`)
    if (one.kind === 'member') faults.push(...faultsOfOutput(one, modules))
    const inner =
      one.kind === 'for' ? new Set([...locals, one.item, ...(one.index === undefined ? [] : [one.index])]) : locals
    for (const child of childrenOf(one)) visit(child, inner)
  }
  for (const one of statements) for (const expression of expressionsOf(one)) visit(expression, new Set())
  const doubled = declared.filter((name, place) => declared.indexOf(name) !== place)
  faults.push(...doubled.map((name) => `${name} is declared twice`))
  const isIdle = (one: Statement) => (one.kind === 'param' || one.kind === 'var') && !used.has(one.symbol)
  faults.push(
    ...statements.filter(isIdle).map((one) => `${'symbol' in one ? one.symbol : ''} is declared and not used`),
  )
  for (const one of statements) {
    if (one.kind === 'module') faults.push(...faultsOfGiven(one, modules.get(one.symbol) ?? ''))
    if (one.kind === 'param' && !one.decorators.some(({ name }) => name === 'description'))
      faults.push(`the parameter ${one.symbol} has no description`)
  }
  return [
    ...faults.map((fault) => `${file}: ${fault}`),
    ...[...modules.values()].flatMap((path) => faultsOfNames(path, seen)),
  ]
}

function faultsOfOutput(one: Extract<Expression, { kind: 'member' }>, modules: ReadonlyMap<string, string>): string[] {
  const { of } = one
  if (of.kind !== 'member' || of.name !== 'outputs' || of.of.kind !== 'name') return []
  const path = modules.get(of.of.name)
  if (path === undefined) return []
  const outputs = readBicep(path).filter((statement) => statement.kind === 'output')
  return outputs.some(({ symbol }) => symbol === one.name)
    ? []
    : [`line ${one.line}: ${path} has no output ${one.name}`]
}

function faultsOfGiven({ body, symbol }: Module, path: string): string[] {
  const whole = body.kind === 'for' ? body.body : body
  const entries = whole.kind === 'object' ? whole.entries : []
  const params = entries.find(({ key }) => key.kind === 'literal' && key.value === 'params')?.value
  const given =
    params?.kind === 'object' ? params.entries.map(({ key }) => (key.kind === 'literal' ? key.value : '')) : []
  const taken = readBicep(path).filter((one) => one.kind === 'param')
  const needed = taken.filter(({ type, default: fallback }) => fallback === undefined && !type.isOptional)
  return [
    ...given
      .filter((name) => !taken.some((one) => one.symbol === name))
      .map((name) => `${symbol}: no parameter ${name}`),
    ...needed.filter((one) => !given.includes(one.symbol)).map((one) => `${symbol}: ${one.symbol} is not given`),
  ]
}

function expressionsOf(one: Statement): Expression[] {
  if (one.kind === 'targetScope') return []
  const all = [
    'default' in one ? one.default : undefined,
    'value' in one ? one.value : undefined,
    'body' in one ? one.body : undefined,
    'condition' in one ? one.condition : undefined,
  ]
  return all.filter((expression) => expression !== undefined)
}

function childrenOf(one: Expression): Expression[] {
  switch (one.kind) {
    case 'literal':
    case 'name':
      return []
    case 'text':
      return one.parts.filter((part) => typeof part !== 'string')
    case 'object':
      return one.entries.flatMap(({ key, value }) => [key, value])
    case 'array':
      return [...one.items]
    case 'for':
      return [one.list, one.body]
    case 'member':
    case 'not':
      return [one.of]
    case 'index':
      return [one.of, one.at]
    case 'call':
      return [...one.given]
    case 'binary':
      return [one.left, one.right]
    case 'choice':
      return [one.condition, one.yes, one.no]
  }
}
