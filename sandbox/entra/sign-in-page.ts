// Pages of the Entra stand-in: choose who signs in, and a plain error page. Pure functions to HTML; no script.

import { createHash } from 'node:crypto'
import escapeHtml from 'escape-html'
import type { Person } from './directory.ts'

const STYLE = `
:root { color-scheme: light; font: 16px/1.5 "Segoe UI", system-ui, -apple-system, "Open Sans", sans-serif; color: #1b1a19; }
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; background: #eef1f5; display: grid; place-items: center; padding: 24px 16px; }
main { width: 100%; max-width: 440px; background: #fff; padding: 32px 28px; border: 1px solid #d5dae1; border-radius: 6px; }
.org { margin: 0 0 16px; font-weight: 600; color: #4a5462; }
.org::before { content: ""; display: inline-block; width: 14px; height: 14px; margin-right: 8px; background: #2b6cb0; border-radius: 3px; vertical-align: -2px; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0 0 4px; font-weight: 600; }
p { margin: 0 0 20px; color: #4a5462; }
ul { list-style: none; margin: 0; padding: 0; border-top: 1px solid #e3e7ec; }
li { border-bottom: 1px solid #e3e7ec; }
button { all: unset; box-sizing: border-box; display: grid; grid-template-columns: 40px 1fr; gap: 0 14px; align-items: center; width: 100%; min-height: 64px; padding: 10px 8px; cursor: pointer; }
button:hover { background: #f1f6fc; }
button:focus-visible { outline: 3px solid #1a5fb4; outline-offset: -3px; border-radius: 4px; }
.initials { width: 40px; height: 40px; border-radius: 50%; background: #dce8f5; color: #174a7c; display: grid; place-items: center; font-weight: 600; grid-row: span 2; }
.name { font-weight: 600; align-self: end; }
.about { color: #4a5462; font-size: .875rem; align-self: start; overflow-wrap: anywhere; }
.hinted { background: #f1f6fc; }
footer { margin-top: 20px; font-size: .8125rem; color: #4a5462; }
`

/** No form-action: browsers would apply it to the whole chain of redirects that follows the sign-in, across origins. */
export const SIGN_IN_POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** Whose page it is, and what it stands in for. */
type Brand = { name: string; standsFor: string }

function page(brand: Brand, title: string, body: string): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title><style>${STYLE}</style></head>
<body><main><p class="org">${escapeHtml(brand.name)} sign-in</p>${body}
<footer>Stand-in for ${escapeHtml(brand.standsFor)}. Made-up people, no passwords.</footer></main></body></html>`
}

function initials(name: string): string {
  const words = name.split(' ').filter((word) => !word.endsWith('.'))
  return words.map((word) => word.charAt(0)).join('')
}

function personButton(person: Person, hinted: boolean): string {
  return `<li><button name="person" value="${escapeHtml(person.username)}"${hinted ? ' class="hinted" autofocus' : ''}>
<span class="initials" aria-hidden="true">${escapeHtml(initials(person.name))}</span>
<span class="name">${escapeHtml(person.name)}</span>
<span class="about">${escapeHtml(person.about)}<br>${escapeHtml(person.username)}</span></button></li>`
}

/**
 * The list of people as buttons; who is hinted comes first.
 *
 * @param fields the authorization request, carried in the form and judged again when it comes back
 */
export function signInPage(p: {
  brand: Brand
  action: string
  fields: URLSearchParams
  people: readonly Person[]
  hint: string
}): string {
  const isHinted = (person: Person) => person.username.toLowerCase() === p.hint.toLowerCase()
  const people = [...p.people].sort((a, b) => Number(isHinted(b)) - Number(isHinted(a)))
  const hidden = [...p.fields]
    .filter(([name]) => name !== 'person')
    .map(([name, value]) => `<input type="hidden" name="${escapeHtml(name)}" value="${escapeHtml(value)}">`)
  return page(
    p.brand,
    'Sign in',
    `<h1>Sign in</h1><p>Choose who you are.</p>
<form method="post" action="${escapeHtml(p.action)}">${hidden.join('')}
<ul>${people.map((person) => personButton(person, isHinted(person))).join('')}</ul></form>`,
  )
}

export function signInErrorPage(brand: Brand, message: string): string {
  return page(brand, 'Sign-in is not possible', `<h1>Sign-in is not possible</h1><p>${escapeHtml(message)}</p>`)
}
