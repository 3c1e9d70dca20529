// The settings of consent opt-out, which is off until a category is named.

import { z } from 'zod'
import { list } from './setting-types.ts'

export const optOutSettings = {
  /** system|code of the Consents by which patients have their records withheld. Default none: off. */
  CONSENT_OPT_OUT_CATEGORY: z
    .string()
    .regex(/^[^|\s]+\|[^|\s]+$/, 'must be system|code')
    .optional(),
  /** How long consents are kept before they are read again, in minutes. Default 5. */
  CONSENT_OPT_OUT_MINUTES: z.coerce.number().positive().max(1440).default(5),
  /** What happens while consents cannot be read: deny answers 403, allow goes on as if there were none. Default deny. */
  CONSENT_OPT_OUT_ON_FAILURE: z.enum(['deny', 'allow']).default('deny'),
  /** Clients to which nothing is withheld, comma separated; `Administrator` means that role. Default none. */
  CONSENT_OPT_OUT_EXEMPT: list.default([]),
}

type Given = z.infer<z.ZodObject<typeof optOutSettings>>

export type OptOutConfig = {
  category: { system: string; code: string }
  keptMs: number
  onFailure: 'deny' | 'allow'
  exemptClients: ReadonlySet<string>
  exemptsAdministrators: boolean
}

/** Undefined: nothing is withheld. */
export function optOutOf(given: Given): OptOutConfig | undefined {
  const [system, code] = given.CONSENT_OPT_OUT_CATEGORY?.split('|') ?? []
  if (system === undefined || code === undefined) return undefined
  const exempt = given.CONSENT_OPT_OUT_EXEMPT
  return {
    category: { system, code },
    keptMs: given.CONSENT_OPT_OUT_MINUTES * 60_000,
    onFailure: given.CONSENT_OPT_OUT_ON_FAILURE,
    exemptClients: new Set(exempt.filter((name) => name !== 'Administrator')),
    exemptsAdministrators: exempt.includes('Administrator'),
  }
}
