import { describe, expect, test } from '@jest/globals'
import { html } from './html.ts'
import { chooseLanguage, type Lang, wordsIn } from './language.ts'
import { pseudoText } from './pseudo.ts'

describe('the language of a reader', () => {
  test.each([
    [['es-MX', 'en'], 'es'],
    [['fr', 'es', 'en'], 'es'],
    [['EN-us'], 'en'],
    [['fr', 'de'], 'en'],
    [[], 'en'],
    [['*'], 'en'],
    [['en-XA'], 'en'],
  ] as [string[], Lang][])('%j is answered in %s', (wishes, expected) => {
    expect(chooseLanguage(wishes, ['en', 'es'])).toBe(expected)
  })

  test('the first offered is meant where none is wished for', () => {
    expect(chooseLanguage(['fr'], ['es', 'en'])).toBe('es')
  })
})

describe('made-up languages', () => {
  const words = wordsIn({
    en: {
      plain: 'Stop access',
      count: (count: number) => `${count} apps`,
      why: (app: ReturnType<typeof html>, text: string) => html`<b title="x">${app}</b> says &amp; means ${text}`,
      deep: { all: 'All of it' },
    },
    es: { plain: '', count: () => '', why: () => html``, deep: { all: '' } },
  })

  test('change every letter of the words, and none of the values, tags and entities', () => {
    const said = words('en-XA').why(html`<i>Heart</i>`, 'A <Tag>').toString()
    expect(said).toMatch(/^<b title="x"><i>Heart<\/i><\/b> šåýš.* &amp; ɱéåñš.*A &lt;Tag&gt;$/)
    expect(words('en-XA').plain).not.toMatch(/[a-z]/i)
    expect(words('en-XA').count(3)).toMatch(/^3 åþþš/)
    expect(words('en-XA').deep.all).not.toMatch(/[a-z]/i)
  })

  test('right to left: letters of a script that is written so', () => {
    expect(words('ar-XB').plain).toMatch(/^[\u0590-\u05ff]+ [\u0590-\u05ff]+ ~$/)
  })

  test('are longer than English, as translations are', () => {
    const text = 'Choose how long the app can see your data.'
    expect(pseudoText(text, 'en-XA').length).toBeGreaterThan(text.length)
  })
})
