// The arguments of `npm run leak-kit`.

import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import type { Endpoint } from './endpoint.ts'

export const USAGE = `npm run leak-kit -- --base <FHIR base> --token-a <token> --base-b <FHIR base> --hidden <file>
  --base, --base-b       the two worlds, which differ only in what the caller may not see
  --token-a, --token-b   an access token for each; @file reads it from a file. Default of the second: the first
  --hidden <file>        JSON of the hidden records: a Bundle or an array
  --patient <id>         whom writes are about. Default: the first Patient that is found
  --count <n>            how many requests. Default 2000
  --seed <n>             which requests. Default 1
  --writes               also requests that change something where they are let through
  --opaque <regex>       what else differs by chance in answers, such as page cursors`

export type CommandLine = {
  one: Endpoint
  other: Endpoint
  hidden: unknown
  patient: string | undefined
  count: number
  seed: number
  hasWrites: boolean
  opaque?: RegExp
}

/** @throws an Error that says what is wrong with the arguments */
export function parseCommandLine(args: readonly string[]): CommandLine {
  const text = { type: 'string' } as const
  const { values } = parseArgs({
    args: [...args],
    options: {
      ...{ base: text, 'base-b': text, 'token-a': text, 'token-b': text, hidden: text, patient: text },
      ...{ count: text, seed: text, opaque: text, writes: { type: 'boolean' } },
    },
  })
  const needed = (name: 'base' | 'base-b' | 'token-a' | 'hidden'): string => {
    const value = values[name]
    if (value === undefined) throw new Error(`--${name} is missing`)
    return value
  }
  const tokenA = tokenOf(needed('token-a'))
  const tokenB = values['token-b'] === undefined ? tokenA : tokenOf(values['token-b'])
  const opaque = values.opaque === undefined ? {} : { opaque: new RegExp(values.opaque, 'g') }
  return {
    one: { base: baseOf(needed('base')), token: tokenA },
    other: { base: baseOf(needed('base-b')), token: tokenB },
    hidden: JSON.parse(readFileSync(needed('hidden'), 'utf8')),
    patient: values.patient,
    count: numberOf('count', values.count ?? '2000'),
    seed: numberOf('seed', values.seed ?? '1'),
    hasWrites: values.writes ?? false,
    ...opaque,
  }
}

function baseOf(text: string): string {
  const url = URL.parse(text)
  if (url === null || !/^https?:$/.test(url.protocol)) throw new Error(`${text} is no FHIR base`)
  return text.replace(/\/+$/, '')
}

/** A token on the command line can be read by everyone on the machine: a file need not. */
function tokenOf(text: string): string {
  return text.startsWith('@') ? readFileSync(text.slice(1), 'utf8').trim() : text
}

function numberOf(name: string, text: string): number {
  if (!/^\d{1,7}$/.test(text)) throw new Error(`--${name} takes a number`)
  return Number(text)
}
