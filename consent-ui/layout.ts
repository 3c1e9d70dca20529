// The frame around every page: language, title, operator, one main part; below it help and the other languages.
import { stylesheetName } from './assets.ts'
import { isolated, plainText } from './foreign-text.ts'
import type { Html } from './html.ts'
import { html } from './html.ts'
import { directionOf, type Lang, OWN_NAMES } from './language.ts'
import { frameWords } from './words/frame.ts'

export type Frame = {
  operator: string
  lang: Lang
  /** The same page in other languages. */
  languages?: readonly { lang: Lang; href: string }[]
  /** Whom to ask: a phone number, an address of mail or of a page. */
  support?: string
  brand?: Brand
  /** For how many minutes the page can be answered, and where to ask for longer. */
  waits?: { minutes: number; href: string }
  /** In which times of day are said, as `Europe/Madrid`; by default UTC. */
  timeZone?: string
}

/** What an operator's pages look like beside its name. */
export type Brand = {
  /** Name of a file at `/assets/`: an image that stands before the name. */
  logo?: string
  /** Name of a style sheet at `/assets/` with the operator's colours. */
  stylesheet?: string
}

/** A whole document. `title` may hold foreign text; `error` marks the title, as screen readers say it first. */
export function layout(p: { frame: Frame; title: string; error?: string | undefined; main: Html }): string {
  const { lang, operator, brand } = p.frame
  const words = frameWords(lang)
  const title = p.error === undefined ? p.title : words.titleOfError(p.title)
  return html`<!doctype html>
<html lang="${lang}" dir="${directionOf(lang)}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${plainText(title, 200)} - ${plainText(operator)}</title>
<link rel="stylesheet" href="/assets/${stylesheetName}">
${brand?.stylesheet === undefined ? undefined : html`<link rel="stylesheet" href="/assets/${brand.stylesheet}">`}
</head>
<body>
<header>${
    // The name stands beside it in words.
    brand?.logo === undefined ? undefined : html`<img class="logo" src="/assets/${brand.logo}" alt="">`
  }<p class="operator"><bdi>${plainText(operator)}</bdi></p></header>
<main>
${p.main}
</main>
${footer(p.frame)}
</body>
</html>
`.toString()
}

function footer({ lang, languages = [], support, waits }: Frame): Html | undefined {
  if (languages.length === 0 && support === undefined && waits === undefined) return undefined
  const words = frameWords(lang)
  return html`<footer>
${waits === undefined ? undefined : html`<p class="waits">${words.waits(waits.minutes)} <a href="${waits.href}">${words.moreTime}</a></p>`}
${support === undefined ? undefined : html`<p class="support">${words.helpFrom(contact(support))}</p>`}
${
  languages.length === 0
    ? undefined
    : html`<nav aria-label="${words.otherLanguages}"><ul class="languages">${languages.map(
        (one) =>
          html`<li><a href="${one.href}" hreflang="${one.lang}" lang="${one.lang}" dir="${directionOf(one.lang)}"><bdi>${OWN_NAMES[one.lang]}</bdi></a></li>`,
      )}</ul></nav>`
}
</footer>`
}

/** A link where it can be followed. */
function contact(support: string): Html {
  const shown = isolated(support, 100)
  if (/^https:\/\//.test(support)) return html`<a href="${support}">${shown}</a>`
  if (/^[^\s@<>]+@[^\s@<>]+$/.test(support)) return html`<a href="mailto:${support}">${shown}</a>`
  const digits = support.replaceAll(/[\s().-]/g, '')
  return /^\+?\d{5,15}$/.test(digits) ? html`<a href="tel:${digits}" dir="ltr">${shown}</a>` : shown
}

/** What is wrong, first on the page and focused, with a link to where it is put right. */
export function errorSummary(error: string | undefined, fieldId: string, { lang }: Frame): Html | undefined {
  if (error === undefined) return undefined
  return html`<div class="error-summary" role="alert" tabindex="-1" autofocus aria-labelledby="error-title">
<h2 id="error-title">${frameWords(lang).thereIsAProblem}</h2>
<p><a href="#${fieldId}">${error}</a></p>
</div>`
}

/** The same words again, at the field itself. */
export function errorAtField(error: string | undefined): Html | undefined {
  return error === undefined ? undefined : html`<p class="error" id="error-here">${error}</p>`
}
