// The launch of the older SMART proxy of Azure API for FHIR: base64 of a JSON object that anyone can write. Taken only
// from clients that an operator has marked, and only for patients whom the person may open by our own rule (SEED-14).
import { z } from 'zod'
import { isId } from '../../smart/fhir/reference.ts'
import type { LaunchContext } from '../../smart/launch-context.ts'
import type { RegisteredClient } from '../clients/client.ts'
import type { Launch } from './launches.ts'

const id = z.string().refine(isId)

/** Other members are dropped: they never reach the token answer. */
const legacySchema = z.object({
  patient: id.optional(),
  encounter: id.optional(),
  need_patient_banner: z.boolean().optional(),
  smart_style_url: z.url({ protocol: /^https$/ }).optional(),
})

const MAX_CHARACTERS = 2_000

export function legacyLaunch(client: RegisteredClient, text: string): Launch | undefined {
  if (!client.legacy_launch || text.length > MAX_CHARACTERS || !/^[A-Za-z0-9+/_-]+={0,2}$/.test(text)) return undefined
  const parsed = legacySchema.safeParse(parseJson(Buffer.from(text, 'base64').toString('utf8')))
  if (!parsed.success) return undefined
  const context = JSON.parse(JSON.stringify(parsed.data)) as LaunchContext
  if (context.encounter !== undefined && context.patient === undefined) return undefined
  return { clientId: client.client_id, context }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
