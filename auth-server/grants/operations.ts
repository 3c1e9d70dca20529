// The API for operators: what a person has granted, and ending it: one grant, a person, an app, everything (SEED-22).
import { z } from 'zod'
import { ApiError, type Operation, operation } from '../api/own-api.ts'
import { type Account, accountSchema, subjectOf } from '../identity/account.ts'
import type { Accounts } from '../identity/accounts.ts'
import type { RememberedConsents } from '../interactions/remembered-consents.ts'
import type { Endings } from './endings.ts'
import { type GrantRecord, type Grants, gidOf } from './grants.ts'

const grantAnswer = z.object({
  id: z.string(),
  sub: z.string(),
  client_id: z.string(),
  person: z.string(),
  patient: z.string().optional(),
  scope: z.string(),
  since: z.string(),
  last_used: z.string().optional(),
})

const endSchema = z.union([
  z.strictObject({ account: accountSchema }),
  z.strictObject({ client_id: z.string().min(1) }),
  z.strictObject({ all: z.literal(true) }),
])

export function grantOperations(parts: {
  grants: Grants
  endings: Endings
  accounts: Accounts
  consents: RememberedConsents
}): readonly Operation[] {
  const { grants, endings, accounts, consents } = parts
  return [
    operation({
      method: 'GET',
      path: '/grants',
      scope: '__grants',
      summary: 'What one account has granted to apps.',
      query: { tid: 'tenant id', oid: 'object id, with tid', iss: 'issuer, for other providers', sub: 'with iss' },
      answer: z.object({ grants: z.array(grantAnswer) }),
      async run({ query }) {
        const held = await grants.of(subjectOf(accountFrom(query)))
        return { status: 200, body: { grants: held.map(shown) } }
      },
    }),
    operation({
      method: 'DELETE',
      path: '/grants/{sub}/{id}',
      scope: '__grants',
      summary: 'End one grant and its tokens.',
      refusals: { 404: 'There is no such grant.' },
      async run({ params }) {
        const { sub = '', id = '' } = params
        const grant = await grants.find(sub, id)
        if (grant === undefined) throw new ApiError(404, 'not_found', 'no such grant')
        await consents.forget(sub, grant.clientId)
        await endings.endGrant(sub, id)
        return { status: 204 }
      },
    }),
    operation({
      method: 'POST',
      path: '/grants/end',
      scope: '__grants',
      summary: 'End every grant and token given until now: of an account, of a client, or all.',
      body: endSchema,
      async run({ body }) {
        if ('account' in body) await endUser(subjectOf(body.account))
        else if ('client_id' in body) await endings.endClient(body.client_id)
        else await endings.endAll()
        return { status: 204 }
      },
    }),
    operation({
      method: 'POST',
      path: '/accounts/disable',
      scope: '__grants',
      summary: 'Refuse an account from now on, and end all that it granted.',
      body: z.strictObject({ account: accountSchema }),
      async run({ body }) {
        const sub = subjectOf(body.account)
        await accounts.disable(sub)
        await endUser(sub)
        return { status: 204 }
      },
    }),
    operation({
      method: 'POST',
      path: '/accounts/enable',
      scope: '__grants',
      summary: 'Let a disabled account sign in again. What was ended stays ended.',
      body: z.strictObject({ account: accountSchema }),
      async run({ body }) {
        await accounts.enable(subjectOf(body.account))
        return { status: 204 }
      },
    }),
  ]

  async function endUser(sub: string): Promise<void> {
    await endings.endUser(sub)
    await Promise.all((await grants.of(sub)).map(({ grantId }) => endings.endGrant(sub, gidOf(grantId))))
  }
}

/** @throws ApiError */
export function accountFrom(query: URLSearchParams): Account {
  const parsed = accountSchema.safeParse(Object.fromEntries(query))
  if (parsed.success) return parsed.data
  throw new ApiError(400, 'invalid_request', 'tid and oid, or iss and sub, are needed')
}

function shown({ grantId, sub, clientId, context, scopes, since, lastUsed }: GrantRecord) {
  return {
    id: gidOf(grantId),
    sub,
    client_id: clientId,
    person: context.person,
    patient: context.patient,
    scope: scopes.join(' '),
    since,
    last_used: lastUsed,
  }
}
