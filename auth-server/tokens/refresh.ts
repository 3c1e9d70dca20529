// A refresh that asks for less: each scope that it names must lie within what was granted (REF-03). The library compares
// texts alone, so the front keeps the scopes from it and they are put back here, once they are known to be within. A grant that
// its person has narrowed since gives what is left, whatever the refresh token says.
import { errors, type KoaContextWithOIDC } from 'oidc-provider'
import { isTechnical } from '../../smart/access/granting.ts'
import { parseScope, scopeContains } from '../../smart/access/scope.ts'
import type { GrantRecord } from '../grants/grants.ts'

/** @throws InvalidScope when something wider is asked for; nothing has been used up by then */
export function narrowRefresh(ctx: KoaContextWithOIDC, fhirBase: string, { scopes, narrowedAt }: GrantRecord): void {
  const { refreshScope } = ctx.state as { refreshScope?: string }
  if (refreshScope === undefined && narrowedAt === undefined) return
  const asked = refreshScope?.split(' ').filter((scope) => scope !== '') ?? scopes
  const wider = asked.filter((scope) => !isWithin(scope, scopes))
  if (asked.length === 0 || wider.length > 0) throw new errors.InvalidScope('wider than granted', wider.join(' '))
  // For this answer alone: the grant is not saved.
  for (const scope of asked) ctx.oidc.entities.Grant?.addResourceScope(fhirBase, scope)
  if (ctx.oidc.params !== undefined) ctx.oidc.params.scope = asked.join(' ')
}

function isWithin(scope: string, granted: readonly string[]): boolean {
  if (granted.includes(scope)) return true
  const parsed = parseScope(scope)
  if (isTechnical(scope) || !parsed.ok) return false
  return granted.some((one) => {
    const held = parseScope(one)
    return held.ok && scopeContains(held.scope, parsed.scope)
  })
}
