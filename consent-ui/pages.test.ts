import { gzipSync } from 'node:zlib'
import { describe, expect, test } from '@jest/globals'
import { assets } from './assets.ts'
import { pageOfAna } from './consent/example-consent-pages.ts'
import { examplePages, examplePagesIn } from './example-pages.ts'
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
    // An app's privacy policy opens in a window of its own, and is told nothing.
    const links = page.replaceAll(/href="https:[^"]*" target="_blank" rel="noopener noreferrer"/g, '')
    expect(links).not.toMatch(/\s(src|href)="(https?:)?\/\//)
  })

  test('every form that posts carries the CSRF token', () => {
    const forms = page.match(/<form method="post"/g)?.length ?? 0
    expect(page.match(/name="csrf" value="token"/g)?.length ?? 0).toBe(forms)
  })

  test('each fault is said first, again where it is put right, and in the title', () => {
    const summary = /<div class="error-summary"[\s\S]*?<\/div>/.exec(page)?.[0] ?? ''
    const faulty = summary !== ''
    expect(page.includes(`<title>${frameWords(lang).titleOfError('').trim()}`)).toBe(faulty)
    const said = [...summary.matchAll(/<a href="#[^"]+">([^<]+)<\/a>/g)].map(([, text]) => text)
    const again = [...page.matchAll(/class="error"[^>]*>([^<]+)</g)].map(([, text]) => text)
    expect(new Set(again)).toEqual(new Set(said))
  })

  test('control and direction characters do not get through', () => {
    const shown = page.replace(/<[^>]*>/g, '\n')
    expect(shown.match(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu)?.filter((mark) => mark !== '\n') ?? []).toEqual([])
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
    const hop = hopPage({ frame: pageOfAna.frame, app: 'A', href: '/sign-in-window?id=a', onward: '/interaction/b' })
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
  expect(page('request')).toContain(`/assets/${name}`)
})

test('the page and its sheet stay small for old phones', () => {
  const [sheet] = [...assets.values()]
  expect((examplePages['request-changes'] ?? '').length + (sheet?.body.length ?? 0)).toBeLessThan(50_000)
  // The first page of the largest request that an honest app makes comes in one round trip, in either language.
  for (const lang of ['en', 'es'] as const) {
    const request = examplePagesIn(lang)['request-whole-record'] ?? ''
    expect(gzipSync(`${request}${sheet?.body}`).length).toBeLessThan(14_000)
  }
})
