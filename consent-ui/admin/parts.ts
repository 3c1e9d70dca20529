// What the pages for operators are made of: the frame with its sections, tables, fields. Names and ids are others' words: they
// are shown isolated.
import { isolated, plainText } from '../foreign-text.ts'
import type { Html } from '../html.ts'
import { html } from '../html.ts'
import type { Frame } from '../layout.ts'
import { layout } from '../layout.ts'
import { adminWords } from '../words/admin.ts'
import { frameWords } from '../words/frame.ts'

export type AdminRole = 'admin' | 'support' | 'auditor'

const SECTIONS = ['home', 'clients', 'grants', 'links', 'launches', 'denied', 'reports'] as const
export type Section = (typeof SECTIONS)[number]

/** What every page needs. */
export type AdminFrame = {
  frame: Frame
  csrf: string
  user: string
  role: AdminRole
  section: Section
  /** What was just done. */
  isDone?: boolean
  /** Why it could not be, in the words of our API. */
  fault?: string | undefined
}

/** @param heading where it is not the title alone, such as a name that others gave */
export function adminPage(of: AdminFrame, title: string, main: Html, heading?: Html): string {
  const { frame, csrf, user, role, section, isDone, fault } = of
  const words = adminWords(frame.lang)
  const general = frameWords(frame.lang)
  return layout({
    frame,
    title,
    error: fault === undefined ? undefined : words.fault,
    main: html`<div class="admin"><nav aria-label="${words.title}"><ul class="tabs">${SECTIONS.map(
      (one) =>
        html`<li><a class="button ${one === section ? '' : 'plain'}" href="${pathOf(one)}"${one === section ? html` aria-current="page"` : undefined}>${words.sections[one]}</a></li>`,
    )}</ul></nav>
${fault === undefined ? undefined : html`<div class="error-summary" role="alert" tabindex="-1" autofocus aria-labelledby="error-title"><h2 id="error-title">${words.fault}</h2><p class="error">${isolated(fault, 2000)}</p></div>`}
${isDone ? html`<p class="notice" role="status">${words.done}</p>` : undefined}
<h1>${heading ?? title}</h1>
${role === 'admin' || (role === 'support' && (section === 'grants' || section === 'reports')) ? undefined : html`<p class="quiet">${words.notYours}</p>`}
${main}
<form method="post" action="/apps/signout" class="sign-out"><input type="hidden" name="csrf" value="${csrf}">
<p class="quiet">${isolated(user)} <span class="reach">${words.role[role]}</span></p>
<button type="submit" class="plain">${general.signOut}</button></form></div>`,
  })
}

export function pathOf(section: Section): string {
  return section === 'home' ? '/admin' : `/admin/${section}`
}

/** A table that scrolls by itself on a small screen. */
export function table(caption: string, head: readonly string[], rows: readonly (readonly (Html | string)[])[]): Html {
  return html`<div class="table" role="region" tabindex="0" aria-label="${caption}"><table><thead><tr>${head.map(
    (one) => html`<th scope="col">${one}</th>`,
  )}</tr></thead><tbody>${rows.map((row) => html`<tr>${row.map((cell) => html`<td>${cell}</td>`)}</tr>`)}</tbody></table></div>`
}

/** Others' text, short. */
export function shown(text: string | undefined, maxLength = 200): Html {
  return text === undefined || text === '' ? html`–` : isolated(text, maxLength)
}

export function code(text: string | undefined): Html {
  return text === undefined || text === '' ? html`–` : html`<code dir="ltr"><bdi>${isolated(text, 300)}</bdi></code>`
}

/** A field below its label. */
export function field(
  label: string,
  name: string,
  value: string | undefined,
  { isLong = false, type = 'text', isNeeded = false }: { isLong?: boolean; type?: string; isNeeded?: boolean } = {},
): Html {
  const id = `field-${name}`
  // Without marks that turn text around; each line by itself.
  const lines = (value ?? '').split('\n').map((line) => plainText(line, 8_000))
  const needed = isNeeded ? html` required` : undefined
  return html`<p><label class="field" for="${id}">${label}</label>
${
  isLong
    ? html`<textarea id="${id}" name="${name}" rows="4" spellcheck="false"${needed}>${lines.join('\n')}</textarea>`
    : html`<input type="${type}" id="${id}" name="${name}" value="${lines.join(' ')}" spellcheck="false" autocomplete="off"${needed}>`
}</p>`
}

/** A button that changes something, with what it posts. */
export function action(
  of: Pick<AdminFrame, 'csrf'>,
  path: string,
  label: Html | string,
  posted: Readonly<Record<string, string>> = {},
): Html {
  return html`<form method="post" action="${path}"><input type="hidden" name="csrf" value="${of.csrf}">${Object.entries(
    posted,
  ).map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`)}
<p><button type="submit" class="plain">${label}</button></p></form>`
}
