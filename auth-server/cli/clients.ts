// `clients`: register, look at, change and end clients.
import type { Command, Invocation, Options, Printout } from './command.ts'
import { readJsonFile, table, textOf, UsageError } from './command.ts'

type Shown = {
  client_id: string
  client_name: string
  token_endpoint_auth_method: string
  enabled: boolean
  source: string
  client_secret?: string
}

const SCOPE = '__clients'

/** Options and the members that they set. */
const TEXT_MEMBERS = {
  name: 'client_name',
  auth: 'token_endpoint_auth_method',
  scope: 'scope',
  'required-scope': 'required_scope',
  'launch-url': 'launch_url',
  'jwks-uri': 'jwks_uri',
  maker: 'maker',
  purpose: 'purpose',
  'policy-uri': 'policy_uri',
  'checked-by': 'checked_by',
} as const

/** Options without a value; `--no-…` takes it back. */
const FLAG_MEMBERS = {
  sandbox: 'sandbox',
  'legacy-launch': 'legacy_launch',
  'staff-approved': 'staff_approved',
} as const

const MEMBER_OPTIONS = {
  ...Object.fromEntries(Object.keys(TEXT_MEMBERS).map((name) => [name, { type: 'string' as const }])),
  ...Object.fromEntries(
    Object.keys(FLAG_MEMBERS).flatMap((name) => [name, `no-${name}`].map((one) => [one, { type: 'boolean' as const }])),
  ),
  'redirect-uri': { type: 'string', multiple: true },
  'cors-origin': { type: 'string', multiple: true },
  contact: { type: 'string', multiple: true },
  'jwks-file': { type: 'string' },
  file: { type: 'string' },
} as const
const MEMBER_USAGE =
  '[--name TEXT] [--auth none|client_secret_basic|client_secret_post|private_key_jwt] [--redirect-uri URL]... ' +
  '[--cors-origin ORIGIN]... [--scope "SCOPE SCOPE"] [--jwks-uri URL | --jwks-file FILE] [--launch-url URL] [--required-scope SCOPES] ' +
  '[--contact ADDRESS]... [--maker TEXT] [--purpose TEXT] [--policy-uri URL] [--checked-by TEXT] [--[no-]sandbox] [--[no-]legacy-launch] [--[no-]staff-approved] [--file MEMBERS.json]'

const pathOf = (id: string | undefined, rest = '') => `/clients/${encodeURIComponent(String(id))}${rest}`

async function membersOf(options: Options): Promise<Record<string, unknown>> {
  const file = textOf(options, 'file')
  const jwks = textOf(options, 'jwks-file')
  const texts = Object.entries(TEXT_MEMBERS).flatMap(([name, member]) => {
    const value = textOf(options, name)
    return value === undefined ? [] : [[member, value] as const]
  })
  return {
    ...(file === undefined ? {} : ((await readJsonFile(file)) as object)),
    ...Object.fromEntries(texts),
    ...Object.fromEntries(flagsOf(options)),
    ...(options['redirect-uri'] === undefined ? {} : { redirect_uris: options['redirect-uri'] }),
    ...(options['cors-origin'] === undefined ? {} : { cors_origins: options['cors-origin'] }),
    ...(options.contact === undefined ? {} : { contacts: options.contact }),
    ...(jwks === undefined ? {} : { jwks: await readJsonFile(jwks) }),
  }
}

function flagsOf(options: Options): [string, boolean][] {
  return Object.entries(FLAG_MEMBERS).flatMap(([name, member]): [string, boolean][] => {
    if (options[name] === true && options[`no-${name}`] === true) throw new UsageError(`--${name} or --no-${name}?`)
    if (options[name] === true) return [[member, true]]
    return options[`no-${name}`] === true ? [[member, false]] : []
  })
}

async function call({ api }: Invocation, method: string, path: string, body?: object): Promise<unknown> {
  return (await api()).call(SCOPE, method, path, body)
}

/** One line, and the secret where one was made: nobody can show it again. */
function told(client: Shown, deed: string): Printout {
  const { client_secret: secret } = client
  const lines = [`${client.client_id} ${deed}`]
  return { value: client, lines: secret === undefined ? lines : [...lines, `secret, shown this once: ${secret}`] }
}

function deed(name: string, about: string, method: string, rest: string, done: string): Command {
  return {
    name: `clients ${name}`,
    usage: 'ID',
    about,
    words: 1,
    async run(invocation) {
      const [id] = invocation.words
      await call(invocation, method, pathOf(id, rest))
      return { value: { client_id: id, [done]: true }, lines: [`${id} ${done}`] }
    },
  }
}

export const clientCommands: readonly Command[] = [
  {
    name: 'clients list',
    usage: '',
    about: 'every registered client',
    words: 0,
    async run(invocation) {
      const { clients } = (await call(invocation, 'GET', '/clients')) as { clients: Shown[] }
      const rows = clients.map((one) => [
        one.client_id,
        one.enabled ? 'enabled' : 'disabled',
        one.token_endpoint_auth_method,
        one.source,
        one.client_name,
      ])
      return { value: clients, lines: table([['ID', 'STATE', 'METHOD', 'FROM', 'NAME'], ...rows]) }
    },
  },
  {
    name: 'clients get',
    usage: 'ID',
    about: 'one client',
    words: 1,
    async run(invocation) {
      const client = await call(invocation, 'GET', pathOf(invocation.words[0]))
      return { value: client, lines: JSON.stringify(client, null, 2).split('\n') }
    },
  },
  {
    name: 'clients add',
    usage: `ID ${MEMBER_USAGE}`,
    about: 'register a client',
    words: 1,
    options: MEMBER_OPTIONS,
    async run(invocation) {
      const body = { ...(await membersOf(invocation.options)), client_id: invocation.words[0] }
      return told((await call(invocation, 'POST', '/clients', body)) as Shown, 'added')
    },
  },
  {
    name: 'clients update',
    usage: `ID ${MEMBER_USAGE}`,
    about: 'change what is given of a client, and leave the rest',
    words: 1,
    options: MEMBER_OPTIONS,
    async run(invocation) {
      const body = await membersOf(invocation.options)
      if (Object.keys(body).length === 0) throw new UsageError('what is to be changed?')
      return told((await call(invocation, 'PATCH', pathOf(invocation.words[0]), body)) as Shown, 'changed')
    },
  },
  deed('enable', 'let a client in', 'POST', '/enable', 'enabled'),
  deed('disable', 'refuse a client from now on, and end what it was given', 'POST', '/disable', 'disabled'),
  deed('remove', 'delete a client, and end what it was given', 'DELETE', '', 'removed'),
  {
    name: 'clients add-secret',
    usage: 'ID [--expires 2030-01-01T00:00:00Z]',
    about: 'make a further secret; the others go on working',
    words: 1,
    options: { expires: { type: 'string' } },
    async run(invocation) {
      const expires = textOf(invocation.options, 'expires')
      const body = expires === undefined ? {} : { expires }
      const made = (await call(invocation, 'POST', pathOf(invocation.words[0], '/secrets'), body)) as {
        id: string
        client_secret: string
      }
      return { value: made, lines: [`secret ${made.id} added`, `shown this once: ${made.client_secret}`] }
    },
  },
  {
    name: 'clients remove-secret',
    usage: 'ID SECRET-ID',
    about: 'refuse a secret from now on',
    words: 2,
    async run(invocation) {
      const [id, secret] = invocation.words
      await call(invocation, 'DELETE', pathOf(id, `/secrets/${encodeURIComponent(String(secret))}`))
      return { value: { client_id: id, secret, removed: true }, lines: [`secret ${secret} of ${id} removed`] }
    },
  },
]
