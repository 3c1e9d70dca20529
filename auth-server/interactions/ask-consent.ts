// The last step: the person decides what the app gets. Decided once, the same or less is not asked for again (SEED-21).
import { chosenScopes, consentPage } from '../../consent-ui/index.ts'
import { isAlwaysGranted, isTime, narrow } from '../../smart/access/narrowing.ts'
import type { LaunchContext } from '../../smart/launch-context.ts'
import type { RegisteredClient } from '../clients/client.ts'
import { ASKED_CONSENT } from '../front/authorize.ts'
import { redirectTarget } from './redirect-target.ts'
import type { RememberedConsent } from './remembered-consents.ts'
import { type Asking, common, type Outcome } from './steps.ts'

const isData = (scope: string): boolean => !isAlwaysGranted(scope) && !isTime(scope)

export async function askConsent(asking: Asking): Promise<Outcome> {
  const { ctx, client, state, form, uid, grantable, identity, personas, launch } = asking
  const chosen = new Set(form === undefined ? [] : narrow(grantable, chosenScopes(grantable, form)))
  const isAnswer = form?.get('decision') === 'share'
  const isEmpty = grantable.some(isData) && ![...chosen].some(isData)
  if (isAnswer && !isEmpty) return { kind: 'shared', chosen, context: contextOf(asking) }
  const remembered = await asking.remembered()
  if (form === undefined && remembered !== undefined && isSilent(asking, remembered)) {
    return {
      kind: 'shared',
      chosen: new Set(narrow(grantable, new Set(remembered.granted))),
      context: contextOf(asking),
    }
  }

  const { patient } = state
  const { maker, purpose, required_scope } = client
  ctx.status = isAnswer ? 400 : 200
  return {
    kind: 'page',
    html: consentPage({
      ...common(ctx, uid, state, client),
      app: {
        name: client.client_name,
        origin: redirectTarget(asking.redirectUri),
        ...(maker === undefined ? {} : { maker }),
        ...(purpose === undefined ? {} : { purpose }),
      },
      user: identity.name,
      ...(patient === undefined ? {} : { patient }),
      own: state.persona?.startsWith('Patient/') === true,
      changeable: launch?.context.patient === undefined && (state.isPatientPicked === true || personas.length > 1),
      scopes: [...grantable],
      ...(required_scope === undefined ? {} : { required: required_scope.split(' ') }),
      ...(remembered === undefined ? {} : { remembered }),
      ...(isAnswer ? { chosen: [...chosen], isEmpty: true } : {}),
    }),
  }
}

/** Nothing new is asked for, nobody wants to be asked, and no other app could be at the end of the redirect. */
function isSilent({ grantable, params, client, redirectUri }: Asking, remembered: RememberedConsent): boolean {
  if (params[ASKED_CONSENT] !== undefined) return false
  if (remembered.app !== selfDescription(client)) return false
  if (!isProvenApp(client.token_endpoint_auth_method, redirectUri)) return false
  return grantable.every((scope) => isAlwaysGranted(scope) || remembered.asked.includes(scope))
}

/** What the page says of the app in the app's own words. */
export function selfDescription({ client_name, maker, purpose }: RegisteredClient): string {
  return JSON.stringify([client_name, maker ?? '', purpose ?? ''])
}

/** Any program on a device may listen on a loopback port or take a scheme of its own (RFC 8252 section 8.6). */
function isProvenApp(authentication: string, redirectUri: string): boolean {
  return authentication !== 'none' || redirectUri.startsWith('https://')
}

function contextOf({ launch, state, grantable }: Asking): LaunchContext {
  const launched = grantable.includes('launch') ? launch?.context : undefined
  const encounter = launched?.encounter ?? state.encounter
  return {
    ...launched,
    ...(state.patient === undefined ? {} : { patient: state.patient.id }),
    ...(encounter === undefined || encounter === '' ? {} : { encounter }),
  }
}
