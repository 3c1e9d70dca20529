// One requirement, and the table that requirements are written in.

export type Requirement = {
  /** Group and number, as tests and comments name it: `REF-09`. */
  id: string
  level: 'MUST' | 'SHOULD' | 'MAY'
  /** One line in our own words. */
  text: string
  /** Where it is asked for. */
  source: string
  /** Why it is not built, or not shown by a test of ours; whoever reads the report is told. */
  notTaken?: string
}

export type RequirementGroup = { title: string; requirements: readonly Requirement[] }

const ID = /^[A-Z]+-\d{2,3}[a-z]?$/
const LEVELS = ['MUST', 'SHOULD', 'MAY'] as const

/** Ids in the name of a test; `TOK-10 to TOK-14` names all five. */
export function idsIn(name: string): string[] {
  const ids = name.match(/\b[A-Z]{3,5}-\d{2,3}[a-z]?\b/g) ?? []
  const ranges = [...name.matchAll(/\b([A-Z]{3,5})-(\d{2,3}) to \1-(\d{2,3})\b/g)].flatMap(([, group, from, to]) =>
    Array.from({ length: Math.max(0, Number(to) - Number(from)) }, (_, i) => `${group}-${pad(Number(from) + i)}`),
  )
  return [...new Set([...ids, ...ranges])].sort()
}

const pad = (number: number): string => String(number).padStart(2, '0')

/**
 * `id | level | text | source`, and `| why it is not taken` where it is not; one requirement a line.
 * @throws naming the line that is not one
 */
export function parseRequirements(table: string): Requirement[] {
  const lines = table.split('\n').filter((line) => line.trim() !== '')
  return lines.map((line) => {
    const [id = '', level = '', text = '', source = '', notTaken, ...more] = line.split('|').map((cell) => cell.trim())
    const known = LEVELS.find((one) => one === level)
    if (!ID.test(id) || known === undefined || text === '' || source === '' || notTaken === '' || more.length > 0) {
      throw new Error(`not a requirement: ${line}`)
    }
    return { id, level: known, text, source, ...(notTaken === undefined ? {} : { notTaken }) }
  })
}
