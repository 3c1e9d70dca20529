// Bicep text to tokens. What it does not know stops it: the check must not pass over what it has not understood.

export type Token =
  | { kind: 'word' | 'mark'; text: string; line: number }
  | { kind: 'number'; value: number; text: string; line: number }
  /** Literal parts and, between them, the tokens of what is interpolated. */
  | { kind: 'string'; parts: readonly (string | Token[])[]; text: string; line: number }
  | { kind: 'newline' | 'end'; text: string; line: number }

const MARKS = ['=>', '==', '!=', '=~', '<=', '>=', '&&', '||', '??'].concat([...'()[]{}=:,.?!<>+-*/%@|'])
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', "'": "'", '\\': '\\', $: '$' }

/** @throws Error naming the line of what cannot be read */
export function tokensOf(text: string): Token[] {
  return new Reader(text).read('')
}

class Reader {
  readonly #text: string
  #at = 0
  #line = 1

  constructor(text: string) {
    this.#text = text
  }

  /** @param until the brace that ends an interpolation; '' reads to the end */
  read(until: '' | '}'): Token[] {
    const tokens: Token[] = []
    let depth = 0
    for (;;) {
      const line = this.#line
      const rest = this.#text.slice(this.#at)
      if (rest === '') {
        if (until !== '') throw new Error(`line ${line}: an interpolation does not end`)
        tokens.push({ kind: 'end', text: '', line })
        return tokens
      }
      const blank = /^(?:[ \t\r]+|\/\/[^\n]*|\/\*[\s\S]*?\*\/)/.exec(rest)?.[0]
      if (blank !== undefined) {
        this.#skip(blank)
        continue
      }
      if (rest.startsWith('\n')) {
        this.#skip('\n')
        tokens.push({ kind: 'newline', text: 'end of line', line })
        continue
      }
      if (rest.startsWith("'")) {
        tokens.push(this.#string())
        continue
      }
      const word = /^[A-Za-z_][A-Za-z0-9_]*/.exec(rest)?.[0]
      const number = /^\d+/.exec(rest)?.[0]
      const text = word ?? number ?? MARKS.find((mark) => rest.startsWith(mark))
      if (text === undefined) throw new Error(`line ${line}: ${JSON.stringify(rest[0])} is not understood`)
      if (text === '{') depth++
      if (text === '}' && depth-- === 0 && until === '}') {
        this.#skip('}')
        tokens.push({ kind: 'end', text: '', line })
        return tokens
      }
      this.#skip(text)
      if (number !== undefined) tokens.push({ kind: 'number', value: Number(number), text, line })
      else tokens.push({ kind: word === undefined ? 'mark' : 'word', text, line })
    }
  }

  #string(): Token {
    const line = this.#line
    if (this.#text.startsWith("'''", this.#at)) {
      const body = /^'''\n?([\s\S]*?)'''/.exec(this.#text.slice(this.#at))
      if (body === null) throw new Error(`line ${line}: a string does not end`)
      this.#skip(body[0])
      return { kind: 'string', parts: [body[1] ?? ''], text: 'a string', line }
    }
    const parts: (string | Token[])[] = []
    let literal = ''
    this.#skip("'")
    for (;;) {
      const next = this.#text[this.#at]
      if (next === undefined || next === '\n') throw new Error(`line ${line}: a string does not end`)
      if (next === "'") break
      if (next === '\\') {
        const meant = ESCAPES[this.#text[this.#at + 1] ?? '']
        if (meant === undefined) throw new Error(`line ${line}: an escape that is not understood`)
        literal += meant
        this.#skip('\\$')
      } else if (this.#text.startsWith('${', this.#at)) {
        this.#skip('${')
        parts.push(literal, this.read('}'))
        literal = ''
      } else {
        literal += next
        this.#skip(next)
      }
    }
    this.#skip("'")
    return { kind: 'string', parts: [...parts, literal], text: 'a string', line }
  }

  #skip(text: string): void {
    this.#at += text.length
    this.#line += text.split('\n').length - 1
  }
}
