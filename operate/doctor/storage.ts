// The tables, and the signing keys where they are kept.

import { signingOrder } from '../../auth-server/keys/key-plan.ts'
import { fileSource, vaultSource } from '../../auth-server/keys/key-sources.ts'
import { hasStatus, openTable } from '../../proxy/table.ts'
import { ALWAYS, WITH_EVENTS } from '../tables/names.ts'
import { ask } from './asked.ts'
import { type Finding, fault, lineOf, well } from './finding.ts'
import type { Configs } from './settings.ts'

/** Reads one row of each, as whoever runs this. */
export async function checkTables({ proxy }: Configs): Promise<Finding[]> {
  const names = proxy.events === undefined ? ALWAYS : [...ALWAYS, WITH_EVENTS]
  const findings = await Promise.all(names.map((name) => checkTable(proxy.tables, name)))
  const bad = findings.filter(({ isWell }) => !isWell)
  return bad.length > 0 ? bad : [well('tables', `all ${names.length} can be read`)]
}

async function checkTable(tables: Configs['proxy']['tables'], name: string): Promise<Finding> {
  const about = `table ${name}`
  try {
    await openTable(tables, name).listEntities().byPage({ maxPageSize: 1 }).next()
    return well(about, 'can be read')
  } catch (error) {
    // The proxy makes it with the first change.
    if (hasStatus(error, 404) && name === WITH_EVENTS) return well(about, 'is not there yet')
    if (hasStatus(error, 404))
      return fault(
        about,
        'is not there',
        'The authorization server makes the tables at its start: look into its log. Is TABLES_URL the right account?',
      )
    if (hasStatus(error, 401, 403))
      return fault(
        about,
        'we may not read it',
        'Give the identity the role that docs/deploy-to-azure.md names for this table, and wait some minutes. Is the account open to this address?',
      )
    return fault(about, lineOf(error), 'Is TABLES_URL right, and can the account be reached from here?')
  }
}

/** That there are keys which may sign now, and that the same are published. */
export async function checkKeys({ authServer }: Configs, now: number): Promise<Finding[]> {
  const { KEYS_FILE: file, KEYS_SECRET_URL: url, ISSUER: issuer } = authServer
  const place = file ?? url ?? ''
  let signing: string[]
  try {
    const source = file === undefined ? vaultSource(place) : fileSource(place)
    signing = signingOrder(await source.read(), now).signing.map(({ kid }) => kid)
  } catch (error) {
    const remedy =
      file === undefined
        ? 'Is the secret there (npm run make-secrets), may this identity read it, and can the vault be reached from here?'
        : 'Is the file there, and may this user read it? docs/operate-keys.md'
    return [fault('signing keys', lineOf(error), remedy)]
  }
  try {
    const { json } = await ask(`${issuer}/jwks`)
    const published = ((json?.keys ?? []) as { kid: string }[]).map(({ kid }) => kid)
    const missing = signing.filter((kid) => !published.includes(kid))
    if (missing.length === 0) return [well('signing keys', 'those that sign now are published')]
    return [
      fault(
        'signing keys',
        `${missing.join(', ')} should sign, and is not published`,
        'The authorization server reads another file or secret, or cannot read it: look into its log for "signing keys".',
      ),
    ]
  } catch (error) {
    return [
      fault(
        'signing keys',
        `${issuer}/jwks: ${lineOf(error)}`,
        'Is ISSUER the public address, and does the authorization server run?',
      ),
    ]
  }
}
