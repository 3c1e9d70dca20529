// What a caller can compare in an answer. What differs between any two servers and any two moments is taken out: addresses,
// the date, the request's id, sealed page handles, ids and times that a server gave during the run.

import type { Answer, Endpoint } from './endpoint.ts'

export type Seen = { status: number; headers: readonly string[]; body: string }
export type Difference = { where: string; one: string; other: string }

export type SeenSettings = {
  /** Times from here on are the run's own. */
  startedAt: Date
  /** Matches what is drawn by chance, beside our own page handles. */
  opaque?: RegExp
}

/** The length of a body that was changed says nothing more than the body. */
const OWN_TO_EACH_ANSWER: ReadonlySet<string> = new Set(['date', 'x-request-id', 'content-length'])
const PAGE_HANDLE = /(?<=_page\/)[A-Za-z0-9_-]+|(?<=_getpages=)[A-Za-z0-9_-]+/g
const INSTANT = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)/g

export type See = (answer: Answer) => Seen

/** One world's eye: it remembers the ids that the world gave to new records, in the order in which it gave them. */
export function createSee({ base, publicBase = base }: Endpoint, { startedAt, opaque }: SeenSettings): See {
  const made: string[] = []
  const addresses = [base, publicBase].flatMap((one) => [one, encodeURIComponent(one)])

  function neutral(text: string): string {
    let result = addresses.reduce((rest, address) => rest.replaceAll(address, '{base}'), text)
    result = result.replace(PAGE_HANDLE, '{page}')
    if (opaque !== undefined) result = result.replace(opaque, '{opaque}')
    // A statement of what a server can do bears the date of its start.
    const since = text.includes('"CapabilityStatement"') ? 0 : startedAt.getTime()
    result = result.replace(INSTANT, (instant) => (Date.parse(instant) >= since ? '{now}' : instant))
    return made.reduce((rest, id, at) => rest.replaceAll(id, `{made ${at}}`), result)
  }

  function headerLine([name, value]: readonly [string, string]): string {
    const isNow = name === 'last-modified' && Date.parse(value) >= startedAt.getTime() - 1_000
    return `${name}: ${isNow ? '{now}' : neutral(value)}`
  }

  return ({ status, headers, body }) => {
    for (const id of givenIds(status, headers, body)) if (!made.includes(id)) made.push(id)
    const shown = headers.filter(([name]) => !OWN_TO_EACH_ANSWER.has(name))
    return { status, headers: shown.map(headerLine), body: neutral(body) }
  }
}

/** Ids that a server chose: long ones only, so that no word of an answer is taken for one. */
function givenIds(status: number, headers: Answer['headers'], body: string): string[] {
  const location = headers.find(([name]) => name === 'location')?.[1] ?? ''
  const text = status === 201 ? location : /-response"/.test(body) ? body : ''
  return [...text.matchAll(/\/([0-9a-f]{8}-[0-9a-f-]{27}|[A-Za-z0-9]{20,64})\/_history\//g)].map(([, id = '']) => id)
}

/** The first thing that differs, each side cut to what is around it. */
export function differenceOf(one: Seen, other: Seen): Difference | undefined {
  if (one.status !== other.status)
    return {
      where: 'status',
      one: `${one.status} ${one.body}`.slice(0, 200),
      other: `${other.status} ${other.body}`.slice(0, 200),
    }
  for (let at = 0; at < Math.max(one.headers.length, other.headers.length); at++) {
    const [left = '(none)', right = '(none)'] = [one.headers[at], other.headers[at]]
    if (left !== right) return { where: 'header', one: left, other: right }
  }
  if (one.body === other.body) return undefined
  let at = 0
  while (one.body[at] === other.body[at]) at++
  const around = (text: string) => `…${text.slice(Math.max(0, at - 60), at + 100)}…`
  return { where: `body, character ${at}`, one: around(one.body), other: around(other.body) }
}
