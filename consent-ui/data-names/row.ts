/** What a kind of data is called; the hint says what may surprise in it. */
export type Row = string | readonly [label: string, hint: string]
