// The operator's file of processors: read and checked at the start, each processor with its settings. All faults are named
// at once; with any of them there is no start, since a step that is left out could be a check.

import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { isNativeError } from 'node:util/types'
import type { Logger } from 'pino'
import { z } from 'zod'
import { BUILT_IN } from './built-in/built-in.ts'
import { type Loaded, logOf } from './call.ts'
import type { Definition, Start } from './processor.ts'

export type LoadedProcessors = { ok: true; processors: Loaded[] } | { ok: false; faults: string[] }

const Entry = z.strictObject({
  /** Name of one that is built in, `./file.mjs` beside this file, or a package that is installed. */
  use: z.string().min(1),
  /** As the processor itself says. */
  settings: z.record(z.string(), z.unknown()).optional(),
  /** Longest time that one call of it may take. */
  timeLimitSeconds: z.number().positive().max(600).optional(),
})
export type Entry = z.infer<typeof Entry>

const File = z.strictObject({ processors: z.array(Entry) })

const isFunction = z.custom<(...given: never[]) => unknown>((value) => typeof value === 'function', 'is no function')
const Shape = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9-]{0,60}$/),
  kind: z.enum(['security', 'convenience']),
  settings: isFunction.optional(),
  timeLimitSeconds: z.number().positive().max(600).optional(),
  create: isFunction,
})
const Made = z
  .strictObject({
    before: isFunction.optional(),
    after: isFunction.optional(),
    needsWhole: isFunction.optional(),
    close: isFunction.optional(),
  })
  .refine(({ before, after }) => before !== undefined || after !== undefined, 'has neither before nor after')

const DEFAULT_SECONDS = 30

/** @param file path; its folder is where paths in it begin */
export async function loadProcessors(
  file: string,
  surroundings: { fhirBase: string; log: Logger; clock: () => Date },
): Promise<LoadedProcessors> {
  const read = await readEntries(file)
  if (!read.ok) return read
  const processors: Loaded[] = []
  const faults: string[] = []
  for (const [at, entry] of read.entries.entries()) {
    const folder = dirname(resolve(file))
    try {
      processors.push(await makeProcessor(await findDefinition(entry.use, folder), entry, { ...surroundings, folder }))
    } catch (error) {
      faults.push(...faultsOf(error).map((fault) => `processors.${at} (${entry.use}): ${fault}`))
    }
  }
  return faults.length === 0 ? { ok: true, processors } : { ok: false, faults }
}

async function readEntries(file: string): Promise<{ ok: true; entries: Entry[] } | { ok: false; faults: string[] }> {
  try {
    return { ok: true, entries: File.parse(JSON.parse(await readFile(file, 'utf8'))).processors }
  } catch (error) {
    return { ok: false, faults: faultsOf(error) }
  }
}

async function findDefinition(use: string, folder: string): Promise<unknown> {
  const isPath = /^\.{0,2}\//.test(use)
  const find = BUILT_IN.get(use) ?? (() => import(isPath ? pathToFileURL(resolve(folder, use)).href : use))
  const module: { default?: unknown } = await find()
  if (module.default === undefined) throw new Error('has no default export')
  return module.default
}

/** @throws Error or ZodError when the definition, its settings, or what it makes is not as it must be */
export async function makeProcessor(
  given: unknown,
  { settings, timeLimitSeconds }: Pick<Entry, 'settings' | 'timeLimitSeconds'>,
  { log, ...start }: Omit<Start, 'log'> & { log: Logger },
): Promise<Loaded> {
  const { name, kind } = Shape.parse(given)
  const definition = given as Definition<unknown>
  if (definition.settings === undefined && settings !== undefined) throw new Error('settings: it has none')
  const schema = definition.settings?.(z)
  const checked = schema === undefined ? undefined : z.object({ settings: schema }).parse({ settings: settings ?? {} })
  const processor = await definition.create(checked?.settings, { ...start, log: logOf(log, name) })
  Made.parse(processor)
  return { name, kind, processor, timeLimitSeconds: timeLimitSeconds ?? definition.timeLimitSeconds ?? DEFAULT_SECONDS }
}

/** One line each. */
function faultsOf(error: unknown): string[] {
  if (error instanceof z.ZodError)
    return error.issues.map(({ path, message }) => (path.length === 0 ? message : `${path.join('.')}: ${message}`))
  return [isNativeError(error) ? (error.message.split('\n', 1)[0] ?? error.name) : 'something was thrown']
}
