// What the app of a scenario reads once it is connected.

import type { Scenario } from './scenario.ts'
import type { DataAnswer, ScenarioApp, TokenAnswer } from './scenario-app.ts'

export async function readAll(
  app: ScenarioApp,
  scenario: Scenario,
  { access_token }: TokenAnswer,
): Promise<DataAnswer[]> {
  const answers: DataAnswer[] = []
  // One after the other, so that the timeline reads from top to bottom.
  for (const path of pathsOf(scenario)) answers.push(await app.read(access_token, path))
  return answers
}

/** What the app reads where the scenario does not say: a little of each of the first types that it asks for. */
export function pathsOf({ requests, scope }: Scenario): readonly string[] {
  if (requests !== undefined) return requests
  const types = [...scope.matchAll(/(?:^| )(?:patient|user|system)\/([A-Za-z]+|\*)\./g)].map(([, type]) => type ?? '')
  return [...new Set(types.map((type) => (type === '*' ? 'Patient' : type)))]
    .slice(0, 3)
    .map((type) => `${type}?_count=2`)
}
