// Processors as an operator's file has them, for a proxy of a test's own.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Logger, pino } from 'pino'
import type { Loaded } from '../../proxy/processors/call.ts'
import { loadProcessors } from '../../proxy/processors/load.ts'
import { FHIR_BASE } from '../two-worlds.ts'

type Entry = { use: string; settings?: object; timeLimitSeconds?: number }

export async function processorsFor(
  processors: readonly Entry[],
  { log = pino({ level: 'silent' }), clock = () => new Date() }: { log?: Logger; clock?: () => Date } = {},
): Promise<Loaded[]> {
  const folder = await mkdtemp(join(tmpdir(), 'processors-'))
  const file = join(folder, 'processors.json')
  await writeFile(file, JSON.stringify({ processors }))
  const loaded = await loadProcessors(file, { fhirBase: FHIR_BASE, log, clock })
  await rm(folder, { recursive: true })
  if (!loaded.ok) throw new Error(loaded.faults.join('\n'))
  return loaded.processors
}
