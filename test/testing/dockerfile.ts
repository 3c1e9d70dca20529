// What a Dockerfile of ours says: where it begins, what it copies, what it runs and as whom.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Copy, DockerfileParser, type From, type Instruction } from 'dockerfile-ast'

const ROOT = join(import.meta.dirname, '../..')

export type Image = {
  /** Of all stages, in order. */
  bases: string[]
  /** All instructions by name, of all stages. */
  instructions: { keyword: string; text: string }[]
  /** Of the last stage, from the project. */
  copied: { from: string[]; to: string }[]
  /** `npm` and its words, as the first stage installs packages. */
  install: string[]
  environment: Record<string, string>
  user: string | undefined
  entry: string[]
  healthCheck: string[]
}

/** @param text by default of containers/{name}.Dockerfile */
export function imageOf(name: string, text = readFileSync(join(ROOT, `containers/${name}.Dockerfile`), 'utf8')): Image {
  const dockerfile = DockerfileParser.parse(text)
  const instructions = dockerfile.getInstructions()
  const last = instructions.slice(instructions.findLastIndex((one) => one.getKeyword() === 'FROM'))
  const only = <T extends Instruction>(keyword: string) => last.filter((one) => one.getKeyword() === keyword) as T[]
  const wordsOf = (one: Instruction | null | undefined) =>
    one?.getArguments().map((argument) => argument.getValue()) ?? []
  /** Empty where it is for a shell. */
  const programOf = (one: Instruction | undefined): string[] =>
    JSON.parse(/\bCMD (\[.*\])$/.exec(one?.getTextContent() ?? '')?.[1] ?? '[]') as string[]
  const copies = only<Copy>('COPY').filter((one) => one.getFlags().length === 0)
  const install = instructions.find((one) => one.getKeyword() === 'RUN' && wordsOf(one)[0] === 'npm')
  return {
    bases: dockerfile.getFROMs().map((from: From) => from.getImage() ?? ''),
    instructions: instructions.map((one) => ({ keyword: one.getKeyword(), text: one.getTextContent() })),
    copied: copies.map((one) => ({ from: wordsOf(one).slice(0, -1), to: wordsOf(one).at(-1) ?? '' })),
    install: wordsOf(install),
    environment: Object.fromEntries(
      only('ENV').flatMap((one) => wordsOf(one).map((pair) => pair.split('=') as [string, string])),
    ),
    user: wordsOf(only('USER').at(-1))[0],
    entry: programOf(only('CMD').at(-1)),
    healthCheck: programOf(only('HEALTHCHECK').at(-1)),
  }
}
