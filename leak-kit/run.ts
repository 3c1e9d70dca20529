// The comparison: each request goes to both worlds, and so do the pages that follow; whatever differs is a finding.

import { type Answer, createAsk, type Endpoint } from './endpoint.ts'
import { type KitRequest, printRequest } from './request.ts'
import { createSee, type Difference, differenceOf, type Seen } from './seen.ts'

export type Finding = Difference & { request: string }

export type Outcome = {
  requests: number
  /** Pages that were followed beyond the first. */
  pages: number
  /** How often each status came, of the first world: a run of refusals alone shows nothing. */
  statuses: ReadonlyMap<number, number>
  findings: readonly Finding[]
}

export type RunSettings = {
  opaque?: RegExp
  /** Ends early when so many findings are made; each world that leaks does so in hundreds of ways. */
  mostFindings?: number
}

const LANES = 8
const MOST_PAGES = 5

export async function compareWorlds(
  one: Endpoint,
  other: Endpoint,
  requests: readonly KitRequest[],
  { opaque, mostFindings = 50 }: RunSettings = {},
): Promise<Outcome> {
  const settings = { startedAt: new Date(), ...(opaque === undefined ? {} : { opaque }) }
  const worlds = [one, other].map((endpoint) => ({
    endpoint,
    ask: createAsk(endpoint),
    see: createSee(endpoint, settings),
  }))
  const statuses = new Map<number, number>()
  const findings: Finding[] = []
  let pages = 0
  let asked = 0

  async function compare(request: KitRequest): Promise<void> {
    let next: (KitRequest | undefined)[] = worlds.map(() => request)
    for (let page = 0; page <= MOST_PAGES; page++) {
      const answers = await Promise.all(worlds.map(({ ask }, at) => ask(next[at] ?? request)))
      const [left, right] = answers.map((answer, at) => worlds[at]?.see(answer)) as [Seen, Seen]
      if (page === 0) statuses.set(left.status, (statuses.get(left.status) ?? 0) + 1)
      else pages++
      const difference = differenceOf(left, right)
      const text = page === 0 ? printRequest(request) : `${printRequest(request)}\n  (page ${page + 1})`
      if (difference !== undefined) findings.push({ request: text, ...difference })
      next = answers.map((answer, at) => nextPage(answer, worlds[at]?.endpoint ?? one))
      // Where one world has a page more, the links differed, which was found.
      if (difference !== undefined || next.some((link) => link === undefined)) return
    }
  }

  async function lane(queue: KitRequest[]): Promise<void> {
    for (let request = queue.shift(); request !== undefined; request = queue.shift()) {
      if (findings.length >= mostFindings) return
      asked++
      await compare(request)
    }
  }

  try {
    const readers = requests.filter(({ writes }) => writes !== true)
    await Promise.all(Array.from({ length: LANES }, () => lane(readers)))
    await lane(requests.filter(({ writes }) => writes === true))
  } finally {
    for (const { ask } of worlds) ask.close()
  }
  return { requests: asked, pages, statuses, findings: findings.slice(0, mostFindings) }
}

function nextPage({ body }: Answer, { base, publicBase = base }: Endpoint): KitRequest | undefined {
  if (!body.includes('"next"')) return undefined
  try {
    const { link } = JSON.parse(body) as { link?: { relation?: string; url?: string }[] }
    const url = link?.find(({ relation }) => relation === 'next')?.url
    const found = [base, publicBase].find((address) => url?.startsWith(address) === true)
    return url === undefined || found === undefined ? undefined : { method: 'GET', target: url.slice(found.length) }
  } catch {
    return undefined
  }
}
