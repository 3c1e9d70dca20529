// Kinds of settings, as they stand in the environment.

import { z } from 'zod'

export const baseUrl = z.url({ protocol: /^https?$/ }).transform((url) => url.replace(/\/+$/, ''))
/** As URL parsers print it: the upstream may write its own links so. */
export const normalUrl = baseUrl.transform((url) => new URL(url).href.replace(/\/+$/, ''))
export const list = z.string().transform((text) =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== ''),
)
export const positive = z.coerce.number().int().positive()
