// The apps that can be launched: whatever is registered now with a launch URL, the sandbox's own first.

import { z } from 'zod'
import type { IssuerApi } from './issuer-api.ts'
import type { LaunchableApp } from './pages.ts'

const answer = z.object({
  clients: z.array(
    z.object({
      client_id: z.string(),
      client_name: z.string(),
      enabled: z.boolean(),
      created: z.string(),
      launch_url: z.url().optional(),
      purpose: z.string().optional(),
    }),
  ),
})

/** A real EHR has a list of its own; this one asks as the operator. @throws IssuerRefused */
export async function registeredApps(operator: IssuerApi): Promise<LaunchableApp[]> {
  const { clients } = await operator.call('__clients', 'GET', '/clients', answer)
  return clients
    .filter(({ enabled }) => enabled)
    .sort((one, other) => one.created.localeCompare(other.created))
    .flatMap(({ client_id, client_name, launch_url, purpose }) =>
      launch_url === undefined ? [] : [{ client_id, client_name, launch_url, purpose }],
    )
}
