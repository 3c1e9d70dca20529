// What the person chose lately, so that it comes first the next time. It is never chosen for them.
import type { GrantRecord, Grants } from '../grants/grants.ts'

export type RecentChoices = {
  /** Relative references, the last one first. */
  personas: readonly string[]
  /** Ids of patients opened as one persona, the last one first. */
  patientsOf(persona: string): readonly string[]
}

export async function recentChoices(grants: Pick<Grants, 'of' | 'endedOf'>, sub: string): Promise<RecentChoices> {
  const [live, ended] = await Promise.all([grants.of(sub), grants.endedOf(sub)])
  const byTime = [...live, ...ended].sort((one, other) => lastUse(other).localeCompare(lastUse(one)))
  return {
    personas: [...new Set(byTime.map(({ persona }) => persona.record))],
    patientsOf: (record) => [
      ...new Set(byTime.flatMap(({ persona, context }) => (persona.record === record ? (context.patient ?? []) : []))),
    ],
  }
}

/** Those named come first, in the order in which they are named. */
export function recentFirst<Item>(
  items: readonly Item[],
  nameOf: (item: Item) => string,
  recent: readonly string[],
): Item[] {
  const rank = (item: Item) => {
    const at = recent.indexOf(nameOf(item))
    return at === -1 ? recent.length : at
  }
  return [...items].sort((one, other) => rank(one) - rank(other))
}

function lastUse({ since, lastUsed }: GrantRecord): string {
  return lastUsed ?? since
}
