import { expect, test } from '@jest/globals'
import { createPageSeal, type Page } from './paging.ts'

const NOW = new Date('2026-11-01T12:00:00Z')
const page: Page = {
  target: '/Observation?_offset=2',
  path: 'Observation',
  parameters: [['code', '8867-4']],
  decided: '{}',
  holder: 'grant of ana',
  expiresAtEpochSeconds: NOW.getTime() / 1000 + 60,
}
const seal = createPageSeal('a-secret-for-tests-of-32-characters')

test('opens what it sealed, and no handle is like another', () => {
  const handle = seal.seal(page)
  expect(seal.open(handle, NOW)).toEqual(page)
  expect(seal.seal(page)).not.toBe(handle)
  expect(Buffer.from(handle, 'base64url').toString('latin1')).not.toContain('Observation')
})

test.each([
  ['expired', () => seal.seal({ ...page, expiresAtEpochSeconds: NOW.getTime() / 1000 })],
  ['of another secret', () => createPageSeal('another-secret-of-32-characters-').seal(page)],
  ['cut', () => seal.seal(page).slice(0, -4)],
  [
    'changed',
    () =>
      seal
        .seal(page)
        .replace(/.$/, (last) => (last === 'A' ? 'B' : 'A'))
        .replace(/^./, (c) => (c === 'A' ? 'B' : 'A')),
  ],
  ['empty', () => ''],
  ['garbage', () => 'x'.repeat(200)],
])('a handle that is %s opens nothing', (_name, handle) => expect(seal.open(handle(), NOW)).toBeUndefined())

test('the length tells neither when nor how far a search went', () => {
  const at = (seconds: number, offset: number) =>
    seal.seal({ ...page, target: `/Observation?_offset=${offset}`, expiresAtEpochSeconds: seconds }).length
  const lengths = Array.from({ length: 500 }, (_, i) => at(page.expiresAtEpochSeconds + i * 977, i))
  expect(new Set(lengths).size).toBe(1)
})

test('a long search makes a handle that a URL can carry', () => {
  const codes = Array.from({ length: 1000 }, (_, at) => `http://loinc.org|${10_000 + at}-4`).join(',')
  const long = {
    ...page,
    target: `/Observation?code=${encodeURIComponent(codes)}`,
    parameters: [['code', codes]] as [string, string][],
    decided: codes,
  }
  expect(seal.seal(long).length).toBeLessThan(16_000)
})
