// One page of the documentation site: the text of a Markdown file in a frame with the way to all others. Works without script.

import escaped from 'escape-html'
import MarkdownIt from 'markdown-it'
import { CONTENTS } from './contents.ts'

/** As GitHub makes them from headings; a heading that comes again is told apart by a number. */
export function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}_ -]/gu, '')
    .replaceAll(' ', '-')
}

type Heading = { text: string; anchor: string }
export type Rendered = { title: string; html: string; headings: readonly Heading[] }

/** `docs/x.md` is `x.html` here; files elsewhere in the project have no page. */
export function targetOf(href: string, isPage: (name: string) => boolean): string | undefined {
  if (/^(https?:|mailto:|#)/.test(href) || href.startsWith('images/')) return href
  const [, name = '', anchor = ''] = /^([\w-]+)\.md(#.*)?$/.exec(href) ?? []
  return name !== '' && isPage(name) ? `${name}.html${anchor}` : undefined
}

/** @param isPage whether docs/ has a page of this name */
export function render(markdown: string, isPage: (name: string) => boolean): Rendered {
  const headings: Heading[] = []
  const seen = new Map<string, number>()
  const md = new MarkdownIt({ html: false, linkify: false })
  const plain = md.renderer.rules
  md.core.ruler.push('anchors-and-links', (state) => {
    for (const [at, token] of state.tokens.entries()) {
      if (token.type === 'heading_open') {
        const text = (state.tokens[at + 1]?.children ?? []).map(({ content }) => content).join('')
        const base = anchorOf(text)
        const times = seen.get(base) ?? 0
        seen.set(base, times + 1)
        const anchor = times === 0 ? base : `${base}-${times}`
        token.attrSet('id', anchor)
        if (token.tag === 'h2') headings.push({ text, anchor })
      }
      const open: boolean[] = []
      for (const child of token.children ?? []) {
        if (child.type === 'link_open') {
          const target = targetOf(String(child.attrGet('href') ?? ''), isPage)
          open.push(target !== undefined)
          if (target === undefined) child.type = 'no_link'
          else child.attrSet('href', target)
        } else if (child.type === 'link_close' && open.pop() === false) child.type = 'no_link'
      }
    }
  })
  plain.no_link = () => ''
  // What is wider than a phone scrolls by itself, for keyboards too.
  plain.table_open = () => '<div class="wide" tabindex="0" role="group" aria-label="Table"><table>\n'
  plain.table_close = () => '</table></div>\n'
  plain.fence = (tokens, at) => {
    const { info = '', content = '' } = tokens[at] ?? {}
    const label = info === '' ? 'Code' : `Code: ${info}`
    return `<pre tabindex="0" role="group" aria-label="${escaped(label)}"><code>${escaped(content)}</code></pre>\n`
  }
  // A corner of a table is no heading.
  const html = md.render(markdown).replaceAll(/<th[^>]*><\/th>/g, '<td></td>')
  const [, title = ''] = /^# (.+)$/m.exec(markdown) ?? []
  return { title, html, headings }
}

/** @param titles by page */
export function framed(name: string, { title, html, headings }: Rendered, titles: ReadonlyMap<string, string>): string {
  const item = (page: string) =>
    `<li><a href="${page}.html"${page === name ? ' aria-current="page"' : ''}>${escaped(titles.get(page) ?? page)}</a></li>`
  const sections = CONTENTS.map(
    (section) => `<h2>${escaped(section.title)}</h2>\n<ul>${section.pages.map(item).join('')}</ul>`,
  )
  const here = headings.map(({ text, anchor }) => `<li><a href="#${anchor}">${escaped(text)}</a></li>`)
  const onThisPage =
    here.length < 2
      ? ''
      : `<details class="here"><summary>On this page</summary>\n<nav aria-label="On this page"><ul>${here.join('')}</ul></nav></details>`
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escaped(title)} · SMART on FHIR gateway</title>
<link rel="stylesheet" href="style.css">
</head>
<body>
<a class="skip" href="#text">To the text</a>
<header><a href="index.html">SMART on FHIR gateway</a></header>
<div class="columns">
<nav class="all" aria-label="All pages"><details open><summary>All pages</summary>
${sections.join('\n')}
</details></nav>
<main id="text" tabindex="-1">
${onThisPage}
${html}</main>
</div>
</body>
</html>
`
}
