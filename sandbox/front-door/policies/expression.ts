// Policy expressions, `@(…)`, as far as ours go: comparisons of what is known of a request. Members that are not known are an
// error when the policy is read, not when somebody asks.

/** What expressions may look at. */
export type Context = {
  requestId: string
  request: { method: string; path: string; address: string; header(name: string): string | undefined }
  lastErrorSource?: string
}

export type Expression = (context: Context) => string | number | boolean

type Kind = 'text' | 'number' | 'truth' | 'context' | 'request' | 'headers' | 'url' | 'error' | 'id'
type Typed = { kind: Kind; value: (context: Context) => unknown }

const text = (value: (context: Context) => string): Typed => ({ kind: 'text', value })
const truth = (value: (context: Context) => boolean): Typed => ({ kind: 'truth', value })
const part = (kind: Kind): Typed => ({ kind, value: () => undefined })

/** Members by the kind of what they are members of. */
const MEMBERS: Readonly<Record<string, Typed>> = {
  'context.Request': part('request'),
  'context.LastError': part('error'),
  'context.RequestId': { kind: 'id', value: ({ requestId }) => requestId },
  'request.Headers': part('headers'),
  'request.Url': part('url'),
  'request.Method': text(({ request }) => request.method),
  'request.IpAddress': text(({ request }) => request.address),
  'url.Path': text(({ request }) => request.path),
  'error.Source': text(({ lastErrorSource }) => lastErrorSource ?? ''),
}

type Method = { takes: number; call(of: Typed, given: readonly string[]): Typed }

const onText = (test: (of: string, given: string) => boolean): Method => ({
  takes: 1,
  call: (of, [given = '']) => truth((context) => test(String(of.value(context)), given)),
})

const METHODS: Readonly<Record<string, Method>> = {
  'headers.GetValueOrDefault': {
    takes: 2,
    call: (_of, [name = '', otherwise = '']) => text(({ request }) => request.header(name) ?? otherwise),
  },
  'headers.ContainsKey': {
    takes: 1,
    call: (_of, [name = '']) => truth(({ request }) => request.header(name) !== undefined),
  },
  'text.StartsWith': onText((of, given) => of.startsWith(given)),
  'text.EndsWith': onText((of, given) => of.endsWith(given)),
  'text.Contains': onText((of, given) => of.includes(given)),
  'id.ToString': { takes: 0, call: (of) => text((context) => String(of.value(context))) },
}

/** @param source with or without `@(…)`; without, it is the text itself. @throws Error saying what is not known */
export function parseExpression(source: string): Expression {
  const [, inner] = /^\s*@\(([\s\S]*)\)\s*$/.exec(source) ?? []
  if (inner === undefined) {
    if (source.includes('@(') || source.includes('@{')) throw new Error(`${source}: is not understood`)
    return () => source
  }
  const { kind, value } = new Parser(inner).whole()
  if (kind !== 'text' && kind !== 'number' && kind !== 'truth') throw new Error(`${source}: is no value`)
  return value as Expression
}

/** @throws Error unless it says yes or no */
export function parseCondition(source: string): (context: Context) => boolean {
  const expression = parseExpression(source)
  if (!source.trimStart().startsWith('@(')) throw new Error(`${source}: is no condition`)
  return (context) => expression(context) === true
}

class Parser {
  readonly #tokens: readonly string[]
  #at = 0

  constructor(source: string) {
    const tokens = source.match(/"[^"]*"|\d+|[A-Za-z]+|==|!=|&&|\|\||[().,!>]|\S/g) ?? []
    this.#tokens = tokens
  }

  whole(): Typed {
    const one = this.#or()
    return this.#next === undefined ? one : this.#fail()
  }

  #or(): Typed {
    let left = this.#and()
    while (this.#take('||')) left = this.#both(left, this.#and(), (a, b) => a === true || b === true)
    return left
  }

  #and(): Typed {
    let left = this.#compared()
    while (this.#take('&&')) left = this.#both(left, this.#compared(), (a, b) => a === true && b === true)
    return left
  }

  #both(left: Typed, right: Typed, join: (a: unknown, b: unknown) => boolean): Typed {
    if (left.kind !== 'truth' || right.kind !== 'truth') return this.#fail()
    return truth((context) => join(left.value(context), right.value(context)))
  }

  #compared(): Typed {
    const left = this.#one()
    for (const [sign, kind, holds] of COMPARISONS) {
      if (!this.#take(sign)) continue
      const right = this.#one()
      if (left.kind !== right.kind || (kind !== undefined && left.kind !== kind)) return this.#fail()
      return truth((context) => holds(left.value(context), right.value(context)))
    }
    return left
  }

  #one(): Typed {
    if (this.#take('!')) {
      const of = this.#one()
      return of.kind === 'truth' ? truth((context) => of.value(context) !== true) : this.#fail()
    }
    if (this.#take('(')) {
      const inner = this.#or()
      return this.#take(')') ? this.#members(inner) : this.#fail()
    }
    const token = this.#next ?? ''
    this.#at++
    if (token.startsWith('"')) return this.#members(text(() => token.slice(1, -1)))
    if (/^\d+$/.test(token)) return { kind: 'number', value: () => Number(token) }
    if (token === 'context') return this.#members(part('context'))
    if (token === 'int' && this.#take('.') && this.#take('Parse') && this.#take('(')) {
      const of = this.#or()
      if (of.kind !== 'text' || !this.#take(')')) return this.#fail()
      return { kind: 'number', value: (context) => Number.parseInt(String(of.value(context)), 10) }
    }
    this.#at--
    return this.#fail()
  }

  #members(of: Typed): Typed {
    let one = of
    while (this.#take('.')) {
      const name = `${one.kind}.${this.#next}`
      this.#at++
      const method = METHODS[name]
      const member = MEMBERS[name]
      if (method !== undefined && this.#take('(')) one = method.call(one, this.#given(method.takes))
      else if (member !== undefined) one = member
      else throw new Error(`${name} is not known here`)
    }
    return one
  }

  #given(count: number): string[] {
    const given: string[] = []
    while (!this.#take(')')) {
      const token = this.#next ?? ''
      if (!token.startsWith('"')) return this.#fail()
      given.push(token.slice(1, -1))
      this.#at++
      this.#take(',')
    }
    return given.length === count ? given : this.#fail()
  }

  get #next(): string | undefined {
    return this.#tokens[this.#at]
  }

  #take(token: string): boolean {
    if (this.#next !== token) return false
    this.#at++
    return true
  }

  #fail(): never {
    throw new Error(`${this.#tokens.join(' ')}: ${this.#next ?? 'the end'} is not understood`)
  }
}

const COMPARISONS: readonly [string, Kind | undefined, (a: unknown, b: unknown) => boolean][] = [
  ['==', undefined, (a, b) => a === b],
  ['!=', undefined, (a, b) => a !== b],
  ['>', 'number', (a, b) => Number(a) > Number(b)],
]
