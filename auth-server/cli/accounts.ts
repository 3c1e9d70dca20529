// `accounts`: who may sign in.
import { ACCOUNT_OPTIONS, ACCOUNT_USAGE, requireAccount } from './account-options.ts'
import type { Command } from './command.ts'

function deed(name: 'disable' | 'enable', about: string): Command {
  return {
    name: `accounts ${name}`,
    usage: ACCOUNT_USAGE,
    about,
    words: 0,
    options: ACCOUNT_OPTIONS,
    async run({ options, api }) {
      const account = requireAccount(options)
      await (await api()).call('__grants', 'POST', `/accounts/${name}`, { account })
      return { value: { account, [`${name}d`]: true }, lines: [`${Object.values(account).join(' ')} ${name}d`] }
    },
  }
}

export const accountCommands: readonly Command[] = [
  deed('disable', 'refuse an account from now on, and end all that it granted'),
  deed('enable', 'let a disabled account sign in again; what was ended stays ended'),
]
