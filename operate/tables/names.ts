// All tables that there may be (docs/architecture.md, "Tables").

import { STATE_TABLE } from '../../auth-server/storage/tables.ts'
import { CHANGES_TABLE } from '../../proxy/events/journal.ts'
import { PERSON_LINKS_TABLE } from '../../smart/access/person-links.ts'
import { AUDIT_TABLE } from '../../smart/audit/audit-rows.ts'
import { REFERENCE_TOKENS_TABLE } from '../../smart/reference-token.ts'
import { REVOCATIONS_TABLE } from '../../smart/revocation.ts'

/** Made by the authorization server at its start. */
export const ALWAYS = [STATE_TABLE, REVOCATIONS_TABLE, REFERENCE_TOKENS_TABLE, PERSON_LINKS_TABLE, AUDIT_TABLE] as const
/** Made by the proxy with the first change event. */
export const WITH_EVENTS = CHANGES_TABLE
