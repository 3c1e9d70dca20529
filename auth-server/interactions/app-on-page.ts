// What the pages of a request say of an app: its own words, and whether anybody has checked it.
import type { AppOnPage } from '../../consent-ui/index.ts'
import type { RegisteredClient } from '../clients/client.ts'
import { redirectTarget } from './redirect-target.ts'

export function appOnPage(client: RegisteredClient, redirectUri: string): AppOnPage {
  const {
    client_name,
    maker,
    purpose,
    checked_by,
    data_use,
    policy_uri,
    required_scope = '',
    required_reasons,
  } = client
  return {
    name: client_name,
    maker,
    purpose,
    origin: redirectTarget(redirectUri),
    checkedBy: checked_by,
    dataUse: data_use,
    policyUri: policy_uri,
    required: required_scope.split(' ').filter((scope) => scope !== ''),
    without: required_reasons ?? {},
  }
}

/** What the page says of the app in the app's own words: when it changes the person is asked again. */
export function selfDescription({ client_name, maker, purpose, data_use }: RegisteredClient): string {
  return JSON.stringify([client_name, maker ?? '', purpose ?? '', ...(data_use === undefined ? [] : [data_use])])
}
