// An operator's own looks: one colour for each theme, and a logo. Colours that people could not read are refused.
import { createHash } from 'node:crypto'
import type { Asset } from './assets.ts'
import type { Brand } from './layout.ts'

export type BrandSettings = {
  /** `#rrggbb`, for buttons and links on light pages. */
  accent?: string | undefined
  /** The same on dark pages. */
  accentDark?: string | undefined
  logo?: { contentType: string; body: Buffer } | undefined
}

export type BrandAssets = { brand: Brand; assets: ReadonlyMap<string, Asset> }

/** The cards and the page, from styles.css: links stand on both. */
const LIGHT = ['#ffffff', '#f3f5f7'] as const
const DARK = ['#1a222b', '#10161c'] as const
const INKS = ['#ffffff', '#0b1c28'] as const

/** WCAG 2.2, 1.4.3: of text against what is behind it. */
const LEAST_CONTRAST = 4.5

/** @throws Error when a colour could not be read by everyone */
export function brandAssets({ accent, accentDark, logo }: BrandSettings): BrandAssets {
  const rules = [
    accent === undefined ? '' : `:root{${colours('accent', accent, LIGHT)}}`,
    accentDark === undefined
      ? ''
      : `@media (prefers-color-scheme:dark){:root{${colours('accent for dark pages', accentDark, DARK)}}}`,
    // The one for light pages would be too dark there.
    accent !== undefined && accentDark === undefined
      ? '@media (prefers-color-scheme:dark){:root{--accent:#7cc4f2;--accent-ink:#0b1c28}}'
      : '',
  ].join('')
  const stylesheet =
    rules === '' ? undefined : named('brand', 'css', { contentType: 'text/css; charset=utf-8', body: rules })
  const picture = logo && named('logo', EXTENSIONS[logo.contentType] ?? 'bin', logo)
  return {
    brand: {
      ...(stylesheet === undefined ? {} : { stylesheet: stylesheet[0] }),
      ...(picture === undefined ? {} : { logo: picture[0] }),
    },
    assets: new Map([stylesheet, picture].filter((one) => one !== undefined)),
  }
}

const EXTENSIONS: Readonly<Record<string, string>> = {
  'image/svg+xml': 'svg',
  'image/png': 'png',
  'image/jpeg': 'jpg',
  'image/webp': 'webp',
}

/** The content type of a picture that pages may show, by its file's name. */
export function pictureType(file: string): string | undefined {
  const extension = file.toLowerCase().split('.').at(-1)
  return Object.keys(EXTENSIONS).find((type) => EXTENSIONS[type] === extension)
}

function named(name: string, extension: string, asset: Asset): [string, Asset] {
  const hash = createHash('sha256').update(asset.body).digest('hex').slice(0, 12)
  return [`${name}.${hash}.${extension}`, asset]
}

function colours(name: string, colour: string, grounds: readonly string[]): string {
  const ink = INKS.find((one) => contrast(one, colour) >= LEAST_CONTRAST)
  const poor = grounds.find((ground) => contrast(colour, ground) < LEAST_CONTRAST)
  if (ink === undefined || poor !== undefined) {
    throw new Error(
      `the ${name} ${colour} cannot be read on ${poor ?? 'itself'}: its contrast is below ${LEAST_CONTRAST}`,
    )
  }
  return `--accent:${colour};--accent-ink:${ink}`
}

/** WCAG 2.2: from 1, the same, to 21, black on white. */
export function contrast(one: string, other: string): number {
  const [darker = 0, lighter = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b)
  return (lighter + 0.05) / (darker + 0.05)
}

function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(colour.slice(at, at + 2), 16) / 255
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}
