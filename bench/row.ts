// One figure of a run, beside what it is compared with.

export type Row = {
  case: string
  measure: string
  ours: number
  /** Of the same run; null where there is nothing to compare with. */
  baseline: number | null
  ratio: number | null
  /** In words; null where none is set. */
  goal: string | null
  met: boolean | null
}

export type Goal = { text: string; isMet: (row: Pick<Row, 'ours' | 'ratio'>) => boolean }

export function row(of: string, measure: string, ours: number, baseline?: number, goal?: Goal): Row {
  const ratio = baseline === undefined || baseline === 0 ? null : rounded(ours / baseline)
  const figures = { ours: rounded(ours), baseline: baseline === undefined ? null : rounded(baseline), ratio }
  const met = goal === undefined ? null : goal.isMet({ ours, ratio })
  return { case: of, measure, ...figures, goal: goal?.text ?? null, met }
}

/** Three digits that say something. */
function rounded(figure: number): number {
  return Number(figure.toPrecision(3))
}

export function atMost(limit: number, of: 'ours' | 'ratio' = 'ours'): Goal {
  return {
    text: `${of === 'ratio' ? 'ratio ' : ''}≤ ${limit}`,
    isMet: (figures) => (figures[of] ?? Number.NaN) <= limit,
  }
}

export function atLeast(limit: number): Goal {
  return { text: `≥ ${limit}`, isMet: ({ ours }) => ours >= limit }
}

export function below(limit: number): Goal {
  return { text: `ratio < ${limit}`, isMet: ({ ratio }) => (ratio ?? Number.NaN) < limit }
}

/** Of several measurements the middle one, by one figure of theirs. */
export function middle<T>(measured: readonly T[], by: (one: T) => number): T {
  const sorted = measured.toSorted((a, b) => by(a) - by(b))
  return sorted[Math.floor(sorted.length / 2)] as T
}
