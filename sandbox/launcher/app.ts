// The EHR launcher as an HTTP application: the made-up record system, and the developers' tools beside it.

import Koa from 'koa'
import { type ClinicianParts, clinicianRoutes } from './clinician-routes.ts'
import { faultPage } from './pages/frame.ts'
import { answerRoute, contentPolicy, PageFault, type Routes } from './routing.ts'
import { type RunParts, runRoutes } from './run-routes.ts'
import { type ScenarioParts, scenarioRoutes } from './scenario-routes.ts'
import { SMART_STYLE, STYLE_SHEET } from './style.ts'
import { type ToolParts, toolRoutes } from './tool-routes.ts'

export type LauncherParts = ClinicianParts & ScenarioParts & RunParts & ToolParts

const TOOL_PATHS = /^\/(scenarios|runs)(\/|$)/

export function launcherApp(parts: LauncherParts): Koa {
  const { origin, host } = new URL(parts.baseUrl)
  const routes: Routes = {
    ...clinicianRoutes(parts),
    ...scenarioRoutes(parts),
    ...runRoutes(parts),
    ...toolRoutes(parts),
    'GET /health': (ctx) => {
      ctx.body = { status: 'ok' }
    },
    'GET /style.css': (ctx) => {
      ctx.type = 'css'
      ctx.body = STYLE_SHEET
    },
    'GET /smart-style.json': (ctx) => {
      ctx.set('Access-Control-Allow-Origin', '*')
      ctx.set('Cache-Control', 'public, max-age=3600')
      ctx.body = SMART_STYLE
    },
  }

  /** Tokens are shown on these pages, and there is no sign-in: no page of another origin may reach them, by no name of this one. */
  function refuseOthers(ctx: Koa.Context): void {
    if (!TOOL_PATHS.test(ctx.path)) return
    const isOurs = ctx.get('host') === host && (ctx.method !== 'POST' || ctx.get('origin') === origin)
    if (!isOurs) throw new PageFault(403, 'Not from here', `Open this page at ${origin}.`)
  }

  const app = new Koa()
  app.silent = true
  app.use(async (ctx) => {
    ctx.set({
      'Content-Security-Policy': contentPolicy(),
      'Cache-Control': 'no-store',
      'Referrer-Policy': 'same-origin',
      'X-Content-Type-Options': 'nosniff',
    })
    try {
      refuseOthers(ctx)
      await answerRoute(routes, ctx)
    } catch (error) {
      const fault =
        error instanceof PageFault
          ? error
          : new PageFault(503, 'Not available now', 'The record system or the sign-in does not answer. Try again.')
      ctx.status = fault.status
      ctx.type = 'html'
      ctx.body = faultPage({ title: fault.title, message: fault.message, next: fault.next })
    }
  })
  return app
}
