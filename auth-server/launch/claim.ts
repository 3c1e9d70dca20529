// The `launch` parameter of an authorization request: claimed when the request arrives, before anything is shown (EHR-04).
import { errors, type KoaContextWithOIDC } from 'oidc-provider'
import type { ClientRegistry } from '../clients/registry.ts'
import type { Launches } from './launches.ts'
import { legacyLaunch } from './legacy.ts'

/** @throws InvalidRequest when it is not, or no longer, a launch of this client; which of these is not told */
export async function claimLaunch(
  ctx: KoaContextWithOIDC,
  id: string | undefined,
  clientId: string,
  { clients, launches }: { clients: ClientRegistry; launches: Launches },
): Promise<void> {
  // Without the scope the launch means nothing (EHR-06); at resume this request has claimed it already.
  const scopes = String(ctx.oidc.params?.scope ?? '').split(' ')
  if (id === undefined || !scopes.includes('launch') || ctx.oidc.route !== 'authorization') return
  const client = await clients.find(clientId)
  if (client !== undefined && legacyLaunch(client, id) !== undefined) return
  if (!(await launches.claim(id, clientId))) throw new errors.InvalidRequest('launch is not valid')
}
