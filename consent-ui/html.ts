// An auto-escaping template tag: whatever is put into a page is text unless this file made it HTML.
import escapeHtml from 'escape-html'

/** A piece of finished HTML. Only `html` makes one, so a string can never pass for markup. */
export class Html {
  readonly #markup: string
  constructor(strings: readonly string[], values: readonly Value[]) {
    this.#markup = strings.map((part, at) => part + (at < values.length ? markupOf(values[at]) : '')).join('')
  }
  toString(): string {
    return this.#markup
  }
  /** For the made-up languages alone: whatever comes back is taken as markup. */
  rewrite(change: (markup: string) => string): Html {
    return new Html([change(this.#markup)], [])
  }
}

export type Value = Html | string | number | false | null | undefined | readonly Value[]

function markupOf(value: Value): string {
  if (value === undefined || value === null || value === false) return ''
  if (value instanceof Html) return value.toString()
  if (typeof value === 'object') return value.map(markupOf).join('')
  return escapeHtml(String(value))
}

/**
 * Builds HTML and escapes every value in it; attribute values must stand in double quotes.
 *
 * html`<b>${'<i>'}</b>`.toString() is '<b>&lt;i&gt;</b>'
 */
export function html(strings: TemplateStringsArray, ...values: Value[]): Html {
  return new Html(strings, values)
}
