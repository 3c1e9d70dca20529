// How an account is named on the command line: --tid and --oid for Entra, --iss and --sub for other providers.
import { type Account, accountSchema } from '../identity/account.ts'
import { type Options, UsageError } from './command.ts'

export const ACCOUNT_OPTIONS = {
  tid: { type: 'string' },
  oid: { type: 'string' },
  iss: { type: 'string' },
  sub: { type: 'string' },
} as const
export const ACCOUNT_USAGE = '(--tid TENANT --oid OBJECT | --iss ISSUER --sub SUBJECT)'

/** Undefined when none of the options is there. @throws UsageError when they name no account */
export function accountOf(options: Options): Account | undefined {
  const given = Object.keys(ACCOUNT_OPTIONS).flatMap((name) =>
    options[name] === undefined ? [] : [[name, options[name]] as const],
  )
  if (given.length === 0) return undefined
  const parsed = accountSchema.safeParse(Object.fromEntries(given))
  if (parsed.success) return parsed.data
  throw new UsageError(`no account: ${ACCOUNT_USAGE}, ids as UUIDs`)
}

/** @throws UsageError */
export function requireAccount(options: Options): Account {
  const account = accountOf(options)
  if (account === undefined) throw new UsageError(`which account? ${ACCOUNT_USAGE}`)
  return account
}
