// Links of the older FHIR proxy: its `identitylinks` table, exported as JSON or CSV, becomes requests for our links API.
// Pure: nothing is written. A row was one account and one type: PartitionKey `Patient`, RowKey `{tid}-{oid}`,
// LinkedResourceId the record, ValidUntil an end that was written and never read.
import { accountSchema } from './account.ts'
import type { LinkRequest } from './operations.ts'
import { personOf } from './person.ts'

export type IdentityLinksImport = {
  /** Bodies for `POST /links`. */
  links: readonly LinkRequest[]
  /** Rows that cannot be converted, by their own keys. */
  refused: readonly { row: string; reason: string }[]
}

type Row = Record<string, unknown>

/**
 * @param text the export: a JSON array, a JSON object with the rows in `value` or `items`, or CSV with a header line
 * @param now milliseconds since 1970
 * @throws Error when the text is neither
 */
export function importIdentityLinks(text: string, now: number): IdentityLinksImport {
  const links: LinkRequest[] = []
  const refused: { row: string; reason: string }[] = []
  for (const row of rowsOf(text)) {
    const converted = convert(row, now)
    if (typeof converted === 'string') refused.push({ row: nameOf(row), reason: converted })
    else links.push(converted)
  }
  return { links, refused }
}

/** The link, or why there is none. */
function convert(row: Row, now: number): LinkRequest | string {
  const [type, key, id] = [row.PartitionKey, row.RowKey, row.LinkedResourceId].map((one) => String(one ?? '').trim())
  const ids = /^([0-9a-f-]{36})-([0-9a-f-]{36})$/i.exec(key ?? '')
  const account = accountSchema.safeParse({ tid: ids?.[1], oid: ids?.[2] })
  if (!account.success) return 'RowKey is not {tenant id}-{object id}: the older proxy never found this row either'
  const person = personOf(id?.includes('/') ? id : `${type}/${id}`, [])
  if (person === undefined) return 'PartitionKey and LinkedResourceId name no Patient, Practitioner or RelatedPerson'
  if (!person.startsWith(`${type}/`)) return 'LinkedResourceId is of another type than PartitionKey'
  const end = endOf(row.ValidUntil)
  if (end === 'unreadable') return 'ValidUntil is no instant'
  if (end === undefined) return { account: account.data, person }
  if (end <= now)
    return 'ValidUntil is over: the older proxy did not look at it, so ask whether the link is still right'
  return { account: account.data, person, valid_until: new Date(end).toISOString() }
}

/** Table Storage exports instants as ISO 8601, and some tools as an object with the value in it. */
function endOf(value: unknown): number | 'unreadable' | undefined {
  const inner = typeof value === 'object' && value !== null && 'value' in value ? value.value : value
  if (inner === undefined || inner === null || inner === '') return undefined
  const text = String(inner)
  const end = /^\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)$/.test(text) ? Date.parse(text) : Number.NaN
  return Number.isNaN(end) ? 'unreadable' : end
}

const nameOf = ({ PartitionKey, RowKey }: Row): string => `${PartitionKey ?? ''}/${RowKey ?? ''}`

function rowsOf(text: string): Row[] {
  const trimmed = text.replace(/^\uFEFF/, '').trim()
  if (!/^[[{]/.test(trimmed)) return csvRows(trimmed)
  const parsed: unknown = JSON.parse(trimmed)
  const rows = Array.isArray(parsed) ? parsed : Object.values(parsed as Row).find(Array.isArray)
  if (rows === undefined) throw new Error('the export holds no list of rows')
  return rows.filter((row): row is Row => typeof row === 'object' && row !== null)
}

/** As Storage Explorer writes it: RFC 4180, and no value of this table has a line break. */
function csvRows(text: string): Row[] {
  const [header = [], ...lines] = text.split(/\r?\n/).map(cellsOf)
  if (!header.includes('PartitionKey') || !header.includes('RowKey')) {
    throw new Error('the export is neither JSON nor CSV with the columns PartitionKey and RowKey')
  }
  return lines.map((cells) => Object.fromEntries(header.map((name, at) => [name, cells[at]])))
}

function cellsOf(line: string): string[] {
  return [...`,${line}`.matchAll(/,(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(
    ([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? '',
  )
}
