// The record system's pages: sign in, open a chart, start apps on it, close it.

import type Koa from 'koa'
import { z } from 'zod'
import type { EntraSignIn } from './entra-sign-in.ts'
import type { LaunchClient } from './launch-client.ts'
import { chartPage, framePage, patientsPage, strangerPage, welcomePage } from './pages/clinician-pages.ts'
import type { PatientRow, Records } from './records.ts'
import { appCard, isLaunchable, type LaunchableApp, type RegisteredApp } from './registered-apps.ts'
import { contentPolicy, goTo, orFault, PageFault, type Routes, readForm } from './routing.ts'
import { isFormOf, type Session, SessionStore } from './session.ts'

const COOKIE = 'ehr_launcher'

export type ClinicianParts = {
  /** Origin of the launcher, as browsers know it. */
  baseUrl: string
  /** Public FHIR base, the `iss` of each launch. */
  fhirBase: string
  signIn: EntraSignIn
  records: Records
  launches: LaunchClient
  /** Those that are registered now. @throws IssuerRefused */
  apps(): Promise<readonly RegisteredApp[]>
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

export function clinicianRoutes(parts: ClinicianParts): Routes {
  const sessions = new SessionStore()

  /** @param apps those that the page starts */
  function policyFor(apps: readonly LaunchableApp[]): string {
    const targets = [...new Set(apps.map((app) => sourceOf(app.launch_url)))].join(' ')
    return contentPolicy({
      frames: `${targets} ${new URL(parts.fhirBase).origin}`,
      // A launch answers the form with a redirect to the app, and an app with a server sends the browser on to sign in.
      ...(apps.length === 0 ? {} : { forms: `http: https: ${targets}` }),
    })
  }

  const setSession = (ctx: Koa.Context, id: string) =>
    ctx.cookies.set(COOKIE, id, { httpOnly: true, sameSite: 'lax', path: '/', overwrite: true })

  function getClinician(session: Session | undefined): { session: Session; practitioner: string } | undefined {
    const practitioner = session?.user && parts.practitionerOf(session.user.oid)
    return session && practitioner !== undefined ? { session, practitioner } : undefined
  }

  const findApps = async (): Promise<LaunchableApp[]> =>
    (await orFault(parts.apps(), 'The apps are not known now')).filter(isLaunchable)

  async function readOwnForm(ctx: Koa.Context): Promise<{ session: Session; form: URLSearchParams }> {
    const session = sessions.find(ctx.cookies.get(COOKIE))
    const form = await readForm(ctx)
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
    if (patientId !== null) return chart(ctx, session, user, patientId)
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

  async function chart(ctx: Koa.Context, session: Session, user: { name: string; csrf: string }, patientId: string) {
    const patient = fhirId.safeParse(patientId).success ? await parts.records.findPatient(patientId) : undefined
    if (!patient) throw new PageFault(404, 'No such chart', 'There is no patient with this id.')
    const [encounters, apps] = await Promise.all([parts.records.encounters(patient.id), findApps()])
    const lastOpened = (app: LaunchableApp) => session.lastOpened.get(app.client_id) ?? 0
    ctx.set('Content-Security-Policy', policyFor(apps))
    ctx.body = chartPage({
      user,
      patient,
      encounters,
      apps: apps.sort((one, other) => lastOpened(other) - lastOpened(one)).map(appCard),
      open: session.launches.filter((one) => one.patient === patient.id),
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
    await readOwnForm(ctx)
    sessions.close(ctx.cookies.get(COOKIE))
    goTo(ctx, '/')
  }

  /** Opens the chart for the app of the form. @returns where the app is */
  async function openLaunch(ctx: Koa.Context) {
    const { session, form } = await readOwnForm(ctx)
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
    const { launch: handle, id } = await orFault(opened, 'The app was not started', backToChart)
    const since = new Date()
    session.launches.push({ id, patient, name: app.client_name, since })
    session.lastOpened.set(app.client_id, since.getTime())
    return { session, user: session.user, app, patient, target: launchAddress(app.launch_url, parts.fhirBase, handle) }
  }

  async function launch(ctx: Koa.Context): Promise<void> {
    const { target } = await openLaunch(ctx)
    goTo(ctx, target)
  }

  async function launchInFrame(ctx: Koa.Context): Promise<void> {
    const { session, user, app, patient: id, target } = await openLaunch(ctx)
    const unknown: PatientRow = { id, name: id, birthDate: '', gender: '', number: '' }
    const patient = (await parts.records.findPatient(id)) ?? unknown
    ctx.set('Content-Security-Policy', policyFor([app]))
    ctx.body = framePage({ user: { name: user.name, csrf: session.csrf }, patient, app: app.client_name, src: target })
  }

  /** Leaving a chart ends what apps hold on it. */
  async function closeChart(ctx: Koa.Context): Promise<void> {
    const { session, form } = await readOwnForm(ctx)
    const isClosed = ({ patient }: { patient: string }) => patient === form.get('patient')
    const closed = session.launches.filter(isClosed)
    session.launches = session.launches.filter((one) => !isClosed(one))
    // One that has ended already is none to end.
    await Promise.all(closed.map(({ id }) => parts.launches.close(id).catch(() => undefined)))
    goTo(ctx, '/')
  }

  return {
    'GET /': home,
    'GET /sign-in': beginSignIn,
    'GET /callback': finishSignIn,
    'POST /sign-out': signOut,
    'POST /launch': launch,
    'POST /launch/frame': launchInFrame,
    'POST /close-chart': closeChart,
  }
}

/** The address by which an EHR opens an app. */
export function launchAddress(launchUrl: string, fhirBase: string, launch: string): string {
  const target = new URL(launchUrl)
  target.searchParams.set('iss', fhirBase)
  target.searchParams.set('launch', launch)
  return target.href
}

/** For a policy: an app of a device has a scheme of its own, and no origin. */
function sourceOf(url: string): string {
  const { origin, protocol } = new URL(url)
  return origin === 'null' ? protocol : origin
}
