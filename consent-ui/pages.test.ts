import { gzipSync } from 'node:zlib'
import { describe, expect, test } from '@jest/globals'
import { assets } from './assets.ts'
import { consentPage } from './consent-page.ts'
import { examplePages, examplePagesIn, HOSTILE_NAME, requestOfAna } from './example-pages.ts'
import { hopPage } from './hop-page.ts'
import { directionOf, LANGUAGES, type Lang } from './language.ts'
import { readableDate } from './readable-date.ts'
import { frameWords } from './words/frame.ts'

function page(name: string): string {
  return examplePages[name] ?? ''
}

function valuesOf(text: string, attribute: string): string[] {
  return [...text.matchAll(new RegExp(`\\s${attribute}="([^"]*)"`, 'g'))].map((match) => match[1] ?? '')
}

function switchesIn(page: string): string[] {
  return [...page.matchAll(/<input type="checkbox" name="scope"[^>]*? value="([^"]*)"/g)].map((match) => match[1] ?? '')
}

function switchesOn(page: string): string[] {
  return [...page.matchAll(/<input type="checkbox" name="scope"[^>]*? value="([^"]*)" checked/g)].map(
    (match) => match[1] ?? '',
  )
}

const ALL = LANGUAGES.flatMap((lang) =>
  Object.entries(examplePagesIn(lang)).map(([name, page]): [string, Lang, string] => [name, lang, page]),
)

describe.each(ALL)('%s, %s', (_name, lang, page) => {
  test('has one h1, a language and a title', () => {
    expect(page.match(/<h1[ >]/g)).toHaveLength(1)
    expect(page.startsWith(`<!doctype html>\n<html lang="${lang}" dir="${directionOf(lang)}">`)).toBe(true)
    expect(page).toMatch(/<title>.+<\/title>/)
  })

  test('ids are there once, and whatever names an id finds it', () => {
    const ids = valuesOf(page, 'id')
    expect(new Set(ids).size).toBe(ids.length)
    const named = [
      ...valuesOf(page, 'for'),
      ...valuesOf(page, 'aria-describedby').flatMap((value) => value.split(' ')),
      ...valuesOf(page, 'aria-labelledby'),
      ...valuesOf(page, 'href')
        .filter((href) => href.startsWith('#'))
        .map((href) => href.slice(1)),
    ]
    expect(named.filter((id) => !ids.includes(id))).toEqual([])
  })

  test('has no script, no inline style and nothing from elsewhere', () => {
    expect(page).not.toMatch(/<script|<img|\sstyle=|\son\w+="|<style/i)
    expect(page).not.toMatch(/\s(src|href)="(https?:)?\/\//)
  })

  test('every form that posts carries the CSRF token', () => {
    const forms = page.match(/<form method="post"/g)?.length ?? 0
    expect(page.match(/name="csrf" value="token"/g)?.length ?? 0).toBe(forms)
  })

  test('a fault is said first, twice, and in the title', () => {
    const faulty = page.includes('error-summary')
    expect(page.includes(`<title>${frameWords(lang).titleOfError('').trim()}`)).toBe(faulty)
    expect(page.match(/class="error"/g)?.length ?? 0).toBe(faulty ? 1 : 0)
  })

  test('control and direction characters do not get through', () => {
    const shown = page.replace(/<[^>]*>/g, '\n')
    expect(shown.match(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu)?.filter((mark) => mark !== '\n') ?? []).toEqual([])
  })
})

describe('consent page', () => {
  const consent = page('consent')

  test('SEED-19, SEED-23: every data scope asked for is a switch once, technical ones never', () => {
    expect(switchesIn(consent).sort()).toEqual(
      requestOfAna.scopes.filter((scope) => scope.startsWith('patient/') || scope === 'offline_access').sort(),
    )
  })

  test('seeing is on, changes and time are off', () => {
    const scopes = ['patient/Goal.rs', 'patient/Goal.c', 'patient/Task.cruds', 'offline_access', 'odd']
    expect(switchesOn(consentPage({ ...requestOfAna, scopes }))).toEqual(['patient/Goal.rs', 'patient/Task.rs'])
  })

  test('an earlier choice is kept as it was', () => {
    const scopes = ['patient/Goal.rs', 'patient/Goal.c', 'patient/Task.rs']
    expect(switchesOn(consentPage({ ...requestOfAna, scopes, chosen: ['patient/Goal.c'] }))).toEqual(['patient/Goal.c'])
  })

  test('a scope asked for twice is one switch', () => {
    expect(switchesIn(consentPage({ ...requestOfAna, scopes: ['patient/Goal.rs', 'patient/Goal.rs'] }))).toHaveLength(1)
  })

  test('looking, changing and deleting are questions of their own', () => {
    const page = consentPage({ ...requestOfAna, scopes: ['patient/Goal.*'] })
    expect(switchesIn(page)).toEqual(['patient/Goal.rs', 'patient/Goal.c', 'patient/Goal.u', 'patient/Goal.d'])
  })

  test('access while away and while signed in are one question', () => {
    const page = consentPage({ ...requestOfAna, scopes: ['online_access', 'patient/Goal.rs', 'offline_access'] })
    expect(switchesIn(page)).toEqual(['patient/Goal.rs', 'offline_access'])
  })

  test('what was asked last time stands as it was left; what is new is marked, and stands as at a first time', () => {
    const again = consentPage({
      ...requestOfAna,
      scopes: ['patient/Patient.rs', 'patient/Goal.rs', 'patient/Task.rs', 'patient/Task.c', 'offline_access'],
      remembered: { asked: ['patient/Patient.rs', 'patient/Goal.rs'], granted: ['patient/Patient.rs'] },
    })
    expect(switchesOn(again)).toEqual(['patient/Patient.rs', 'patient/Task.rs'])
    expect(again.match(/<span class="mark">New<\/span>/g)).toHaveLength(3)
  })

  test('asked for a category last time and for the whole type now: the answer stays, and it is new', () => {
    const lab = 'patient/Observation.rs?category=http://terminology.hl7.org/CodeSystem/observation-category|laboratory'
    const again = (granted: string[]) =>
      consentPage({ ...requestOfAna, scopes: ['patient/Observation.rs'], remembered: { asked: [lab], granted } })
    expect(switchesOn(again([]))).toEqual([])
    expect(switchesOn(again([lab]))).toEqual(['patient/Observation.rs'])
    expect(again([lab])).toContain('<span class="mark">New</span>')
  })

  test('what the app says it needs is marked once, and can be switched off', () => {
    const again = page('consent-again')
    expect(again.match(/The app says it needs this/g)).toHaveLength(2)
    expect(again.match(/The app says it needs a part of this/g)).toHaveLength(1)
    expect(again).not.toMatch(/<input[^>]* (disabled|required)/)
  })

  test('what stands narrowed is in plain sight', () => {
    expect(page('consent-in-part')).toContain('<details class="choose" open>')
    expect(page('consent-whole-record')).not.toContain('<details class="choose" open>')
  })

  test('changes stand in their own box, with what they mean', () => {
    const changes = consentPage({ ...requestOfAna, scopes: ['patient/Goal.cd'] })
    expect(changes).toContain('It also asks to')
    expect(changes).toContain('Add new items')
    expect(changes).toContain('Deleted items may not come back.')
    expect(changes).not.toContain('It wants to see')
  })

  test('SEED-19: Share and Don’t share are two buttons alike, next to each other', () => {
    expect(consent).toMatch(
      /<button type="submit" name="decision" value="share">Share<\/button>\s*<button type="submit" name="decision" value="deny">Don&#39;t share<\/button>/,
    )
  })

  test('whose data can be changed only where there is something to change', () => {
    expect(consent).toContain('action="/interaction/abc/change"')
    expect(examplePages['consent-clinician']).not.toContain('/change"')
  })

  test('the app’s own words are quoted as such, and their absence is said', () => {
    expect(consent).toContain('<bdi>Heart Chart</bdi> says: “')
    expect(examplePages['consent-clinician']).toContain('The app did not say why.')
  })

  test('whose record: the words fit the reader', () => {
    expect(consentPage({ ...requestOfAna, scopes: ['patient/*.rs'] })).toContain('Your whole record')
    expect(examplePages['consent-clinician']).toContain('The whole record')
    expect(examplePages['consent-clinician']).not.toContain('Your whole record')
  })

  test('technical words stay in the closed fold', () => {
    const shown = consent.replace(/<details>[\s\S]*<\/details>/, '').replace(/<[^>]*>/g, ' ')
    expect(shown).not.toMatch(/scope|resource|token|authori[sz]e|FHIR|patient\//i)
    expect(consent).not.toContain('<details open')
  })

  test('a name of 10,000 characters does not fill the page', () => {
    expect(HOSTILE_NAME.length).toBeGreaterThan(10_000)
    const repeats = (examplePages['consent-hostile'] ?? '').match(/x{500}/g) ?? []
    // Only the value that is posted back must be whole.
    expect(repeats.length).toBeLessThanOrEqual(20)
  })
})

describe('the way out', () => {
  test.each(['provider', 'no-record'])('%s: a person can give up', (name) => {
    expect(page(name)).toMatch(/<button [^>]*name="decision" value="deny"/)
  })

  test('each place to sign in is one press', () => {
    expect(page('provider').match(/name="provider" value="/g)).toHaveLength(3)
  })

  test('no record: the words tell whom to ask, and who is signed in', () => {
    expect(page('no-record')).toContain('ask your clinic')
    expect(page('no-record')).toContain('<bdi>Noah Stone</bdi>')
  })

  test('out of a frame: a window that knows nothing of the frame, and a way on afterwards', () => {
    const hop = hopPage({ frame: requestOfAna.frame, app: 'A', href: '/sign-in-window?id=a', onward: '/interaction/b' })
    expect(hop).toContain('href="/sign-in-window?id=a" target="_blank" rel="noopener"')
    expect(hop).toContain('href="/interaction/b"')
  })
})

test.each([
  ['1980-05-05', '5 May 1980'],
  ['1980-05', 'May 1980'],
  ['1980', '1980'],
  ['soon', 'soon'],
  ['1980-99-99', '1980-99-99'],
])('date %s reads %s', (date, expected) => {
  expect(readableDate(date, 'en')).toBe(expected)
})

test('assets: a stylesheet with its hash in the name, logical and self-contained', () => {
  const [[name, sheet] = ['', undefined]] = [...assets]
  expect(name).toMatch(/^styles\.[0-9a-f]{12}\.css$/)
  expect(sheet?.contentType).toBe('text/css; charset=utf-8')
  expect(sheet?.body).not.toMatch(/url\(|@import|\b(left|right)\b/)
  expect(page('consent')).toContain(`/assets/${name}`)
})

test('the page and its sheet stay small for old phones', () => {
  const [sheet] = [...assets.values()]
  expect((examplePages['consent-changes'] ?? '').length + (sheet?.body.length ?? 0)).toBeLessThan(50_000)
  // The longest page that an honest app can cause comes in one round trip.
  expect(gzipSync(`${page('consent-whole-record')}${sheet?.body}`).length).toBeLessThan(14_000)
})
