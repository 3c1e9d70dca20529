// A list that the upstream pages: judged entry by entry before it goes out, and what comes along is looked up beside it. A
// short answer goes out as a whole; a long one while it comes in, where the upstream is known to confine exactly.

import type { Access } from '../../smart/access/access.ts'
import type { ListGuard, ListRefusal } from '../../smart/plan/guard.ts'
import type { Plan } from '../../smart/plan/plan.ts'
import { type Answer, fhirAnswer } from '../answers/answer.ts'
import { type Alarm, failed, refusedHead, unreadable, unusable } from '../answers/body.ts'
import type { CutFault } from '../json/bundle-cutter.ts'
import type { Upstream, UpstreamStream } from '../upstream/upstream.ts'
import { BrokenOff } from '../upstream/upstream-body.ts'
import { callOf, pageCall } from '../upstream/upstream-call.ts'
import type { ByteRewriter } from '../upstream/url-rewriter.ts'
import { linkOf } from './bundle-pages.ts'
import type { Includes } from './includes.ts'
import { ListOut } from './list-out.ts'
import { fingerprint, type Listing, type PageLinks, pathOf } from './page-links.ts'
import type { Page } from './paging.ts'
import type { BundleLink } from './searchset.ts'

export type ListingDeps = {
  upstream: Upstream
  upstreamUrl: string
  includes: Includes
  links: PageLinks
  rewriter: ByteRewriter
  maxBodyBytes: number
  alarm: Alarm
  /** The upstream was seen to give others' records of a type. */
  distrust(type: string): void
}

export type ListingRequest = {
  access: Access
  listing: Listing
  forward: Extract<Plan, { kind: 'forward' }>
  guard: ListGuard
  holder: string
  /** Undefined: the first page. */
  page: Page | undefined
  /** Given when the answer may go out in pieces. */
  streams: object | undefined
  signal: AbortSignal
}

const PAGING_RELATIONS = ['next', 'previous', 'prev', 'first', 'last']

type Opened = Extract<UpstreamStream, { kind: 'stream' }>

export function createListing(deps: ListingDeps): (request: ListingRequest) => Promise<Answer> {
  /** A quarter of what is held at most, so that what is short can still be refused in good order. */
  const streamedFrom = deps.maxBodyBytes / 4

  return async (request) => {
    const { forward, page, signal, guard } = request
    const call = page === undefined ? callOf(forward.request) : pageCall(page.target)
    const opened = await deps.upstream.stream(call, signal)
    if (opened.kind === 'failed') return failed(opened.reason)
    const refusal = refusedHead(opened, deps.alarm)
    if (refusal !== undefined) {
      await opened.body.return?.()
      return refusal
    }
    return answerFrom(new ListOut(guard, deps.rewriter, deps.maxBodyBytes), opened, request)
  }

  async function answerFrom(set: ListOut, opened: Opened, request: ListingRequest): Promise<Answer> {
    let length = 0
    try {
      for (let next = await opened.body.next(); next.done !== true; next = await opened.body.next()) {
        length += next.value.length
        const taken = length > deps.maxBodyBytes ? TOO_LARGE : set.take(next.value)
        if (taken.kind === 'refuse') {
          await opened.body.return?.()
          return refused(taken.reason, opened, request)
        }
        if (length > streamedFrom && mayStream(request) && set.isKnown)
          return fhirAnswer(200, streamed(set, opened, request))
      }
    } catch (error) {
      if (error instanceof BrokenOff) return failed(error.reason)
      throw error
    }
    const verdict = set.judge()
    if (verdict.kind === 'refuse') return refused(verdict.reason, opened, request)
    const { access, listing: search, guard, signal } = request
    const includes = guard.kind === 'searchset' ? guard.includes : []
    const included = await deps.includes.find({ access, search, includes, matches: set.matches, signal })
    if ('status' in included) return included
    set.close({ ...verdict, ...linksOf(set, request), included })
    return fhirAnswer(200, set.out.take())
  }

  /** @throws when the rest must not go out: whoever sends it cuts the connection, so that nobody takes it for the end */
  async function* streamed(set: ListOut, opened: Opened, request: ListingRequest) {
    const cut = (reason: Refused) => {
      refused(reason, opened, request)
      return new CutShort(reason)
    }
    // Whoever takes a piece is done with it when the next is asked for.
    const room = Buffer.allocUnsafeSlow(ROOM_BYTES)
    try {
      yield set.out.take()
      for await (const piece of opened.body) {
        const taken = set.take(piece)
        if (taken.kind === 'refuse') throw cut(taken.reason)
        if (set.out.length > 0) yield set.out.take(room)
      }
      const verdict = set.judge()
      if (verdict.kind === 'refuse') throw cut(verdict.reason)
      set.close({ ...verdict, ...linksOf(set, request), included: [] })
      yield set.out.take()
    } finally {
      await opened.body.return?.()
    }
  }

  /** What the caller is told, where it can still be told, and the operator in any case. */
  function refused(reason: Refused, opened: Opened, { listing, guard }: ListingRequest): Answer {
    if (reason === 'too-large') return failed(reason)
    if (reason === 'unreadable') return unreadable(opened, deps.alarm)
    const parameters = guard.kind === 'searchset' ? guard.confining.map(([name]) => name) : []
    deps.alarm('search-not-confined', { path: pathOf(listing), reason, parameters })
    // It was seen to confine, and does not.
    if (reason === 'foreign-entry' && guard.kind === 'searchset' && guard.exact && parameters.length > 0)
      deps.distrust(guard.type)
    return unusable('search')
  }

  function linksOf({ around }: ListOut, { listing, forward, holder }: ListingRequest): { links: BundleLink[] } {
    const of = { interaction: listing, decided: fingerprint([forward.request]), holder }
    const paging = PAGING_RELATIONS.flatMap((relation) => {
      const target = linkOf(around, relation, deps.upstreamUrl)
      return target === undefined || target === 'elsewhere' ? [] : [deps.links.link(relation, target, of)]
    })
    return { links: [{ relation: 'self', url: deps.links.selfUrl(listing) }, ...paging] }
  }
}

type Refused = ListRefusal | CutFault
/** For what goes out at a time, mostly: a piece as it comes from the network, with longer addresses. */
const ROOM_BYTES = 128 * 1024
const TOO_LARGE = { kind: 'refuse', reason: 'too-large' } as const

/** What comes along hangs on all matches, so that it has to wait for them. */
function mayStream({ guard, streams }: ListingRequest): boolean {
  if (streams === undefined) return false
  return guard.kind === 'unconfined' || (guard.exact && guard.includes.length === 0)
}

/** A list of which a part is out already, and the rest may not go out. */
class CutShort extends Error {
  constructor(reason: Refused) {
    super(`a list was cut short: ${reason}`)
  }
}
