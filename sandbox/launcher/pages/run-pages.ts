// The developers' runs: the list, the timeline of one, and the console that sends requests as its app.

import { type Html, html } from '../../../consent-ui/html.ts'
import type { RecordedRun, RunSummary } from '../../scenarios/runs-client.ts'
import { type DecodedToken, describeExchange } from '../../timeline/decode.ts'
import type { Exchange } from '../../timeline/exchange.ts'
import { type ConsoleAnswer, type ConsoleRequest, type Explanation, METHODS } from '../request-console.ts'
import { toolPage } from './frame.ts'
import { scenarioAddress } from './scenario-pages.ts'

const instant = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium' })

export function runsPage(runs: readonly RunSummary[]): string {
  const rows = runs.map(
    ({ id, scenario, began, exchanges }) => html`<li class="card"><h2><a href="/runs/${id}">${scenario.name}</a></h2>
<p class="muted">${instant.format(new Date(began))} · ${exchanges} requests</p></li>`,
  )
  return toolPage(
    'Runs',
    '/runs',
    html`<h1>Runs</h1><p>What happened in each scenario that was run, newest first. They are forgotten when the sandbox ends.</p>
${rows.length === 0 ? html`<p class="note">Nothing was run yet. <a href="/scenarios">Choose a scenario</a>.</p>` : html`<ul class="cards">${rows}</ul>`}`,
  )
}

/** What can be made to happen while the app runs. */
export type MidSessionButton = { fault: string; label: string }

export function runPage(p: { run: RecordedRun; hasToken: boolean; happenings: readonly MidSessionButton[] }): string {
  const { run } = p
  const { scenario } = run
  const address = `/runs/${run.id}`
  return toolPage(
    scenario.name,
    '/runs',
    html`<h1>${scenario.name}</h1>
<p class="muted">Run of ${instant.format(new Date(run.began))} · <a href="${scenarioAddress(scenario)}">the scenario</a>${scenario.fault !== undefined && html` · <span class="tag bad">${scenario.fault}</span>`}</p>
<div class="buttons">
${scenario.launch !== 'backend' && html`<form method="post" action="${address}/open" target="_blank"><button>Open the app in a new tab</button></form>`}
<a class="button quiet" href="${address}">Show what has happened since</a>
${p.hasToken && html`<a class="button quiet" href="${address}/console">Send a request as the app</a>`}
<a class="button quiet" href="${address}/export">Export for a bug report</a></div>
${scenario.launch !== 'backend' && html`<p class="muted">Sign in as ${scenario.signIn}.</p>`}
${
  p.happenings.length > 0 &&
  html`<details class="card"><summary>Make something happen to the app now</summary><form method="post" action="${address}/happen" class="buttons">${p.happenings.map(
    ({ fault, label }) => html`<button class="quiet" name="fault" value="${fault}">${label}</button>`,
  )}</form></details>`
}
<section><h2>Timeline</h2>${timeline(run.exchanges)}</section>`,
  )
}

function timeline(exchanges: readonly Exchange[]): Html {
  if (exchanges.length === 0) return html`<p class="note">Nothing has happened yet.</p>`
  const began = Date.parse(exchanges[0]?.at ?? '')
  return html`<ol class="steps">${exchanges.map((exchange) => step(exchange, began))}</ol>`
}

function step(exchange: Exchange, began: number): Html {
  const { title, facts, tokens } = describeExchange(exchange)
  const seconds = ((Date.parse(exchange.at) - began) / 1_000).toFixed(2)
  const bad = exchange.status >= 400
  return html`<li><details><summary><span class="when muted">${seconds} s</span><span>${title}</span>
<span>${exchange.fault !== undefined && html`<span class="tag bad">${exchange.fault}</span> `}<span class="${bad ? 'bad' : 'good'}">${exchange.status}</span></span></summary>
<p><code>${exchange.method} ${new URL(exchange.url).pathname}</code> <span class="muted">${exchange.milliseconds} ms</span></p>
${facts.length > 0 && html`<dl>${facts.map(([name, value]) => html`<dt>${name}</dt><dd><code>${shortened(value, tokens)}</code></dd>`)}</dl>`}
${tokens.map(token)}</details></li>`
}

function token({ name, raw, header, payload }: DecodedToken): Html {
  const shown = JSON.stringify({ header, payload }, null, 2)
  return html`<h3>In ${name}</h3><p class="muted">Read, and not verified.</p><pre tabindex="0">${shown}</pre>
<details><summary>${name} as it is</summary><pre tabindex="0">${raw}</pre></details>`
}

/** What is decoded below is not shown whole above. */
function shortened(value: string, tokens: readonly DecodedToken[]): string {
  return tokens.reduce((text, { raw }) => text.replace(raw, `${raw.slice(0, 12)}… (below)`), value)
}

export type ConsolePage = {
  run: RecordedRun
  request: ConsoleRequest
  answer?: ConsoleAnswer | undefined
  explanation?: Explanation | undefined
  /** Why it was not sent, or not explained. */
  fault?: string | undefined
}

export function consolePage(p: ConsolePage): string {
  const { request } = p
  const address = `/runs/${p.run.id}`
  const options = METHODS.map(
    (method) => html`<option${method === request.method && html` selected`}>${method}</option>`,
  )
  return toolPage(
    `Request console: ${p.run.scenario.name}`,
    '/runs',
    html`<h1>Send a request as the app</h1><p class="muted">With the newest token of the run <a href="${address}">${p.run.scenario.name}</a>.</p>
<form method="post" action="${address}/console" class="card">
<label class="field" for="method">Method</label><select id="method" name="method">${options}</select>
<label class="field" for="path">Path below the FHIR base</label><input id="path" name="path" class="mono" value="${request.path}" autocomplete="off" spellcheck="false" required>
<label class="field" for="body">Body <span class="hint">For POST, PUT and PATCH.</span></label><textarea id="body" name="body" rows="4" spellcheck="false">${request.body}</textarea>
<div class="buttons"><button>Send</button></div></form>
${p.fault !== undefined && html`<p class="note bad" role="alert">${p.fault}</p>`}
${p.answer && answerPart(p.answer)}${p.explanation && explanationPart(p.explanation)}`,
  )
}

function answerPart({ status, headers, body }: ConsoleAnswer): Html {
  return html`<section class="card"><h2>Answer: <span class="${status >= 400 ? 'bad' : 'good'}">${status}</span></h2>
<pre tabindex="0">${body === '' ? '(no body)' : body}</pre>
<details><summary>Headers</summary><pre tabindex="0">${headers.map(([name, value]) => `${name}: ${value}`).join('\n')}</pre></details></section>`
}

const DECISIONS: Record<Explanation['decision'], string> = {
  allowed: 'The scopes allow this',
  denied: 'The scopes do not allow this',
  'not-understood': 'This is not understood, so it is refused',
}

function explanationPart(e: Explanation): Html {
  const rows: [string, readonly string[]][] = [
    ['Understood as', present(e.interaction)],
    ['Why', present(e.message ?? e.reason)],
    ['Smallest scope that would pass', present(e.smallestScope)],
    ['Scopes that count', e.clauses],
    ['Sent to the FHIR server', present(e.upstream)],
    ['Checked before', e.before],
    ['Each record that comes back must be', e.guard],
  ]
  return html`<section class="card"><h2>Why: ${DECISIONS[e.decision]}</h2>
<p class="muted">From the token alone: whether a record is there plays no part in it.</p>
<dl>${rows
    .filter(([, values]) => values.length > 0)
    .map(
      ([name, values]) =>
        html`<dt>${name}</dt><dd>${values.map((value) => html`<div><code>${value}</code></div>`)}</dd>`,
    )}</dl></section>`
}

function present(value: string | undefined): readonly string[] {
  return value === undefined ? [] : [value]
}
