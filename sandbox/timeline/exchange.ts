// One request and its answer, as the front door saw them.

import { z } from 'zod'

export const exchangeSchema = z.object({
  /** ISO 8601 instant of the request. */
  at: z.string(),
  milliseconds: z.number(),
  method: z.string(),
  /** As the caller wrote it: absolute, with its query. */
  url: z.string(),
  /** The fields of a posted form. */
  form: z.array(z.tuple([z.string(), z.string()])).optional(),
  /** The header as it came. */
  authorization: z.string().optional(),
  status: z.number(),
  location: z.string().optional(),
  /** Of answers in JSON, where they are no data of the record. */
  body: z.string().optional(),
  /** The fault that was made here. */
  fault: z.string().optional(),
})

export type Exchange = z.infer<typeof exchangeSchema>

/**
 * By which a caller that is no browser says to which run of a scenario its request belongs: the id; with `aside` after a space for
 * the record system and the operator, whom no fault is meant for.
 */
export const RUN_HEADER = 'x-sandbox-run'
export const ASIDE = 'aside'
