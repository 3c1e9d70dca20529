// What the kit knows of the two worlds: records that the caller sees in both, records that are hidden from it, and words
// that stand in either. Requests are made of them, since a leak shows where a request meets a hidden record.

export type Known = {
  /** The patient whom writes are about; any text when there is none. */
  patient: string
  /** `Type/id`, seen in both worlds. */
  own: readonly string[]
  /** `Type/id` of what is there in one world only, or differs. */
  hidden: readonly string[]
  /** Codes, with their system and without. */
  tokens: readonly string[]
  /** Names, labels, identifiers. */
  texts: readonly string[]
}

const MOST = 400

/** @param own records, parsed JSON, as are the hidden ones */
export function knownFrom(patient: string, own: readonly unknown[], hidden: readonly unknown[]): Known {
  const tokens = new Set<string>()
  const texts = new Set<string>()
  // A few of each record: all records get a word in.
  for (const record of [...own, ...hidden]) collect(record, tokens, texts)
  return {
    patient,
    own: someOf(referencesOf(own), 'Patient/nobody'),
    hidden: someOf(referencesOf(hidden), 'Patient/nobody'),
    tokens: someOf([...tokens].slice(0, MOST), 'nothing'),
    texts: someOf([...texts].slice(0, MOST), 'nothing'),
  }
}

/** Who sees nothing is asked for as well: there is always one to draw. */
function someOf(found: readonly string[], otherwise: string): readonly string[] {
  return found.length > 0 ? found : [otherwise]
}

/** The records of a Bundle, of a list, or the one that it is. */
export function recordsIn(json: unknown): unknown[] {
  if (Array.isArray(json)) return json
  const { resourceType, entry } = (json ?? {}) as { resourceType?: unknown; entry?: unknown }
  if (resourceType !== 'Bundle') return resourceType === undefined ? [] : [json]
  return (Array.isArray(entry) ? entry : []).flatMap((one: { resource?: unknown } | null) => one?.resource ?? [])
}

function referencesOf(records: readonly unknown[]): string[] {
  return records.flatMap((record) => {
    const { resourceType, id } = (record ?? {}) as { resourceType?: unknown; id?: unknown }
    return typeof resourceType === 'string' && typeof id === 'string' ? [`${resourceType}/${id}`] : []
  })
}

const TEXT_MEMBERS: ReadonlySet<string> = new Set(['family', 'given', 'display', 'text', 'title', 'value'])

function collect(value: unknown, tokens: Set<string>, texts: Set<string>): void {
  if (typeof value !== 'object' || value === null) return
  const { system, code } = value as { system?: unknown; code?: unknown }
  if (typeof code === 'string') tokens.add(typeof system === 'string' ? `${system}|${code}` : code)
  for (const [name, member] of Object.entries(value)) {
    const words = TEXT_MEMBERS.has(name) ? [member].flat().filter((word) => typeof word === 'string') : []
    for (const word of words) if (word.length < 60) texts.add(word)
    collect(member, tokens, texts)
  }
}
