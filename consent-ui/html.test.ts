import { expect, test } from '@jest/globals'
import { isolated, plainText } from './foreign-text.ts'
import { html } from './html.ts'

test.each([
  ['markup in text', html`<p>${'<script>alert(1)</script>'}</p>`, '<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>'],
  ['quotes in attributes', html`<a title="${'" onclick="x'}">`, '<a title="&quot; onclick=&quot;x">'],
  ['nested templates stay', html`<p>${html`<b>${'&'}</b>`}</p>`, '<p><b>&amp;</b></p>'],
  [
    'lists are joined',
    html`<ul>${['a', '<b>'].map((item) => html`<li>${item}</li>`)}</ul>`,
    '<ul><li>a</li><li>&lt;b&gt;</li></ul>',
  ],
  ['nothing shows nothing', html`<p>${undefined}${null}${false}${''}</p>`, '<p></p>'],
  ['zero shows', html`<p>${0}</p>`, '<p>0</p>'],
])('%s', (_name, made, expected) => {
  expect(made.toString()).toBe(expected)
})

test('an object that looks like markup is still text', () => {
  const fake = { toString: () => '<script>' } as unknown as string
  expect(() => html`<p>${fake}</p>`.toString()).toThrow()
})

test.each([
  ['right-to-left override', 'Good\u202egpj.exe', 'Good gpj.exe'],
  ['isolates and marks', '\u2067Ana\u2069\u200f Ruiz', 'Ana Ruiz'],
  ['line breaks and controls', 'Heart\r\n\tChart\u0000\u001b[31m', 'Heart Chart [31m'],
  ['invisible letters', 'He\u200bart\ufeff', 'He art'],
  ['a lone surrogate', 'a\ud800b', 'a\ufffdb'],
  ['right-to-left names stay', 'סמית דנה', 'סמית דנה'],
])('plain text: %s', (_name, text, expected) => {
  expect(plainText(text)).toBe(expected)
})

test('plain text is cut by characters, not halves of them', () => {
  expect(plainText('🫀'.repeat(500), 5)).toBe('🫀🫀🫀🫀…')
})

test('foreign text is isolated and escaped', () => {
  expect(isolated('<i>Ana</i>').toString()).toBe('<bdi>&lt;i&gt;Ana&lt;/i&gt;</bdi>')
})
