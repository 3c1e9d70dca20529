// Why a request to the FHIR base is allowed or refused, for whoever supports an app: from a token, or from scopes as they
// might be. Nothing is asked of the FHIR server, so that no record decides what is said.
import { z } from 'zod'
import { isId } from '../../smart/fhir/reference.ts'
import { type ExplainRequest, explain } from '../../smart/plan/explain.ts'
import type { TokenStatuses } from '../tokens/token-status.ts'
import { ApiError, type Operation, operation } from './own-api.ts'

const id = z.string().refine(isId, 'must be a FHIR id')

const explainSchema = z.union([
  z.strictObject({ method: z.string().max(10), url: z.string().max(8_000), token: z.string().max(20_000) }),
  z.strictObject({
    method: z.string().max(10),
    url: z.string().max(8_000),
    scope: z.string().max(32_000),
    patient: id.optional(),
    person: z
      .string()
      .regex(/^(Patient|Practitioner|RelatedPerson)\/[A-Za-z0-9.-]{1,64}$/)
      .optional(),
    /** Whom the person may open, as far as it is known. */
    patients: z.array(id).max(500).optional(),
  }),
])

const explanation = z.object({
  decision: z.enum(['allowed', 'denied', 'not-understood']),
  interaction: z.string().optional(),
  reason: z.string().optional(),
  message: z.string().optional(),
  smallestScope: z.string().optional(),
  clauses: z.array(z.string()),
  upstream: z.string().optional(),
  before: z.array(z.string()).optional(),
  guard: z.array(z.string()).optional(),
})

export function explainOperations(parts: { fhirBase: string; statuses: TokenStatuses }): readonly Operation[] {
  const settings = { panelLimit: 500, bases: [parts.fhirBase] }
  return [
    operation({
      method: 'POST',
      path: '/explain',
      scope: '__explain',
      summary: 'What a request to the FHIR base would be decided, and why: for a token, or for scopes and a person.',
      body: explainSchema,
      answer: explanation,
      async run({ body }) {
        const asked = 'token' in body ? await ofToken(body) : ofScopes(body)
        return { status: 200, body: explain(asked, settings) }
      },
    }),
  ]

  async function ofToken({
    method,
    url,
    token,
  }: {
    method: string
    url: string
    token: string
  }): Promise<ExplainRequest> {
    const claims = await parts.statuses.verify(token)
    if (claims === undefined) throw new ApiError(400, 'invalid_request', 'token: not a token of ours, or it has ended')
    const { patient, person } = claims as { patient?: string; person?: string }
    return {
      method,
      url,
      scope: claims.scope,
      ...(patient === undefined ? {} : { patient }),
      ...(person === undefined ? {} : { person }),
    }
  }
}

function ofScopes({
  patients,
  patient,
  person,
  ...rest
}: Extract<z.infer<typeof explainSchema>, { scope: string }>): ExplainRequest {
  return {
    ...rest,
    ...(patient === undefined ? {} : { patient }),
    ...(person === undefined ? {} : { person }),
    ...(patients === undefined ? {} : { reach: { kind: 'patients', ids: new Set(patients) } }),
  }
}
