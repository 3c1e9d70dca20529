// One run of the admin tool: finds the command, carries it out, and says what came of it.
import { accountCommands } from './accounts.ts'
import { type AdminApi, Refused } from './admin-api.ts'
import { clientCommands } from './clients.ts'
import { type Command, parseInvocation, UsageError } from './command.ts'
import { explainCommand } from './explain.ts'
import { grantCommands } from './grants.ts'
import { linkCommands } from './links.ts'
import { replayCommand } from './replay.ts'
import { rotateKeys } from './rotate-keys.ts'

const COMMANDS: readonly Command[] = [
  ...clientCommands,
  ...linkCommands,
  ...grantCommands,
  ...accountCommands,
  // Before the one whose name begins alike.
  replayCommand,
  explainCommand,
  rotateKeys,
]

export type Run = { code: 0 | 1; out: string; err: string }

/** @param connect rejects with a UsageError when the settings do not tell where the server is */
export async function run(given: readonly string[], connect: () => Promise<AdminApi>): Promise<Run> {
  if (given.length === 0 || given[0] === 'help' || given.includes('--help')) return { code: 0, out: help(), err: '' }
  try {
    const { command, words, options } = parseInvocation(COMMANDS, given)
    let api: Promise<AdminApi> | undefined
    const printout = await command.run({
      words,
      options,
      api: () => {
        api ??= connect()
        return api
      },
    })
    const out = options.json === true ? JSON.stringify(printout.value, null, 2) : printout.lines.join('\n')
    return { code: 0, out: `${out}\n`, err: '' }
  } catch (error) {
    if (error instanceof UsageError) return { code: 1, out: '', err: `${error.message}\n` }
    if (error instanceof Refused) return { code: 1, out: '', err: `${error.message}\n` }
    throw error
  }
}

function help(): string {
  const described = COMMANDS.map(({ name, usage, about }) => `  ${`${name} ${usage}`.trim()}\n      ${about}`)
  return `npm run admin -- COMMAND [--json]\n\n${described.join('\n')}\n`
}
