// What choices leave out by themselves: said with a number only where it is known, and never as nothing where it is not.
import { describe, expect, test } from '@jest/globals'
import type { Amount } from './amounts.ts'
import { askedFor, type DataRow } from './asked-for.ts'
import { checkPage } from './check-page.ts'
import { choosePage } from './choose-page.ts'
import { asking, pageOfAna } from './example-consent-pages.ts'
import { countUndated, countUngrouped, edgeSearches } from './honest-edges.ts'
import { readChooseForm } from './read-draft.ts'

const CATEGORY = 'http://terminology.hl7.org/CodeSystem/observation-category'
const LAB = `patient/Observation.rs?category=${CATEGORY}|laboratory`

type Known = (search: string) => number | undefined
const counted = (searches: readonly string[], known: Known) =>
  new Map(
    searches.map((search): [string, Amount | undefined] => {
      const count = known(search)
      return [search, count === undefined ? undefined : { count }]
    }),
  )

describe('without a date', () => {
  const undated = (scopes: readonly string[], known: Known, only: (row: DataRow) => boolean = () => true) => {
    const asked = askedFor(scopes)
    const rows = asked.rows.filter(only)
    return countUndated(rows, counted(edgeSearches(asked, rows), known))
  }
  const ofDate: Known = (search) => (search.includes('=ge1900-01-01') ? 5 : 12)

  test('all less those that the earliest first day lets through, of each type that has one', () => {
    expect(undated(['patient/Observation.rs', 'patient/Encounter.rs', 'patient/Condition.rs'], ofDate)).toBe(14)
  })
  test('of one category where only that is in question', () => {
    const asked = askedFor([LAB])
    expect(edgeSearches(asked, asked.rows)).toEqual([
      `Observation?${new URLSearchParams({ category: `${CATEGORY}|laboratory` })}`,
      `Observation?${new URLSearchParams({ category: `${CATEGORY}|laboratory` })}&date=ge1900-01-01`,
    ])
  })
  test('all of a type that has no day', () => {
    expect(undated(['patient/MolecularSequence.rs'], ofDate)).toBe(12)
  })
  test('where there is nothing, nothing is without a date, whether or not dates can be asked for', () => {
    expect(undated(['patient/Claim.rs'], (search) => (search === 'Claim' ? 0 : undefined))).toBe(0)
  })
  test.each<[string, readonly string[], Known]>([
    ['a server that does not count', ['patient/Encounter.rs'], () => undefined],
    ['one that cannot say it by date', ['patient/Encounter.rs'], (search) => (search === 'Encounter' ? 12 : undefined)],
    ['one type of two', ['patient/Encounter.rs', 'patient/Claim.rs'], (s) => (s.startsWith('Claim') ? undefined : 12)],
    ['two searches for one type', [LAB, 'patient/Observation.rs?code=a'], ofDate],
  ])('not known: %s', (_name, scopes, known) => {
    expect(undated(scopes, known)).toBeUndefined()
  })
})

test('in no group: all less those in groups, and no such number for a group', () => {
  const asked = askedFor(['patient/Condition.rs'])
  const known = counted(edgeSearches(asked, []), (search) => (search === 'Condition' ? 20 : 2))
  const numbers = asked.rows.map((row) => countUngrouped(row, asked, known))
  expect(numbers).toEqual([undefined, undefined, undefined, undefined, 18])
})

describe('AUTHZ-21: on the pages', () => {
  const SCOPES = ['patient/Patient.rs', 'patient/Observation.rs', 'patient/Encounter.rs']
  const page = asking(pageOfAna, SCOPES)
  const asked = askedFor(SCOPES)
  const edges = (known: Known) => counted(edgeSearches(asked, asked.rows), known)
  // 40 visits, all dated; 100 results, 93 of them dated, 88 in seven groups, and 81 in six of them.
  const known: Known = (search) => {
    if (search.startsWith('Encounter')) return 40
    if (search.includes('ge1900')) return search.includes('category') ? 80 : 93
    if (search === 'Observation') return 100
    return search.includes('survey') ? 88 : 81
  }

  test('choose: how many items a first day would leave out, and how many have no group', () => {
    const shown = choosePage({ ...page, amounts: edges(known), edges: edges(known) })
    expect(shown).toContain('With a first day, 7 items are not shared because they have no date.')
    expect(shown).toContain('12 items have no group. They go only with all of them.')
  })
  test('check: the same of what is chosen', () => {
    const on = asked.rows.filter(({ row }) => row !== 'forms').flatMap(({ texts }) => texts)
    const posted = new URLSearchParams({ decision: 'check', dates: '12-months', until: 'now' })
    for (const text of on) posted.append('scope', text)
    const chosen = { ...page, ...readChooseForm(page.request, page.draft, posted) }
    const checked = asked.rows.filter(({ row }) => !['forms', 'otherResults'].includes(row ?? ''))
    const shown = checkPage({ ...chosen, edges: counted(edgeSearches(asked, checked), known) })
    expect(shown).toContain('With a first day, 1 item is not shared because it has no date.')
    expect(shown).toContain('Results in none of these groups</span> <span class="amount">12 items')
  })
  test.each<[string, undefined | 'waiting' | Map<string, Amount | undefined>]>([
    ['not counted', undefined],
    ['waiting', 'waiting'],
    ['unknown', edges(() => undefined)],
    ['none', edges(() => 0)],
  ])('no number where it is: %s', (_name, found) => {
    const shown = choosePage({ ...page, amounts: found, edges: found })
    expect(shown).toContain('With a first day, items without a date are not shared.')
    expect(shown).not.toMatch(/no group\.|because they have/)
  })
})
