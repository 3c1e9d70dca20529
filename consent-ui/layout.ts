// The frame around every page: language, title, operator, one main part.
import { stylesheetName } from './assets.ts'
import { plainText } from './foreign-text.ts'
import type { Html } from './html.ts'
import { html } from './html.ts'
import { sentences } from './sentences.ts'

export type Frame = { operator: string; lang: 'en' }

/** A whole document. `title` may hold foreign text; `error` marks the title, as screen readers say it first. */
export function layout(p: { frame: Frame; title: string; error?: string | undefined; main: Html }): string {
  const title = p.error === undefined ? p.title : sentences.titleOfError(p.title)
  return html`<!doctype html>
<html lang="${p.frame.lang}" dir="ltr">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${plainText(title, 200)} - ${plainText(p.frame.operator)}</title>
<link rel="stylesheet" href="/assets/${stylesheetName}">
</head>
<body>
<header><p class="operator"><bdi>${plainText(p.frame.operator)}</bdi></p></header>
<main>
${p.main}
</main>
</body>
</html>
`.toString()
}

/** What is wrong, first on the page and focused, with a link to where it is put right. */
export function errorSummary(error: string | undefined, fieldId: string): Html | undefined {
  if (error === undefined) return undefined
  return html`<div class="error-summary" role="alert" tabindex="-1" autofocus aria-labelledby="error-title">
<h2 id="error-title">${sentences.thereIsAProblem}</h2>
<p><a href="#${fieldId}">${error}</a></p>
</div>`
}

/** The same words again, at the field itself. */
export function errorAtField(error: string | undefined): Html | undefined {
  return error === undefined ? undefined : html`<p class="error" id="error-here">${error}</p>`
}
