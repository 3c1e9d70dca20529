import { describe, expect, test } from '@jest/globals'
import { brandAssets, contrast, pictureType } from './brand.ts'

const SVG = { contentType: 'image/svg+xml', body: Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>') }

test('colours become a sheet, a logo a file, each named by its content', () => {
  const { brand, assets } = brandAssets({ accent: '#7a1f5c', accentDark: '#f0a8d8', logo: SVG })
  expect(brand.stylesheet).toMatch(/^brand\.[0-9a-f]{12}\.css$/)
  expect(brand.logo).toMatch(/^logo\.[0-9a-f]{12}\.svg$/)
  expect([...assets.keys()]).toEqual([brand.stylesheet, brand.logo])
  expect(assets.get(brand.stylesheet ?? '')?.body).toBe(
    ':root{--accent:#7a1f5c;--accent-ink:#ffffff}@media (prefers-color-scheme:dark){:root{--accent:#f0a8d8;--accent-ink:#0b1c28}}',
  )
})

test('nothing set: nothing is served', () => {
  expect(brandAssets({})).toEqual({ brand: {}, assets: new Map() })
})

test('a colour for light pages leaves dark ones readable', () => {
  const { assets } = brandAssets({ accent: '#7a1f5c' })
  expect([...assets.values()][0]?.body).toContain('prefers-color-scheme:dark){:root{--accent:#7cc4f2')
})

describe('colours that cannot be read are refused', () => {
  test.each([
    { accent: '#ffd500' },
    { accent: '#ffffff' },
    { accent: '#808080' },
    { accentDark: '#202020' },
    { accentDark: '#0a5a8a' },
  ])('%j', (settings) => {
    expect(() => brandAssets(settings)).toThrow(/cannot be read/)
  })
})

test.each([
  ['#000000', '#ffffff', 21],
  ['#ffffff', '#000000', 21],
  ['#767676', '#ffffff', 4.54],
  ['#123456', '#123456', 1],
])('contrast of %s and %s', (one, other, expected) => {
  expect(contrast(one, other)).toBeCloseTo(expected, 1)
})

test.each([
  ['Logo.SVG', 'image/svg+xml'],
  ['a.b.png', 'image/png'],
  ['logo.gif', undefined],
  ['logo', undefined],
])('%s is %s', (file, type) => {
  expect(pictureType(file)).toBe(type)
})
