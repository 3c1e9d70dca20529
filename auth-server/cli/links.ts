// `links` and `import-links`: which account is which person.
import { type Account, subjectOf } from '../identity/account.ts'
import { importIdentityLinks } from '../identity/import-identitylinks.ts'
import { ACCOUNT_OPTIONS, ACCOUNT_USAGE, accountOf, requireAccount } from './account-options.ts'
import { Refused } from './admin-api.ts'
import { type Command, readText, table, textOf, UsageError } from './command.ts'

type Shown = { account: Account; person: string; since: string; valid_until: string }

const SCOPE = '__links'
const named = (account: Account): string => Object.values(account).join(' ')

export const linkCommands: readonly Command[] = [
  {
    name: 'links list',
    usage: `(--person Patient/ID | ${ACCOUNT_USAGE})`,
    about: 'the records of an account, or the accounts of a record',
    words: 0,
    options: { ...ACCOUNT_OPTIONS, person: { type: 'string' } },
    async run({ options, api }) {
      const person = textOf(options, 'person')
      const account = accountOf(options)
      if ((person === undefined) === (account === undefined)) throw new UsageError('--person or an account, not both')
      const query = new URLSearchParams(person === undefined ? { ...account } : { person })
      const { links } = (await (await api()).call(SCOPE, 'GET', `/links?${query}`)) as { links: Shown[] }
      const rows = links.map((one) => [one.person, one.valid_until, named(one.account)])
      return { value: links, lines: table([['PERSON', 'UNTIL', 'ACCOUNT'], ...rows]) }
    },
  },
  {
    name: 'links add',
    usage: `PERSON ${ACCOUNT_USAGE} [--until 2030-01-01T00:00:00Z]`,
    about: 'let an account act as a record, such as Patient/42',
    words: 1,
    options: { ...ACCOUNT_OPTIONS, until: { type: 'string' } },
    async run({ words: [person], options, api }) {
      const until = textOf(options, 'until')
      const body = { account: requireAccount(options), person, ...(until === undefined ? {} : { valid_until: until }) }
      const link = (await (await api()).call(SCOPE, 'POST', '/links', body)) as Shown
      return { value: link, lines: [`${link.person} linked until ${link.valid_until}`] }
    },
  },
  {
    name: 'links remove',
    usage: `PERSON ${ACCOUNT_USAGE}`,
    about: 'unlink an account from a record, and end what it granted as that record',
    words: 1,
    options: ACCOUNT_OPTIONS,
    async run({ words: [person = ''], options, api }) {
      const [type = '', id = ''] = person.split('/').map(encodeURIComponent)
      await (await api()).call(SCOPE, 'DELETE', `/links/${subjectOf(requireAccount(options))}/${type}/${id}`)
      return { value: { person, removed: true }, lines: [`${person} unlinked`] }
    },
  },
  {
    name: 'import-links',
    usage: 'FILE [--dry-run]',
    about: "link as the older FHIR proxy's identitylinks table did, from its export (JSON or CSV)",
    words: 1,
    options: { 'dry-run': { type: 'boolean' } },
    async run({ words: [file = ''], options, api }) {
      const { links, refused } = readExport(await readText(file))
      const rejected = [...refused]
      let linked = 0
      for (const link of links) {
        const fault = options['dry-run'] === true ? undefined : await post(link)
        if (fault === undefined) linked += 1
        else rejected.push({ row: `${link.person} of ${named(link.account)}`, reason: fault })
      }
      const lines = rejected.map(({ row, reason }) => `${row}: ${reason}`)
      const verb = options['dry-run'] === true ? 'could be linked' : 'linked'
      return {
        value: { [verb.replaceAll(' ', '_')]: linked, refused: rejected },
        lines: [...lines, `${linked} ${verb}, ${rejected.length} refused`],
      }

      async function post(link: object): Promise<string | undefined> {
        try {
          await (await api()).call(SCOPE, 'POST', '/links', link)
          return undefined
        } catch (error) {
          if (error instanceof Refused && error.isOfRequest) return error.message
          throw error
        }
      }
    },
  },
]

function readExport(text: string) {
  try {
    return importIdentityLinks(text, Date.now())
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}
