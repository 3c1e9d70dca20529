// The developers' scenarios: listed, edited, kept, passed on, run.

import type Koa from 'koa'
import { DEMO_PEOPLE } from '../people/demo-people.ts'
import { beginScenario } from '../scenarios/begin-scenario.ts'
import { findScenario, savedScenarios, saveScenario } from '../scenarios/find-scenario.ts'
import { runScenario } from '../scenarios/run-scenario.ts'
import type { RunningSandbox } from '../scenarios/running-sandbox.ts'
import { NoScenario, readScenarioText, SCENARIO_PARAMETER, type Scenario } from '../scenarios/scenario.ts'
import { SHIPPED } from '../scenarios/shipped.ts'
import { scenarioAddress, scenarioPage, scenariosPage } from './pages/scenario-pages.ts'
import { registeredApps } from './registered-apps.ts'
import { goTo, orFault, PageFault, type Routes, readForm } from './routing.ts'
import { BLANK, type FormFaults, type FormValues, readScenarioForm, valuesOf, valuesOfForm } from './scenario-form.ts'

export type ScenarioParts = { baseUrl: string; sandbox: RunningSandbox }

const BACK = { href: '/scenarios', label: 'All scenarios' }

export function scenarioRoutes({ baseUrl, sandbox }: ScenarioParts): Routes {
  const linkTo = (scenario: Scenario) => baseUrl + scenarioAddress(scenario)

  async function show(
    ctx: Koa.Context,
    p: { values: FormValues; faults?: FormFaults; scenario?: Scenario; notice?: string },
  ): Promise<void> {
    const apps = await orFault(registeredApps(sandbox.operator), 'The apps are not known now')
    ctx.body = scenarioPage({
      values: p.values,
      faults: p.faults ?? {},
      people: DEMO_PEOPLE,
      apps: apps.filter(({ scope }) => !scope.startsWith('__')),
      link: p.scenario && linkTo(p.scenario),
      notice: p.notice,
    })
  }

  /** Does something with the scenario of the form; one that is none is shown again. */
  const withScenario =
    (work: (ctx: Koa.Context, scenario: Scenario) => Promise<void>) =>
    async (ctx: Koa.Context): Promise<void> => {
      const values = valuesOfForm(await readForm(ctx))
      const read = readScenarioForm(values)
      if ('scenario' in read) return work(ctx, read.scenario)
      ctx.status = 400
      await show(ctx, { values, faults: read.faults })
    }

  return {
    'GET /scenarios': async (ctx) => {
      ctx.body = scenariosPage({ shipped: SHIPPED, saved: await savedScenarios(sandbox.scenariosFolder) })
    },
    'GET /scenarios/open': async (ctx) => {
      const params = new URLSearchParams(ctx.querystring)
      const text = params.get(SCENARIO_PARAMETER)
      if (text === null) return show(ctx, { values: BLANK })
      try {
        const scenario = readScenarioText(text)
        const saved = params.get('saved')
        const notice = saved === null ? undefined : `Saved as ${saved}.`
        await show(ctx, { values: valuesOf(scenario), scenario, ...(notice === undefined ? {} : { notice }) })
      } catch (error) {
        if (error instanceof NoScenario) throw new PageFault(400, 'This link holds no scenario', error.message, BACK)
        throw error
      }
    },
    'POST /scenarios/link': withScenario(async (ctx, scenario) => goTo(ctx, scenarioAddress(scenario))),
    'POST /scenarios/save': withScenario(async (ctx, scenario) => {
      const id = await saveScenario(sandbox.scenariosFolder, scenario)
      goTo(ctx, `${scenarioAddress(await findScenario(id, sandbox.scenariosFolder))}&saved=${id}`)
    }),
    'POST /scenarios/start': withScenario(async (ctx, scenario) => {
      goTo(ctx, `/runs/${await orFault(beginScenario(sandbox, scenario), 'The run was not begun', BACK)}`)
    }),
    'POST /scenarios/run': withScenario(async (ctx, scenario) => {
      const { id } = await orFault(runScenario(sandbox, scenario), 'The scenario was not run', BACK).catch((error) => {
        if (error instanceof PageFault) throw error
        throw new PageFault(502, 'The scenario was not run', error instanceof Error ? error.message : '', BACK)
      })
      goTo(ctx, `/runs/${id}`)
    }),
  }
}
