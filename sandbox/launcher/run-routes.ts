// The developers' runs: their timelines, what can be made to happen in them, the request console.

import type Koa from 'koa'
import { openApp } from '../scenarios/begin-scenario.ts'
import { MID_SESSION, type MidSessionFault } from '../scenarios/mid-session.ts'
import type { RunningSandbox } from '../scenarios/running-sandbox.ts'
import type { RecordedRun } from '../scenarios/runs-client.ts'
import { redactTimeline } from '../timeline/redact.ts'
import { IssuerRefused } from './issuer-api.ts'
import { type ConsolePage, consolePage, type MidSessionButton, runPage, runsPage } from './pages/run-pages.ts'
import { addressBelow, type ConsoleRequest, explain, METHODS, sendAsApp } from './request-console.ts'
import { contentPolicy, goTo, orFault, PageFault, type Params, type Routes, readForm } from './routing.ts'
import { chartOfRun, tokenOfApp } from './run-of-app.ts'

export type RunParts = { sandbox: RunningSandbox }

/** What a person can take away, they take away on their own page. */
const LABELS: Record<Exclude<MidSessionFault, 'access-narrowed'>, string> = {
  'access-ended': 'End its access',
  'chart-closed': 'Close the chart',
  'keys-changed': 'Sign with new keys',
}

export function runRoutes({ sandbox }: RunParts): Routes {
  async function getRun({ id = '' }: Params): Promise<RecordedRun> {
    const run = await sandbox.runs.find(id)
    if (run) return run
    throw new PageFault(404, 'No such run', 'Runs are forgotten when the sandbox ends.', {
      href: '/runs',
      label: 'All runs',
    })
  }
  const backTo = (run: RecordedRun) => ({ href: `/runs/${run.id}`, label: 'Back to the run' })

  async function open(ctx: Koa.Context, params: Params): Promise<void> {
    const run = await getRun(params)
    goTo(ctx, await orFault(openApp(sandbox, run.id, run.scenario), 'The app was not opened', backTo(run)))
  }

  async function happen(ctx: Koa.Context, params: Params): Promise<void> {
    const run = await getRun(params)
    const fault = (await readForm(ctx)).get('fault')
    const found = happeningsOf(run).find((one) => one.fault === fault)
    if (found === undefined || run.scenario.launch === 'backend') {
      throw new PageFault(400, 'Nothing was done', 'This cannot happen in this run.', backTo(run))
    }
    const parts = { ...sandbox, issuer: sandbox.urls.issuer }
    const work = MID_SESSION[found.fault as keyof typeof LABELS](parts, {
      scenario: run.scenario,
      run: run.id,
      chart: chartOfRun(run),
    })
    await orFault(Promise.resolve(work), 'Nothing was done', backTo(run))
    goTo(ctx, `/runs/${run.id}`)
  }

  async function askInConsole(ctx: Koa.Context, params: Params): Promise<void> {
    const run = await getRun(params)
    const form = await readForm(ctx)
    const method = METHODS.find((one) => one === form.get('method')) ?? 'GET'
    const request = { method, path: (form.get('path') ?? '').trim(), body: form.get('body') ?? '' }
    ctx.body = consolePage({ run, request, ...(await answered(run, request)) })
  }

  async function answered(run: RecordedRun, request: ConsoleRequest): Promise<Partial<ConsolePage>> {
    const token = tokenOfApp(run)
    if (token === undefined) return { fault: 'The app of this run has no token yet.' }
    const url = addressBelow(sandbox.urls.fhirBase, request.path)
    if (url === undefined) return { fault: 'That path leads out of the FHIR base.' }
    const answer = await sendAsApp(url, request, { token, run: run.id })
    try {
      const path = url.href.slice(sandbox.urls.fhirBase.length + 1)
      return { answer, explanation: await explain(sandbox.operator, request.method, path, token) }
    } catch (error) {
      if (error instanceof IssuerRefused) return { answer, fault: `No explanation: ${error.message}` }
      throw error
    }
  }

  return {
    'GET /runs': async (ctx) => {
      ctx.body = runsPage(await sandbox.runs.list())
    },
    'GET /runs/{id}': async (ctx, params) => {
      const run = await getRun(params)
      // The app answers the form with redirects of its own.
      ctx.set('Content-Security-Policy', contentPolicy({ forms: 'http: https:' }))
      ctx.body = runPage({ run, hasToken: tokenOfApp(run) !== undefined, happenings: happeningsOf(run) })
    },
    'POST /runs/{id}/open': open,
    'POST /runs/{id}/happen': happen,
    'GET /runs/{id}/export': async (ctx, params) => {
      const { id, scenario, exchanges } = await getRun(params)
      ctx.set('Content-Disposition', `attachment; filename="run-${id}.json"`)
      ctx.body = { scenario, ...redactTimeline(exchanges) }
    },
    'GET /runs/{id}/console': async (ctx, params) => {
      ctx.body = consolePage({
        run: await getRun(params),
        request: { method: 'GET', path: 'Patient?_count=2', body: '' },
      })
    },
    'POST /runs/{id}/console': askInConsole,
  }
}

function happeningsOf(run: RecordedRun): MidSessionButton[] {
  if (run.scenario.launch === 'backend') return []
  const faults = Object.keys(LABELS) as (keyof typeof LABELS)[]
  return faults
    .filter((fault) => fault !== 'chart-closed' || chartOfRun(run) !== undefined)
    .map((fault) => ({ fault, label: LABELS[fault] }))
}
