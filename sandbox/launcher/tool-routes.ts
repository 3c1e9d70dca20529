// The developers' pages that are about no run: consent preview, inputs for test kits, status.

import type Koa from 'koa'
import { assets, LANGUAGES, type Lang } from '../../consent-ui/index.ts'
import type { RunningSandbox } from '../scenarios/running-sandbox.ts'
import { certificationInputs } from './certification.ts'
import { certificationPage, previewFormPage, type ServiceStatus, statusPage } from './pages/tool-pages.ts'
import { previewPage, type Reading, readingOf, readPreview, readView } from './preview.ts'
import { contentPolicy, type Routes } from './routing.ts'

const TIMEOUT_MS = 3_000

export type ToolParts = {
  sandbox: RunningSandbox
  /** Parts of the sandbox: an address of each that answers when it is ready. */
  services: readonly { name: string; address: string }[]
}

export function toolRoutes({ sandbox, services }: ToolParts): Routes {
  const files: Routes = Object.fromEntries(
    [...assets].map(([name, { contentType, body }]) => [
      `GET /assets/${name}`,
      (ctx: Koa.Context) => {
        ctx.type = contentType
        ctx.body = body
      },
    ]),
  )
  return {
    ...files,
    'GET /preview': (ctx) => {
      const params = new URLSearchParams(ctx.querystring)
      const [request, view] = [readPreview(params), readView(params)]
      const readings = Object.fromEntries(
        LANGUAGES.map((lang) => [lang, readingOf(previewPage(request, { ...view, lang }), lang)]),
      ) as Record<Lang, Reading>
      ctx.set('Content-Security-Policy', contentPolicy({ frames: "'self'" }))
      ctx.body = previewFormPage({ request, view, readings })
    },
    'GET /preview/page': (ctx) => {
      const params = new URLSearchParams(ctx.querystring)
      ctx.set('Content-Security-Policy', "default-src 'none'; style-src 'self'; frame-ancestors 'self'")
      ctx.body = previewPage(readPreview(params), readView(params))
    },
    'GET /certify': (ctx) => {
      ctx.body = certificationPage(certificationInputs(sandbox.urls))
    },
    'GET /status': async (ctx) => {
      ctx.body = statusPage(await Promise.all(services.map(statusOf)))
    },
  }
}

async function statusOf({ name, address }: { name: string; address: string }): Promise<ServiceStatus> {
  const began = performance.now()
  const isReady = await fetch(address, { redirect: 'manual', signal: AbortSignal.timeout(TIMEOUT_MS) }).then(
    ({ status }) => status < 500,
    () => false,
  )
  return { name, address, isReady, milliseconds: Math.round(performance.now() - began) }
}
