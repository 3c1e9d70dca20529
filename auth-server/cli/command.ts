// What a command of the admin tool is, and how its words and options are read.
import { readFile } from 'node:fs/promises'
import { type ParseArgsOptionsConfig, parseArgs } from 'node:util'
import type { AdminApi } from './admin-api.ts'

export type Options = Readonly<Record<string, string | boolean | readonly string[] | undefined>>

export type Invocation = {
  /** What follows the command's own words. */
  words: readonly string[]
  options: Options
  /** Connects at first use: some commands need no server. */
  api(): Promise<AdminApi>
}

/** `value` is printed with --json, the lines otherwise. */
export type Printout = { value: unknown; lines: readonly string[] }

export type Command = {
  /** `clients add` */
  name: string
  /** What follows the name. */
  usage: string
  about: string
  /** How many words it takes. */
  words: number
  options?: ParseArgsOptionsConfig
  run(invocation: Invocation): Promise<Printout>
}

/** The operator's own mistake. */
export class UsageError extends Error {}

/** @throws UsageError */
export function parseInvocation(commands: readonly Command[], given: readonly string[]) {
  const command = commands.find(({ name }) => {
    const words = name.split(' ')
    return words.every((word, i) => given[i] === word)
  })
  if (command === undefined)
    throw new UsageError(given.length === 0 ? 'which command?' : `no command: ${given.join(' ')}`)
  const options = { ...command.options, json: { type: 'boolean' } } as const
  const rest = given.slice(command.name.split(' ').length)
  try {
    const parsed = parseArgs({ args: [...rest], options, allowPositionals: true, strict: true })
    if (parsed.positionals.length !== command.words) throw new UsageError(`usage: ${command.name} ${command.usage}`)
    return { command, words: parsed.positionals, options: parsed.values as Options }
  } catch (error) {
    throw error instanceof UsageError ? error : new UsageError((error as Error).message)
  }
}

export function textOf(options: Options, name: string): string | undefined {
  const value = options[name]
  return typeof value === 'string' ? value : undefined
}

/** @throws UsageError that names the file */
export async function readText(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => {
    throw new UsageError(`${path}: cannot be read`)
  })
}

/** @throws UsageError that names the file */
export async function readJsonFile(path: string): Promise<unknown> {
  const text = await readText(path)
  try {
    return JSON.parse(text)
  } catch {
    throw new UsageError(`${path}: is not JSON`)
  }
}

/** Columns as wide as their longest cell. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_cell, i) => Math.max(...rows.map((row) => (row[i] ?? '').length)))
  return rows.map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}
