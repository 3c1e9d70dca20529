// What the answers of a person come to: the terms that will be granted, and what of the request is in them.
import { type ConsentTerms, type Decided, monthsFrom, termsOf } from '../../smart/access/consent-terms.ts'
import { isDated } from '../../smart/access/look-back.ts'
import type { Scope } from '../../smart/access/scope.ts'
import { type AskedFor, askedFor, chosenTexts, type DataRow, isLeafCovered, type Leaf } from './asked-for.ts'
import type { Draft, Request } from './draft.ts'

/** Whether a limit in time says anything here. */
export function hasDates({ rows }: AskedFor): boolean {
  return rows.some(isRowDated)
}

export function isRowDated({ leaves }: DataRow): boolean {
  return leaves.some(({ scope }) => isDated(scope.type))
}

/** The first day of what may be seen of dated records; undefined: all dates. */
export function firstDayOf({ dates, firstDay }: Draft, { today, scopes }: Request): string | undefined {
  if (!hasDates(askedFor(scopes))) return undefined
  switch (dates) {
    case 'all':
      return undefined
    case '12-months':
      return monthsFrom(today, -12)
    case '3-years':
      return monthsFrom(today, -36)
    case 'from':
      return firstDay
  }
}

/** What the answers decide. */
export function decidedOf(request: Request, draft: Draft): Decided {
  const { earlier, scopes } = request
  const kept = draft.ending === 'kept'
  return {
    chosen: chosenTexts(askedFor(scopes), new Set(draft.on)),
    from: firstDayOf(draft, request),
    ending: draft.ending === 'kept' ? earlier?.ending : draft.ending,
    lastDay: kept ? earlier?.lastDay : undefined,
  }
}

export function draftTerms(request: Request, draft: Draft): ConsentTerms {
  return termsOf(request.scopes, decidedOf(request, draft), request.today)
}

/** Whether any of a row is in the scopes, whatever their limit in time. */
export function isRowGranted({ leaves }: DataRow, granted: readonly Scope[], from: string | undefined): boolean {
  return leaves.some((leaf) => isLeafGranted(leaf, granted, from))
}

function isLeafGranted(leaf: Leaf, granted: readonly Scope[], from: string | undefined): boolean {
  const undated = granted.map((scope) => ({
    ...scope,
    filter: scope.filter.filter(([, value]) => value !== `ge${from}`),
  }))
  return isLeafCovered(leaf, undated)
}
