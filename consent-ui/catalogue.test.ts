// The names of data in both languages: of the reader's own record, and of somebody else's.
import { describe, expect, test } from '@jest/globals'
import { findDataName, GROUPS, groupName, namedTypes } from './catalogue.ts'
import { choosePage } from './consent/choose-page.ts'
import { asking, pageOfAna } from './consent/example-consent-pages.ts'
import { requestPage } from './consent/request-page.ts'
import { english } from './data-names/english.ts'
import { spanish } from './data-names/spanish.ts'

const YOU = { en: /\byou(rs?)?\b/i, es: /\b(usted|su|sus|suyos?|suyas?|le)\b/i }

describe.each(['en', 'es'] as const)('%s', (lang) => {
  const others = { lang, own: false }

  test.each(namedTypes())('%s: said of another person', (type) => {
    const { label, hint = '', group } = findDataName(type, undefined, others) ?? { label: '', group: 'everything' }
    for (const text of [label, hint, groupName(group, others)]) expect(text).not.toMatch(YOU[lang])
  })

  test.each([true, false])('no two types read the same, nor two groups; own: %s', (own) => {
    const labels = namedTypes().map((type) => findDataName(type, undefined, { lang, own })?.label)
    expect(new Set(labels).size).toBe(labels.length)
    expect(new Set(GROUPS.map((group) => groupName(group, { lang, own }))).size).toBe(GROUPS.length)
  })
})

test('what has a hint in one language has one in the other', () => {
  for (const group of GROUPS) {
    const hinted = (rows: Readonly<Record<string, unknown>>) =>
      Object.keys(rows).filter((key) => typeof rows[key] !== 'string')
    expect(hinted(spanish[group])).toEqual(hinted(english[group]))
  }
})

test('to the person all is said as it is', () => {
  expect(findDataName('MedicationStatement', undefined, { lang: 'en', own: true })?.label).toBe('Medicines you take')
  expect(findDataName('MedicationStatement', undefined, { lang: 'es', own: true })?.label).toBe('Medicinas que toma')
})

describe('AUTHZ-21: the pages for somebody else’s data', () => {
  const scopes = [
    'openid',
    'offline_access',
    'patient/*.cruds',
    'patient/Patient.r',
    'user/Observation.rs',
    'patient/Binary.s',
  ]
  const shown = (own: boolean) => {
    const page = { ...asking(pageOfAna, scopes), own }
    return `${requestPage(page)}${choosePage(page)}`.replace(/ value="[^"]*"/g, '').replace(/<[^>]*>/g, '\n')
  }

  test('never say that it is the reader’s', () => {
    expect(shown(false)).not.toMatch(
      /about you\b|your (own|whole|health|medical|record|care|clinic|medicines|family|doctors|privacy)|for you\b|you (take|filled|are in)/i,
    )
    for (const said of ['The whole record', 'About the person', 'The care team will see it', 'Health of the family']) {
      expect(shown(false)).toContain(said)
    }
  })
  test('and to the person say that it is', () => {
    for (const said of ['Your whole record', 'About you', 'Your care team will see it', 'Health of your family']) {
      expect(shown(true)).toContain(said)
    }
  })
})
