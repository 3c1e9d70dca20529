// `grants`: what people have granted to apps, and ending it.
import { ACCOUNT_OPTIONS, ACCOUNT_USAGE, accountOf, requireAccount } from './account-options.ts'
import { type Command, table, textOf, UsageError } from './command.ts'

type Shown = { id: string; sub: string; client_id: string; person: string; scope: string; since: string }

const SCOPE = '__grants'

export const grantCommands: readonly Command[] = [
  {
    name: 'grants list',
    usage: ACCOUNT_USAGE,
    about: 'what an account has granted',
    words: 0,
    options: ACCOUNT_OPTIONS,
    async run({ options, api }) {
      const query = new URLSearchParams({ ...requireAccount(options) })
      const { grants } = (await (await api()).call(SCOPE, 'GET', `/grants?${query}`)) as { grants: Shown[] }
      const rows = grants.map((one) => [one.client_id, one.person, one.since, one.sub, one.id, one.scope])
      return { value: grants, lines: table([['CLIENT', 'AS', 'SINCE', 'SUB', 'ID', 'SCOPE'], ...rows]) }
    },
  },
  {
    name: 'grants end',
    usage: `(--grant SUB/ID | ${ACCOUNT_USAGE} | --client ID | --all)`,
    about: 'end one grant; or all, and their tokens, of an account, of a client, or of everyone',
    words: 0,
    options: {
      ...ACCOUNT_OPTIONS,
      grant: { type: 'string' },
      client: { type: 'string' },
      all: { type: 'boolean' },
    },
    async run({ options, api }) {
      const [account, grant, client] = [accountOf(options), textOf(options, 'grant'), textOf(options, 'client')]
      const bodies = [
        ...(account === undefined ? [] : [{ account }]),
        ...(client === undefined ? [] : [{ client_id: client }]),
        ...(options.all === true ? [{ all: true }] : []),
      ]
      // Nobody is to end more than was meant.
      if (bodies.length + (grant === undefined ? 0 : 1) !== 1) throw new UsageError('exactly one of what may be ended')
      const server = await api()
      if (grant === undefined) await server.call(SCOPE, 'POST', '/grants/end', bodies[0])
      else await server.call(SCOPE, 'DELETE', `/grants/${grant.split('/').map(encodeURIComponent).join('/')}`)
      return { value: { ended: true }, lines: ['ended'] }
    },
  },
]
