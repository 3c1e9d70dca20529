// The tables as one file, and back. The file has a line for each row, as the tables hold it, and a last one that says how many
// there are and what they add up to: one that is cut short or was changed is refused before anything is written.

import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import type { TableEntity } from '@azure/data-tables'
import { hasStatus, openTable, type TableSettings } from '../../proxy/table.ts'
import { ALWAYS, WITH_EVENTS } from './names.ts'

const TABLES: readonly string[] = [...ALWAYS, WITH_EVENTS]
/** Rows under way at a time. */
const AT_ONCE = 16

export type Counts = Readonly<Record<string, number>>
type Row = { table: string; row: TableEntity }
type End = { rows: number; sha256: string }

/**
 * Not a snapshot of one instant: rows that change meanwhile are in it as they were or as they are.
 *
 * @param file must not be there yet; only its owner may read it
 * @returns rows by table
 */
export async function backUp(settings: TableSettings, file: string): Promise<Counts> {
  const counts: Record<string, number> = {}
  const sum = createHash('sha256')
  const handle = await open(file, 'wx', 0o600)
  try {
    let rows = 0
    for (const table of TABLES) {
      counts[table] = 0
      for await (const row of rowsOf(settings, table)) {
        const line = `${JSON.stringify({ table, row } satisfies Row)}\n`
        sum.update(line)
        await handle.write(line)
        rows++
        counts[table]++
      }
    }
    await handle.write(`${JSON.stringify({ rows, sha256: sum.digest('hex') } satisfies End)}\n`)
    await handle.sync()
  } finally {
    await handle.close()
  }
  return counts
}

/**
 * Puts back what is missing. A row that is there stays as it is: what has ended since the backup stays ended where its row was not lost.
 *
 * @returns rows put back, by table
 * @throws Error before anything is written, when the file is not whole
 */
export async function restore(settings: TableSettings, file: string): Promise<Counts> {
  await verify(file)
  const counts: Record<string, number> = {}
  for (const table of TABLES) await openTable(settings, table).createTable()
  const underWay = new Set<Promise<void>>()
  for await (const line of linesOf(file)) {
    const said = JSON.parse(line) as Row | End
    if ('rows' in said) break
    const work: Promise<void> = putBack(settings, said)
      .then((isNew) => {
        counts[said.table] = (counts[said.table] ?? 0) + (isNew ? 1 : 0)
      })
      .finally(() => underWay.delete(work))
    underWay.add(work)
    if (underWay.size >= AT_ONCE) await Promise.race(underWay)
  }
  await Promise.all(underWay)
  return counts
}

async function* rowsOf(settings: TableSettings, table: string): AsyncGenerator<TableEntity> {
  // Types stay as they are in the table: a text that looks like a number is one no longer else.
  const rows = openTable(settings, table).listEntities<TableEntity>({ disableTypeConversion: true })
  try {
    for await (const { etag: _etag, timestamp: _timestamp, ...row } of rows) yield row as TableEntity
  } catch (error) {
    if (!hasStatus(error, 404)) throw error
  }
}

async function putBack(settings: TableSettings, { table, row }: Row): Promise<boolean> {
  try {
    await openTable(settings, table).createEntity(row)
    return true
  } catch (error) {
    if (hasStatus(error, 409)) return false
    throw error
  }
}

async function verify(file: string): Promise<void> {
  const sum = createHash('sha256')
  let rows = 0
  let end: End | undefined
  for await (const line of linesOf(file)) {
    if (end !== undefined) throw new Error(`${file}: goes on after its end`)
    const said = parsed(line) as Row | End | undefined
    if (said !== undefined && 'sha256' in said) end = said
    else if (said === undefined || !TABLES.includes(said.table))
      throw new Error(`${file}: line ${rows + 1} is no row of a table`)
    else {
      sum.update(`${line}\n`)
      rows++
    }
  }
  if (end === undefined) throw new Error(`${file}: is cut short`)
  if (end.rows !== rows || end.sha256 !== sum.digest('hex')) throw new Error(`${file}: was changed`)
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}

function linesOf(file: string): AsyncIterable<string> {
  return createInterface({ input: createReadStream(file, 'utf8'), crlfDelay: Number.POSITIVE_INFINITY })
}
