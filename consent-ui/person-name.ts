// The name of somebody in a record.
import { isolated } from './foreign-text.ts'
import type { Html } from './html.ts'
import { html } from './html.ts'
import type { Lang } from './language.ts'
import { frameWords } from './words/frame.ts'

/** In its own direction; records without a name say so. */
export function personName(name: string | undefined, lang: Lang): Html {
  return name === undefined || name === '' ? html`${frameWords(lang).noName}` : isolated(name)
}
