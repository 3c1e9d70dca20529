// POST /launch: an EHR leaves the context of the open chart and gets an opaque launch id (EHR-10).

import { createLocalJWKSet, type JWTPayload, jwtVerify } from 'jose'
import type { Context, Middleware } from 'koa'
import { z } from 'zod'
import { isId } from '../../smart/reference.ts'
import type { ClientRegistry } from '../clients/registry.ts'
import { readBody } from '../front/body.ts'
import type { SigningKeys } from '../keys/signing-keys.ts'
import { LAUNCH_LIFETIME_SECONDS, type Launches } from './launches.ts'

const id = z.string().refine(isId, 'must be a FHIR id')
const fhirContextItem = z
  .strictObject({
    reference: z
      .string()
      .regex(/^[A-Z][A-Za-z]+\/[A-Za-z0-9.-]{1,64}$/)
      .optional(),
    canonical: z.string().max(500).optional(),
    identifier: z.looseObject({}).optional(),
    type: z
      .string()
      .regex(/^[A-Z][A-Za-z]+$/)
      .optional(),
    role: z.string().min(1).max(200).optional(),
  })
  .refine((item) => item.reference ?? item.canonical ?? item.identifier, 'needs a reference, canonical or identifier')
  .refine(
    (item) =>
      !/^(Patient|Encounter)\//.test(item.reference ?? '') || (item.role !== undefined && item.role !== 'launch'),
    'Patient and Encounter have members of their own',
  )

const launchSchema = z
  .strictObject({
    client_id: z.string(),
    patient: id.optional(),
    encounter: id.optional(),
    fhirContext: z.array(fhirContextItem).max(20).optional(),
    intent: z.string().max(200).optional(),
    need_patient_banner: z.boolean().optional(),
    smart_style_url: z.url({ protocol: /^https?$/ }).optional(),
    tenant: z.string().max(200).optional(),
    user: z.strictObject({ tid: z.uuid(), oid: z.uuid() }).optional(),
  })
  .refine((launch) => launch.encounter === undefined || launch.patient !== undefined, 'encounter needs a patient')

const MAX_BODY_BYTES = 16 * 1024

export function launchRoutes(parts: {
  issuer: string
  keys: SigningKeys
  clients: ClientRegistry
  launches: Launches
}): Middleware {
  const { issuer, keys, clients, launches } = parts
  const verifyCaller = callerVerifier(issuer, keys)
  return async (ctx, next) => {
    if (ctx.path !== '/launch') return next()
    ctx.set('Cache-Control', 'no-store')
    if (ctx.method !== 'POST') {
      ctx.set('Allow', 'POST')
      return refuse(ctx, 405, 'invalid_request', 'POST only')
    }
    const caller = await verifyCaller(ctx)
    const ehr = caller === undefined ? undefined : clients.find(String(caller.client_id))
    if (caller === undefined || ehr?.kind !== 'ehr') {
      ctx.set('WWW-Authenticate', 'Bearer error="invalid_token"')
      return refuse(ctx, 401, 'invalid_token', 'a token for this API is needed')
    }
    if (!String(caller.scope).split(' ').includes('__launch')) {
      ctx.set('WWW-Authenticate', 'Bearer error="insufficient_scope", scope="__launch"')
      return refuse(ctx, 403, 'insufficient_scope', 'scope __launch is needed')
    }
    const parsed = launchSchema.safeParse(parseJson(await readBody(ctx, MAX_BODY_BYTES).catch(() => '')))
    if (!parsed.success) {
      const faults = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'body'}: ${issue.message}`)
      return refuse(ctx, 400, 'invalid_request', faults.join('; '))
    }
    const { client_id, user, ...given } = parsed.data
    if (clients.find(client_id)?.launch_url === undefined) {
      return refuse(ctx, 400, 'invalid_request', 'client_id: no client with a launch URL')
    }
    // Absent members stay absent: an explicit undefined would be told to apps as a member.
    const context = JSON.parse(JSON.stringify(given))
    const launch = await launches.open({ clientId: client_id, context, ...(user === undefined ? {} : { user }) })
    ctx.status = 201
    ctx.body = { launch, expires_in: LAUNCH_LIFETIME_SECONDS }
  }
}

function refuse(ctx: Context, status: number, error: string, description: string): void {
  ctx.status = status
  ctx.body = { error, error_description: description }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Only tokens of ours that were issued for this API: the FHIR base's are for the proxy alone (INT-03). */
function callerVerifier(issuer: string, keys: SigningKeys): (ctx: Context) => Promise<JWTPayload | undefined> {
  const publicKeys = createLocalJWKSet({ keys: keys.jwks.keys.map(({ d, p, q, dp, dq, qi, ...rest }) => rest) })
  const options = { issuer, audience: issuer, typ: 'at+jwt', algorithms: ['ES256'], requiredClaims: ['exp'] }
  return async (ctx) => {
    const token = /^Bearer ([A-Za-z0-9._~+/-]+=*)$/.exec(ctx.get('authorization'))?.[1]
    if (token === undefined) return undefined
    return jwtVerify(token, publicKeys, options).then(
      ({ payload }) => payload,
      () => undefined,
    )
  }
}
