// A scenario by what people have of it: a name, a file, or a link.

import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { NoScenario, parseScenario, readScenarioText, SCENARIO_PARAMETER, type Scenario } from './scenario.ts'
import { SHIPPED } from './shipped.ts'

/** @param folder of saved scenarios. @throws NoScenario */
export async function findScenario(given: string, folder: string): Promise<Scenario> {
  const shipped = SHIPPED.get(given)
  if (shipped !== undefined) return shipped
  if (/^https?:/.test(given) && URL.canParse(given)) {
    return readScenarioText(new URL(given).searchParams.get(SCENARIO_PARAMETER) ?? '')
  }
  if (given.endsWith('.json')) return readScenarioFile(given)
  const saved = (await savedScenarios(folder)).get(given)
  if (saved !== undefined) return saved
  throw new NoScenario(`no scenario is named ${given}; there are ${[...SHIPPED.keys()].join(', ')}`)
}

/** By id, which is the file's name. Files that hold none are left out. */
export async function savedScenarios(folder: string): Promise<Map<string, Scenario>> {
  const files = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.json')).sort()
  const found = await Promise.all(
    files.map((name) =>
      readScenarioFile(join(folder, name)).then(
        (scenario): [string, Scenario][] => [[name.slice(0, -'.json'.length), scenario]],
        () => [],
      ),
    ),
  )
  return new Map(found.flat())
}

/** Keeps it under a name made of its own; one of the same name is replaced. @returns its id */
export async function saveScenario(folder: string, scenario: Scenario): Promise<string> {
  const plain = scenario.name.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase()
  const id = plain.replace(/[^a-z0-9]+/g, '-').replace(/^-|-$/g, '') || 'scenario'
  await writeFile(join(folder, `${id}.json`), `${JSON.stringify(scenario, null, 2)}\n`)
  return id
}

async function readScenarioFile(file: string): Promise<Scenario> {
  const text = await readFile(file, 'utf8').catch(() => {
    throw new NoScenario(`${file} cannot be read`)
  })
  try {
    return parseScenario(JSON.parse(text))
  } catch (error) {
    throw error instanceof NoScenario ? error : new NoScenario(`${file} is no JSON`)
  }
}
