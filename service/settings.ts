// Settings that both services have: how many processes, how long they may take to end, and where telemetry goes.

import { z } from 'zod'

/** By the names of the environment. */
export const serviceSettings = {
  /** Processes that share the port, 1 to 64; auto: as many as there are cores. Default 1. */
  WORKERS: z.union([z.literal('auto'), z.coerce.number().int().min(1).max(64)]).default(1),
  /** How long requests under way may take once the service is told to end, in seconds, up to 600. Default 10. */
  DRAIN_SECONDS: z.coerce.number().int().min(1).max(600).default(10),
}
