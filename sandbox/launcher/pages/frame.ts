// The frame around every page of the launcher: the record system for clinicians, the tools for developers. No script.

import { type Html, html } from '../../../consent-ui/html.ts'

export type SignedIn = { name: string; csrf: string }

/** The developers' pages, in the order of the menu. */
export const TOOLS = [
  ['/scenarios', 'Scenarios'],
  ['/runs', 'Runs'],
  ['/preview', 'Consent preview'],
  ['/certify', 'Certification'],
  ['/status', 'Status'],
] as const

function document(title: string, header: Html, main: Html): string {
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title><link rel="stylesheet" href="/style.css"></head>
<body><a class="skip" href="#main">Go to the page</a>${header}
<main id="main">${main}</main></body></html>`.toString()
}

/** A page of the made-up record system. */
export function recordPage(title: string, main: Html, user?: SignedIn): string {
  const who = user
    ? html`<form method="post" action="/sign-out" class="who"><input type="hidden" name="csrf" value="${user.csrf}">
<span>${user.name}</span><button class="quiet">Sign out</button></form>`
    : html`<a class="aside" href="/scenarios">For developers</a>`
  return document(
    `${title} – Contoso EHR`,
    html`<header class="top"><div><a class="brand" href="/">Contoso EHR</a>${who}</div></header>`,
    main,
  )
}

/** A page for developers. @param at the address of its entry in the menu */
export function toolPage(title: string, at: (typeof TOOLS)[number][0], main: Html): string {
  const entries = TOOLS.map(
    ([href, name]) => html`<li><a href="${href}"${href === at ? html` aria-current="page"` : ''}>${name}</a></li>`,
  )
  return document(
    `${title} – Sandbox`,
    html`<header class="top tools"><div><a class="brand" href="/scenarios">Sandbox</a>
<nav aria-label="Tools"><ul>${entries}<li><a href="/">Record system</a></li></ul></nav></div></header>`,
    main,
  )
}

/** Says what went wrong and where to go on. */
export function faultPage(p: { title: string; message: string; next: { href: string; label: string } }): string {
  return recordPage(
    p.title,
    html`<div class="narrow"><h1>${p.title}</h1><p class="fault" role="alert">${p.message}</p>
<p><a class="button" href="${p.next.href}">${p.next.label}</a></p></div>`,
  )
}
