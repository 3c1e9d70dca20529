// What `npm run setup-entra` does with its words. It changes nothing unless told to.

import { parseArgs } from 'node:util'
import type { Graph, Json } from '../graph.ts'
import { type Change, roleRegistration, signInRegistration } from './registration.ts'

export const USAGE = `npm run setup-entra -- [--apply] [--issuer URL] [--name NAME | --client-id ID] [--role-mode]

Makes the registration in Entra that people sign in with: redirect URI, sign-out, and a directory extension fhirUser.
Without --apply it says what it would do, and changes nothing.
  --issuer URL     where people are sent back to; leave it out while it is not known
  --name NAME      its name; default "SMART on FHIR"
  --client-id ID   one that is there
  --role-mode      a registration of the API itself instead, with the app roles of role mode`

/** @throws Error in one line */
export async function setUpEntra(given: readonly string[], graph: Graph, say: (line: string) => void): Promise<void> {
  const { values } = parseArgs({
    args: [...given],
    options: {
      apply: { type: 'boolean', default: false },
      issuer: { type: 'string' },
      name: { type: 'string' },
      'client-id': { type: 'string' },
      'role-mode': { type: 'boolean', default: false },
    },
  })
  const { apply, issuer } = values
  if (issuer !== undefined && !/^https:\/\/[^/?#]+$/.test(issuer)) throw new Error('--issuer: an https origin, no path')
  let changes = 0
  const change: Change = async (says, make): Promise<Json | undefined> => {
    changes++
    say(apply ? says : `would ${says}`)
    return apply ? make() : undefined
  }
  const isRoleMode = values['role-mode']
  const clientId = values['client-id'] ?? undefined
  const which = { name: values.name ?? (isRoleMode ? 'FHIR API' : 'SMART on FHIR'), ...(clientId ? { clientId } : {}) }
  const made = isRoleMode
    ? await roleRegistration(graph, change, which)
    : await signInRegistration(graph, change, { ...which, ...(issuer ? { issuer } : {}) })
  if (changes === 0) say('all is as it should be')
  if (!apply && changes > 0) say('nothing was changed: --apply does it')
  if (made !== undefined) say(isRoleMode ? `ROLE_AUDIENCES=api://${made},${made}` : `ENTRA_CLIENT_ID=${made}`)
}
