// Pages for developers that are about no run: the consent preview, what a test kit wants to know, what is ready.

import { type Html, html } from '../../../consent-ui/html.ts'
import type { Lang } from '../../../consent-ui/index.ts'
import {
  PREVIEW_LANGUAGES,
  PREVIEW_PAGES,
  type PreviewRequest,
  type PreviewView,
  previewQuery,
  type Reading,
} from '../preview.ts'
import { toolPage } from './frame.ts'

export function previewFormPage(p: {
  request: PreviewRequest
  view: PreviewView
  readings: Readonly<Record<Lang, Reading>>
}): string {
  const { request } = p
  const { page, lang } = p.view
  const query = previewQuery(request)
  const rows = Object.entries(PREVIEW_LANGUAGES).map(([code, name]) => {
    const { words, level } = p.readings[code as Lang]
    const isShown = code === lang
    return html`<li class="card"><h3><a href="/preview?${query}&amp;page=${page}&amp;lang=${code}"${isShown && html` aria-current="true"`}>${name}</a></h3><p>${words} words${level !== undefined && html`<br>${level}`}</p></li>`
  })
  const pages = Object.entries(PREVIEW_PAGES).map(
    ([name, title]) =>
      html`<a class="button${name !== page && ' quiet'}" href="/preview?${query}&amp;page=${name}&amp;lang=${lang}"${name === page && html` aria-current="true"`}>${title}</a>`,
  )
  return toolPage(
    'Consent preview',
    '/preview',
    html`<h1>Consent preview</h1><p>What a person would be asked for these scopes, before you ask anybody.</p>
<form method="get" action="/preview" class="split"><div class="card">
<label class="field" for="scope">Scopes</label><textarea id="scope" name="scope" rows="6" spellcheck="false">${request.scope}</textarea>
<fieldset><legend class="field">Whose data</legend>${own('true', "The reader's own", request.own)}${own('false', 'A patient of the reader', !request.own)}</fieldset></div>
<div class="card">${text('app', 'Name of the app', request.app)}${text('maker', 'Maker', request.maker)}
<label class="field" for="purpose">Purpose <span class="hint">One sentence, as registered.</span></label><textarea id="purpose" name="purpose" rows="3">${request.purpose}</textarea>
${text('patient', 'Patient', request.patient)}
<input type="hidden" name="lang" value="${lang}"><input type="hidden" name="page" value="${page}"><div class="buttons"><button>Show the page</button></div></div></form>
<section><h2>How it reads</h2><ul class="cards">${rows}</ul>
<p class="muted">Words of the page itself, and the level of its sentences; what the app says and folded details do not count. Such formulas are rough.</p></section>
<section><h2>${PREVIEW_PAGES[page]}, ${PREVIEW_LANGUAGES[lang]}</h2><p class="buttons">${pages}</p><p><a href="/preview/page?${query}&amp;page=${page}&amp;lang=${lang}" target="_blank" rel="noopener">Open it by itself</a>. Its buttons do nothing here.</p>
<iframe class="preview" sandbox="" title="${PREVIEW_PAGES[page]}, ${PREVIEW_LANGUAGES[lang]}" src="/preview/page?${query}&amp;page=${page}&amp;lang=${lang}"></iframe></section>`,
  )
}

function text(name: string, label: string, value: string): Html {
  return html`<label class="field" for="${name}">${label}</label><input id="${name}" name="${name}" value="${value}" autocomplete="off">`
}

function own(value: string, label: string, checked: boolean): Html {
  return html`<label class="choice"><input type="radio" name="own" value="${value}"${checked && html` checked`}><span>${label}</span></label>`
}

/** What a field of the test kit is called, and what to paste there. */
export type Inputs = readonly {
  title: string
  about: string
  fields: readonly (readonly [label: string, value: string])[]
}[]

/** Languages that people read. */
const PICTURED = ['en', 'es'] as const satisfies readonly Lang[]

export function certificationPage(inputs: Inputs): string {
  const groups = inputs.map(
    ({ title, about, fields }, at) => html`<section class="card"><h2>${title}</h2><p>${about}</p>
${fields.map(([label, value], field) => {
  const id = `input-${at}-${field}`
  return html`<label class="field" for="${id}">${label}</label>${
    value.length > 90
      ? html`<textarea id="${id}" class="mono" rows="4" readonly>${value}</textarea>`
      : html`<input id="${id}" class="mono" readonly value="${value}">`
  }`
})}</section>`,
  )
  return toolPage(
    'Certification',
    '/certify',
    html`<h1>Inputs for a SMART test kit</h1>
<p>Paste these into the kit that you test with, such as Inferno. The kit's own redirect and launch addresses must be registered first: see <strong>Register the kit</strong>.
Test kits that run elsewhere do not reach this machine; run the kit here.</p>${groups}
<section class="card" id="pictures"><h2>Pictures of the consent pages</h2>
<p>Testers ask to see what people are asked. Each page by itself, to take a picture of:</p>
<ul>${Object.entries(PREVIEW_PAGES).flatMap(([page, name]) =>
      PICTURED.map(
        (lang) =>
          html`<li><a href="/preview/page?${new URLSearchParams({ page, lang }).toString()}">${name}, ${PREVIEW_LANGUAGES[lang]}</a></li>`,
      ),
    )}</ul>
<p><code>npm run screenshots</code> takes all of them, on a screen and on a phone, light and dark, and writes <code>docs/pages.md</code>.</p></section>`,
  )
}

export type ServiceStatus = { name: string; address: string; isReady: boolean; milliseconds: number }

export function statusPage(services: readonly ServiceStatus[]): string {
  const rows = services.map(
    ({ name, address, isReady, milliseconds }) =>
      html`<li class="card"><h2>${name}</h2><p class="${isReady ? 'good' : 'bad'}">${isReady ? `Ready, answered in ${milliseconds} ms` : 'Does not answer'}</p><p class="muted"><code>${address}</code></p></li>`,
  )
  const missing = services.filter(({ isReady }) => !isReady).length
  return toolPage(
    'Status',
    '/status',
    html`<h1>${missing === 0 ? 'Everything is ready' : `${missing} of ${services.length} parts do not answer`}</h1>
<ul class="cards">${rows}</ul>`,
  )
}
