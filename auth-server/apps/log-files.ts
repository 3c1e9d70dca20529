// The access log as files: a table for people, and the AuditEvents as they are for other systems.
import { type Actor, accessLogWords, kindName } from '../../consent-ui/index.ts'
import type { Resource } from '../fhir/person-reader.ts'
import type { AccessLine } from './access-lines.ts'

type Lang = Parameters<typeof accessLogWords>[0]

/** One row for each kind of data of each line. */
export async function logTable(
  lines: readonly AccessLine[],
  { lang, own, actorOf }: { lang: Lang; own: boolean; actorOf(line: AccessLine): Promise<Actor> },
): Promise<string> {
  const { tableHead: head, tableDeeds, you } = accessLogWords(lang)
  const rows: string[][] = [[head.time, head.who, head.app, head.deed, head.kind, head.count, head.request]]
  for (const line of lines) {
    const { role, name, app } = await actorOf(line)
    const who = role === 'you' ? you : (name ?? line.person ?? '')
    const what = line.types.length === 0 ? [undefined] : line.types
    for (const kind of what)
      rows.push([
        line.at,
        who,
        app?.name ?? line.clientId ?? '',
        tableDeeds[line.deed],
        kind === undefined ? '' : kindName(kind, { lang, own }),
        String(kind?.count ?? ''),
        line.request ?? '',
      ])
  }
  // The mark tells spreadsheets that it is UTF-8.
  return `\ufeff${rows.map((row) => row.map(cell).join(',')).join('\r\n')}\r\n`
}

/** What a spreadsheet reads as a formula, where it may begin a cell: many split at semicolons and tabs too. */
const FORMULA = /(^|[,;"\t\r\n])(\s*)(?=[=+\-@\uff1d\uff0b\uff0d\uff20])/g

/** RFC 4180. Names are strangers' words: none may be a formula to a spreadsheet. */
function cell(text: string): string {
  const plain = text.replace(FORMULA, "$1$2'")
  return /[",\r\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain
}

/** The content that `$access-log` answered with, page after page, as one Bundle. */
export function logBundle(events: readonly Resource[], { fhirBase, at }: { fhirBase: string; at: string }): string {
  const entry = events.map((resource) => ({ fullUrl: `${fhirBase}/AuditEvent/${resource.id}`, resource }))
  return JSON.stringify({
    resourceType: 'Bundle',
    type: 'collection',
    timestamp: at,
    ...(entry.length === 0 ? {} : { entry }),
  })
}
