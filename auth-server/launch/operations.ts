// The API for EHRs: open a chart for an app, see what is open, open another app on it, close it (EHR-10).
import { z } from 'zod'
import { isId } from '../../smart/fhir/reference.ts'
import type { LaunchContext } from '../../smart/launch-context.ts'
import { ApiError, type Operation, operation } from '../api/own-api.ts'
import type { ClientRegistry } from '../clients/registry.ts'
import type { Endings } from '../grants/endings.ts'
import { accountSchema } from '../identity/account.ts'
import { LAUNCH_LIFETIME_SECONDS, type Launches, type LaunchRecord } from './launches.ts'

const id = z.string().refine(isId, 'must be a FHIR id')
/** Relative ones are the guide's own; all others are absolute (TOK-12). */
const role = z
  .string()
  .max(500)
  .refine((text) => text === 'launch' || URL.canParse(text), 'must be "launch" or an absolute URI')

const fhirContextItem = z
  .strictObject({
    reference: z
      .string()
      .regex(/^[A-Z][A-Za-z]+\/[A-Za-z0-9.-]{1,64}(\/_history\/[A-Za-z0-9.-]{1,64})?$/, 'must be a relative reference')
      .optional(),
    canonical: z.url().max(500).optional(),
    identifier: z.looseObject({ system: z.string().optional(), value: z.string() }).optional(),
    type: z
      .string()
      .regex(/^[A-Z][A-Za-z]+$/)
      .optional(),
    role: role.optional(),
  })
  .refine((item) => item.reference ?? item.canonical ?? item.identifier, 'needs a reference, canonical or identifier')
  .refine(
    (item) =>
      !/^(Patient|Encounter)(\/|$)/.test(item.reference ?? item.type ?? '') ||
      (item.role !== undefined && item.role !== 'launch'),
    'Patient and Encounter have members of their own, unless their role is another one',
  )

const contextMembers = {
  patient: id.optional(),
  encounter: id.optional(),
  fhirContext: z.array(fhirContextItem).max(20).optional(),
  intent: z.string().max(200).optional(),
  need_patient_banner: z.boolean().optional(),
  smart_style_url: z.url({ protocol: /^https?$/ }).optional(),
  tenant: z.string().max(200).optional(),
}

const launchSchema = z
  .strictObject({ client_id: z.string(), ...contextMembers, user: accountSchema.optional() })
  .refine((launch) => launch.encounter === undefined || launch.patient !== undefined, 'encounter needs a patient')

/** Whose chart it is cannot change: another patient is another launch. */
const rebindSchema = z.strictObject({
  client_id: z.string().optional(),
  encounter: contextMembers.encounter,
  fhirContext: contextMembers.fhirContext,
  intent: contextMembers.intent,
})

const launchAnswer = z.object({ launch: z.string(), id: z.string(), expires_in: z.number() })
const chartAnswer = z.object({
  id: z.string(),
  client_id: z.string(),
  ...contextMembers,
  user: accountSchema.optional(),
  created: z.string(),
  closed: z.boolean(),
  grants: z.number(),
})

export function launchOperations(parts: {
  clients: ClientRegistry
  launches: Launches
  endings: Endings
}): readonly Operation[] {
  const { clients, launches, endings } = parts

  async function appOf(clientId: string): Promise<void> {
    if ((await clients.find(clientId))?.launch_url !== undefined) return
    throw new ApiError(400, 'invalid_request', 'client_id: no client with a launch URL')
  }
  const issued = (launch: string, chart: string) =>
    ({ status: 201, body: { launch, id: chart, expires_in: LAUNCH_LIFETIME_SECONDS } }) as const

  return [
    operation({
      method: 'POST',
      path: '/launch',
      scope: '__launch',
      summary: 'Open a chart for an app. The app is opened with `launch`; `id` is for the EHR alone.',
      body: launchSchema,
      answer: launchAnswer,
      async run({ caller, body }) {
        const { client_id, user, ...context } = body
        await appOf(client_id)
        const launch = { clientId: client_id, context: present(context), ...(user === undefined ? {} : { user }) }
        const opened = await launches.open(caller.client_id, launch)
        return issued(opened.launch, opened.id)
      },
    }),
    operation({
      method: 'GET',
      path: '/launches',
      scope: '__launch',
      summary: 'The charts that the calling EHR has opened within the last day.',
      query: { patient: 'only the charts of this patient' },
      answer: z.object({ launches: z.array(chartAnswer) }),
      async run({ caller, query }) {
        const patient = query.get('patient')
        const own = await launches.of(caller.client_id)
        const matches = own.filter(({ context }) => patient === null || context.patient === patient)
        return { status: 200, body: { launches: matches.map((chart) => shown(chart.id, chart)) } }
      },
    }),
    operation({
      method: 'GET',
      path: '/launches/{id}',
      scope: '__launch',
      summary: 'One chart of the calling EHR.',
      refusals: { 404: 'The calling EHR has no such chart.' },
      answer: chartAnswer,
      async run({ caller, params }) {
        const chart = { ehr: caller.client_id, id: String(params.id) }
        const found = await launches.find(chart)
        if (found === undefined) throw noSuchChart()
        return { status: 200, body: shown(chart.id, found) }
      },
    }),
    operation({
      method: 'POST',
      path: '/launches/{id}/launch',
      scope: '__launch',
      summary: 'Another launch of an open chart, for the same app or another, on the same patient.',
      refusals: { 404: 'The calling EHR has no such chart.', 409: 'The chart is closed.' },
      body: rebindSchema,
      answer: launchAnswer,
      async run({ caller, params, body }) {
        const { client_id, ...changed } = body
        if (client_id !== undefined) await appOf(client_id)
        const chart = { ehr: caller.client_id, id: String(params.id) }
        const found = await launches.find(chart)
        if (found === undefined) throw noSuchChart()
        if (changed.encounter !== undefined && found.context.patient === undefined) {
          throw new ApiError(400, 'invalid_request', 'encounter needs a patient')
        }
        const launch = await launches.rebind(chart, {
          context: { ...found.context, ...present(changed) },
          ...(client_id === undefined ? {} : { clientId: client_id }),
        })
        if (launch === undefined) throw new ApiError(409, 'invalid_request', 'the chart is closed')
        return issued(launch, chart.id)
      },
    }),
    operation({
      method: 'DELETE',
      path: '/launches/{id}',
      scope: '__launch',
      summary: 'Close a chart. Every token that apps hold on it ends.',
      refusals: { 404: 'The calling EHR has no such open chart.' },
      async run({ caller, params }) {
        const grants = await launches.close({ ehr: caller.client_id, id: String(params.id) })
        if (grants === undefined) throw noSuchChart()
        await Promise.all(grants.map(({ sub, gid }) => endings.endGrant(sub, gid)))
        return { status: 204 }
      },
    }),
  ]
}

function noSuchChart(): ApiError {
  return new ApiError(404, 'not_found', 'no such chart of this EHR')
}

function shown(chart: string, { clientId, context, user, created, closed, grants }: LaunchRecord) {
  return { id: chart, client_id: clientId, ...context, user, created, closed, grants: grants.length }
}

/** Absent members stay absent: an explicit undefined would be told to apps as a member. */
function present(members: object): LaunchContext {
  return JSON.parse(JSON.stringify(members))
}
