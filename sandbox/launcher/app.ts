// The EHR launcher as an HTTP application: sign in, open a chart, start an app on it.

import Koa from 'koa'
import rawBody from 'raw-body'
import { z } from 'zod'
import type { EntraSignIn } from './entra-sign-in.ts'
import { IssuerRefused } from './issuer-api.ts'
import type { LaunchClient } from './launch-client.ts'
import {
  chartPage,
  faultPage,
  framePage,
  type LaunchableApp,
  patientsPage,
  strangerPage,
  welcomePage,
} from './pages.ts'
import type { Records } from './records.ts'
import { isFormOf, type Session, SessionStore } from './session.ts'
import { SMART_STYLE, STYLE_SHEET } from './style.ts'

const COOKIE = 'ehr_launcher'
const MAX_FORM_BYTES = 16_384

export type LauncherParts = {
  /** Origin of the launcher, as browsers know it. */
  baseUrl: string
  /** Public FHIR base, the `iss` of each launch. */
  fhirBase: string
  signIn: EntraSignIn
  records: Records
  launches: LaunchClient
  /** Those that can be launched now. @throws IssuerRefused */
  apps(): Promise<readonly LaunchableApp[]>
  /** `Practitioner/x` that a login works as, if any. */
  practitionerOf(oid: string): string | undefined
}

const fhirId = z.string().regex(/^[A-Za-z0-9.-]{1,64}$/)
const launchFormSchema = z.object({
  client_id: z.string().min(1),
  patient: fhirId,
  encounter: z.union([z.literal(''), fhirId]).default(''),
  need_patient_banner: z.literal('true').optional(),
  intent: z.string().trim().max(200).default(''),
})

const START_AGAIN = { href: '/', label: 'Start again' }

/** A fault to be shown as a page. */
class PageFault extends Error {
  readonly status: number
  readonly title: string
  readonly next: { href: string; label: string }
  constructor(status: number, title: string, message: string, next = START_AGAIN) {
    super(message)
    this.status = status
    this.title = title
    this.next = next
  }
}

export function launcherApp(parts: LauncherParts): Koa {
  const sessions = new SessionStore()
  /** @param apps those that the page starts */
  function policyFor(apps: readonly LaunchableApp[]): string {
    const targets = [...new Set(apps.map((app) => sourceOf(app.launch_url)))].join(' ')
    return [
      "default-src 'none'",
      "style-src 'self'",
      `frame-src ${targets} ${new URL(parts.fhirBase).origin}`,
      // A launch answers the form with a redirect to the app, and an app with a server sends the browser on to sign in.
      `form-action 'self' ${apps.length === 0 ? '' : 'http: https: '}${targets}`,
      "base-uri 'none'",
      "frame-ancestors 'none'",
    ].join('; ')
  }

  const setSession = (ctx: Koa.Context, id: string) =>
    ctx.cookies.set(COOKIE, id, { httpOnly: true, sameSite: 'lax', path: '/', overwrite: true })

  function getClinician(session: Session | undefined): { session: Session; practitioner: string } | undefined {
    const practitioner = session?.user && parts.practitionerOf(session.user.oid)
    return session && practitioner !== undefined ? { session, practitioner } : undefined
  }

  async function findApps(): Promise<readonly LaunchableApp[]> {
    return parts.apps().catch((error: unknown) => {
      if (error instanceof IssuerRefused) throw new PageFault(502, 'The apps are not known now', error.message)
      throw error
    })
  }

  async function readForm(ctx: Koa.Context): Promise<{ session: Session; form: URLSearchParams }> {
    const session = sessions.find(ctx.cookies.get(COOKIE))
    const text = await rawBody(ctx.req, { limit: MAX_FORM_BYTES, encoding: 'utf8' }).catch(() => {
      throw new PageFault(400, 'This form cannot be read', 'It is too large, or was cut off.')
    })
    const form = new URLSearchParams(text)
    if (!session || !isFormOf(session, form.get('csrf') ?? '')) {
      throw new PageFault(403, 'This form is out of date', 'You may have signed in again since it was opened.')
    }
    return { session, form }
  }

  async function home(ctx: Koa.Context): Promise<void> {
    const session = sessions.find(ctx.cookies.get(COOKIE))
    if (!session?.user) {
      ctx.body = welcomePage()
      return
    }
    const user = { name: session.user.name, csrf: session.csrf }
    const clinician = getClinician(session)
    if (!clinician) {
      ctx.status = 403
      ctx.body = strangerPage(user)
      return
    }
    const params = new URLSearchParams(ctx.querystring)
    const patientId = params.get('patient')
    if (patientId !== null) {
      const patient = fhirId.safeParse(patientId).success ? await parts.records.findPatient(patientId) : undefined
      if (!patient) throw new PageFault(404, 'No such chart', 'There is no patient with this id.')
      const [encounters, apps] = await Promise.all([parts.records.encounters(patient.id), findApps()])
      ctx.set('Content-Security-Policy', policyFor(apps))
      ctx.body = chartPage({ user, patient, encounters, apps })
      return
    }
    const query = (params.get('q') ?? '').trim().slice(0, 100)
    const [panel, found] = await Promise.all([
      parts.records.panel(clinician.practitioner),
      parts.records.searchPatients(query),
    ])
    const mine = new Set(panel.map(({ id }) => id))
    ctx.body = patientsPage({
      user,
      query,
      panel: found.filter(({ id }) => mine.has(id)),
      others: found.filter(({ id }) => !mine.has(id)),
    })
  }

  async function beginSignIn(ctx: Koa.Context): Promise<void> {
    const { url, pending } = await parts.signIn.begin()
    setSession(ctx, sessions.open({ pending }))
    ctx.redirect(url)
  }

  async function finishSignIn(ctx: Koa.Context): Promise<void> {
    const id = ctx.cookies.get(COOKIE)
    const { pending } = sessions.find(id) ?? {}
    sessions.close(id)
    const params = new URLSearchParams(ctx.querystring)
    if (!pending || params.get('state') !== pending.state) {
      throw new PageFault(400, 'Sign-in was not completed', 'This answer belongs to no sign-in of this browser.')
    }
    const code = params.get('code')
    if (code === null) {
      throw new PageFault(400, 'Sign-in was not completed', 'The identity provider did not sign you in.')
    }
    const user = await parts.signIn.finish(code, pending).catch(() => {
      throw new PageFault(400, 'Sign-in was not completed', "The identity provider's answer could not be verified.")
    })
    setSession(ctx, sessions.open({ user }))
    ctx.redirect('/')
  }

  async function signOut(ctx: Koa.Context): Promise<void> {
    await readForm(ctx)
    sessions.close(ctx.cookies.get(COOKIE))
    ctx.status = 303
    ctx.set('Location', '/')
  }

  async function launch(ctx: Koa.Context): Promise<void> {
    const { session, form } = await readForm(ctx)
    if (!session.user || !getClinician(session)) throw new PageFault(403, 'Only for clinicians', 'Sign in first.')
    const parsed = launchFormSchema.safeParse(Object.fromEntries(form))
    if (!parsed.success) throw new PageFault(400, 'This launch is incomplete', 'Choose a patient and an app.')
    const { client_id, patient, encounter, intent, need_patient_banner } = parsed.data
    const backToChart = { href: `/?patient=${encodeURIComponent(patient)}`, label: 'Back to the chart' }
    if (encounter !== '') {
      const known = await parts.records.encounters(patient)
      if (!known.some(({ id }) => id === encounter)) {
        throw new PageFault(400, 'This launch is not possible', 'The visit belongs to another patient.', backToChart)
      }
    }
    const app = (await findApps()).find((one) => one.client_id === client_id)
    if (!app) throw new PageFault(400, 'This launch is not possible', 'No such app is registered now.', backToChart)
    const opened = parts.launches.open({
      client_id: app.client_id,
      patient,
      ...(encounter === '' ? {} : { encounter }),
      ...(intent === '' ? {} : { intent }),
      need_patient_banner: need_patient_banner === 'true',
      smart_style_url: `${parts.baseUrl}/smart-style.json`,
      user: { tid: session.user.tid, oid: session.user.oid },
    })
    const { launch: handle, id } = await opened.catch((error: unknown) => {
      if (error instanceof IssuerRefused)
        throw new PageFault(502, 'The app was not started', error.message, backToChart)
      throw error
    })
    const target = new URL(app.launch_url)
    target.searchParams.set('iss', parts.fhirBase)
    target.searchParams.set('launch', handle)
    session.launches.push(id)
    if (form.get('where') === 'frame') {
      ctx.set('Content-Security-Policy', policyFor([app]))
      const name = (await parts.records.findPatient(patient))?.name ?? patient
      ctx.body = framePage({
        user: { name: session.user.name, csrf: session.csrf },
        name,
        app: app.client_name,
        src: target.href,
      })
      return
    }
    ctx.status = 303
    ctx.set('Location', target.href)
  }

  /** Leaving a chart ends what apps hold on it. */
  async function closeChart(ctx: Koa.Context): Promise<void> {
    const { session } = await readForm(ctx)
    const open = session.launches.splice(0)
    // One that has ended already is none to end.
    await Promise.all(open.map((id) => parts.launches.close(id).catch(() => undefined)))
    ctx.status = 303
    ctx.set('Location', '/')
  }

  const routes: Record<string, (ctx: Koa.Context) => Promise<void> | void> = {
    'GET /': home,
    'GET /sign-in': beginSignIn,
    'GET /callback': finishSignIn,
    'POST /sign-out': signOut,
    'POST /launch': launch,
    'POST /close-chart': closeChart,
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

  const app = new Koa()
  app.silent = true
  app.use(async (ctx) => {
    ctx.set({
      'Content-Security-Policy': policyFor([]),
      'Cache-Control': 'no-store',
      'Referrer-Policy': 'same-origin',
      'X-Content-Type-Options': 'nosniff',
    })
    try {
      const route = Object.hasOwn(routes, `${ctx.method} ${ctx.path}`) ? routes[`${ctx.method} ${ctx.path}`] : undefined
      if (!route) throw new PageFault(404, 'No such page', 'There is nothing at this address.')
      await route(ctx)
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

/** For a policy: an app of a device has a scheme of its own, and no origin. */
function sourceOf(url: string): string {
  const { origin, protocol } = new URL(url)
  return origin === 'null' ? protocol : origin
}
