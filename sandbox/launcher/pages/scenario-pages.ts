// The developers' scenarios: the list, and one as a form.

import { type Html, html } from '../../../consent-ui/html.ts'
import { FAULTS, type Fault } from '../../scenarios/faults.ts'
import { SCENARIO_PARAMETER, type Scenario, scenarioText } from '../../scenarios/scenario.ts'
import type { FormFaults, FormValues } from '../scenario-form.ts'
import { toolPage } from './frame.ts'

const LAUNCHES: Record<Scenario['launch'], string> = {
  standalone: 'The app starts by itself',
  ehr: 'The record system opens the app',
  backend: 'A backend service, without a person',
}

const STEPS: Record<Fault['step'], string> = {
  launch: 'When the record system opens the app',
  authorize: 'When the app asks for access',
  'sign-in': 'When the person signs in',
  token: 'When the app asks for a token',
  data: 'When the app reads',
  session: 'While the app runs',
  assertion: 'When a service signs',
}

export function scenarioAddress(scenario: Scenario): string {
  return `/scenarios/open?${SCENARIO_PARAMETER}=${scenarioText(scenario)}`
}

export function scenariosPage(p: {
  shipped: ReadonlyMap<string, Scenario>
  saved: ReadonlyMap<string, Scenario>
}): string {
  return toolPage(
    'Scenarios',
    '/scenarios',
    html`<h1>Scenarios</h1>
<p>A launch as data: who signs in, what the app asks for, what goes wrong. Run one in this browser with your app, or without a browser.</p>
<p><a class="button" href="/scenarios/open">New scenario</a></p>
${p.saved.size > 0 && html`<section><h2>Saved here</h2>${cards(p.saved)}</section>`}
<section><h2>That come with the sandbox</h2>${cards(p.shipped)}</section>`,
  )
}

function cards(scenarios: ReadonlyMap<string, Scenario>): Html {
  const items = [...scenarios].map(
    ([id, one]) => html`<li class="card"><h3><a href="${scenarioAddress(one)}">${one.name}</a></h3>
${one.about !== undefined && html`<p>${one.about}</p>`}
<p><span class="tag">${one.launch}</span>${one.launch !== 'backend' && html`<span class="tag">${one.signIn}</span>`}${one.fault !== undefined && html`<span class="tag bad">${one.fault}</span>`}</p>
<p class="muted"><code>npm run scenario -- ${id}</code></p></li>`,
  )
  return html`<ul class="cards">${items}</ul>`
}

export type ScenarioFormPage = {
  values: FormValues
  faults: FormFaults
  people: readonly { username: string; name: string; about: string }[]
  apps: readonly { client_id: string; client_name: string }[]
  /** Absolute address of the scenario as it stands; undefined: it is none yet. */
  link: string | undefined
  /** What was done just now. */
  notice?: string | undefined
}

export function scenarioPage(p: ScenarioFormPage): string {
  const faults = Object.entries(p.faults)
  const title = p.values.name || 'New scenario'
  return toolPage(
    `${faults.length > 0 ? 'Error: ' : ''}${title}`,
    '/scenarios',
    html`${
      faults.length > 0 &&
      html`<div class="error-summary" role="alert" tabindex="-1" autofocus><h2>This is no scenario yet</h2>
<ul>${faults.map(([name, words]) => html`<li><a href="#${name || 'name'}">${name} ${words}</a></li>`)}</ul></div>`
    }
<h1>${title}</h1>${p.notice !== undefined && html`<p class="note" role="status">${p.notice}</p>`}
<form method="post" action="/scenarios/start">${new Fields(p).all()}
<div class="buttons"><button>Run in this browser</button><button class="quiet" formaction="/scenarios/run">Run without a browser</button>
<button class="quiet" formaction="/scenarios/save">Save</button><button class="quiet" formaction="/scenarios/link">Make a link</button></div></form>
${p.link !== undefined && share(p.link)}`,
  )
}

function share(link: string): Html {
  return html`<section class="card"><h2>Pass it on</h2>
<label class="field" for="link">Link <span class="hint">The whole scenario is in it.</span></label><input id="link" class="mono" readonly value="${link}">
<label class="field" for="command">Without a browser</label><input id="command" class="mono" readonly value="npm run scenario -- '${link}'"></section>`
}

/** The fields of the form, each with its value and what is wrong with it. */
class Fields {
  readonly #page: ScenarioFormPage

  constructor(page: ScenarioFormPage) {
    this.#page = page
  }

  all(): Html {
    const people = this.#page.people.map(({ username, name, about }): [string, string] => [
      username.split('@')[0] ?? '',
      `${name}: ${about}`,
    ])
    const apps = this.#page.apps.map(({ client_id, client_name }): [string, string] => [
      client_id,
      `${client_name} (${client_id})`,
    ])
    return html`<div class="split"><div>
<fieldset class="card"><legend>The app</legend>
${this.#text('name', 'Name of the scenario')}
${this.#text('about', 'What it shows')}
${this.#select('launch', 'How it starts', Object.entries(LAUNCHES))}
${this.#select('app', 'App', apps)}
${this.#area('scope', 'Scopes', 'Without launch/patient nobody is picked.', 5)}
${this.#area('requests', 'What it reads', 'One path a line, below the FHIR base. Left empty: a little of each type.', 3)}
</fieldset>
<fieldset class="card"><legend>What goes wrong</legend>
${this.#faults()}
${this.#text('faultSeconds', 'Seconds', 'How late -slow faults are. 5 unless you say so.')}
</fieldset>
<fieldset class="card"><legend>Answers, without a browser</legend>
${this.#area('unticks', 'Scopes that are turned off', 'One a line.', 2)}
${this.#box('keepsAccess', 'Access while away is given')}
${this.#box('declines', "Don't share is pressed")}
${this.#box('again', 'Has been asked before: earlier answers stay')}
</fieldset></div><div>
<fieldset class="card"><legend>The person</legend>
${this.#select('signIn', 'Who signs in', people)}
${this.#text('persona', 'As whom', 'Such as RelatedPerson/maria-for-mateo.')}
${this.#text('patient', 'Patient', "Of the record system's launch; else whom the person picks.")}
${this.#text('encounter', 'Visit', 'Id of an Encounter.')}
</fieldset>
<fieldset class="card"><legend>What the record system tells</legend>
${this.#text('intent', 'intent')}
${this.#select('need_patient_banner', 'need_patient_banner', [
  ['', 'true, as usual'],
  ['true', 'true'],
  ['false', 'false'],
])}
${this.#text('tenant', 'tenant')}
${this.#area('fhirContext', 'fhirContext', 'JSON: a list of further references.', 3)}
${this.#box('style', 'Its colours (smart_style_url)')}
${this.#box('anybody', 'Not who sits there: anybody may sign in')}
</fieldset></div></div>`
  }

  #value(name: string): string {
    return this.#page.values[name] ?? ''
  }

  #label(name: string, label: string, hint?: string): Html {
    const fault = this.#page.faults[name]
    return html`<label class="field" for="${name}">${label}${hint !== undefined && html` <span class="hint">${hint}</span>`}${fault !== undefined && html` <span class="hint bad">${name} ${fault}</span>`}</label>`
  }

  #invalid(name: string): Html | false {
    return name in this.#page.faults && html` aria-invalid="true"`
  }

  #text(name: string, label: string, hint?: string): Html {
    return html`${this.#label(name, label, hint)}<input id="${name}" name="${name}" value="${this.#value(name)}" autocomplete="off" spellcheck="false"${this.#invalid(name)}>`
  }

  #area(name: string, label: string, hint: string, rows: number): Html {
    return html`${this.#label(name, label, hint)}<textarea id="${name}" name="${name}" rows="${rows}" spellcheck="false"${this.#invalid(name)}>${this.#value(name)}</textarea>`
  }

  #select(name: string, label: string, options: readonly [string, string][]): Html {
    return html`${this.#label(name, label)}<select id="${name}" name="${name}"${this.#invalid(name)}>${this.#options(name, options)}</select>`
  }

  #options(name: string, options: readonly [string, string][]): Html[] {
    return options.map(
      ([value, text]) =>
        html`<option value="${value}"${value === this.#value(name) && html` selected`}>${text}</option>`,
    )
  }

  #faults(): Html {
    const names = Object.entries<Fault>(FAULTS)
    const groups = Object.entries(STEPS).map(([step, title]) => {
      const ofStep = names.filter(([, fault]) => fault.step === step)
      return html`<optgroup label="${title}">${this.#options(
        'fault',
        ofStep.map(([name, { about }]) => [name, about]),
      )}</optgroup>`
    })
    return html`${this.#label('fault', 'Fault')}<select id="fault" name="fault"${this.#invalid('fault')}>${this.#options('fault', [['', 'Nothing goes wrong']])}${groups}</select>`
  }

  #box(name: string, label: string): Html {
    return html`<label class="choice"><input type="checkbox" id="${name}" name="${name}" value="true"${this.#value(name) === 'true' && html` checked`}><span>${label}</span></label>`
  }
}
