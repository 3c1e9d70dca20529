// The processors around a request, in the order of the operator's file: the first is the outermost, whose `before` comes
// first and whose `after` comes last. What one asks for passes all the others, and never itself.

import { type Answer, isInPieces, NDJSON } from '../answers/answer.ts'
import { gzipped } from '../answers/gzip.ts'
import type { Fhir, FhirRequest } from '../fhir.ts'
import { after, needsWhole } from './after.ts'
import { type CallDeps, call, type Loaded } from './call.ts'
import type { ProcessorRequest } from './processor.ts'
import { interactionAt, requestLine } from './request-line.ts'
import { ProcessorFault, readBefore, stopped } from './verdict.ts'

export type Chain = {
  /** Up to where the request is carried out, unless a processor has stopped it. */
  begin(request: FhirRequest): Promise<Begun>
  /** From its answer, or what it was stopped with, to what goes out. */
  finish(begun: Begun, answer: Answer): Promise<Answer>
}

/** `compresses`: what is compressed for the app only after processors have read it. */
export type Begun = { request: FhirRequest; seen: readonly Seen[]; compresses: boolean; stopped?: Answer }
/** What a processor was shown, for when its `after` comes. */
export type Seen = { link: Link; request: FhirRequest; shown: ProcessorRequest }
export type Link = { loaded: Loaded; deps: CallDeps }

/**
 * @param carryOut a way to answer requests, within a chain that may be a part of the whole
 */
export function withProcessors(
  processors: readonly Loaded[],
  deps: Omit<CallDeps, 'ask'> & { maxBodyBytes: number },
  carryOut: (chain: Chain) => Fhir,
): Fhir {
  const made = new Map<string, Fhir>()
  function within(left: readonly Loaded[]): Fhir {
    const key = left.map((loaded) => processors.indexOf(loaded)).join()
    const known = made.get(key)
    if (known !== undefined) return known
    // Fewer are left each time, so that two who ask do not ask each other for ever.
    const askOf = (asking: Loaded): Fhir => {
      const others = left.filter((loaded) => loaded !== asking)
      return (request) => within(others)(request)
    }
    const links = left.map((loaded): Link => ({ loaded, deps: { ...deps, ask: askOf(loaded) } }))
    const fhir = carryOut(chainOf(links, deps.maxBodyBytes))
    made.set(key, fhir)
    return fhir
  }
  return within(processors)
}

/** The same function, with the chain around it. */
export function around(chain: Chain, fhir: Fhir): Fhir {
  return async (request) => {
    const begun = await chain.begin(request)
    return chain.finish(begun, begun.stopped ?? (await fhir(begun.request)))
  }
}

function chainOf(links: readonly Link[], maxBodyBytes: number): Chain {
  return {
    async begin(request) {
      const seen: Seen[] = []
      let current = request
      for (const link of links) {
        const shown = shownOf(current)
        if (shown === undefined) break
        const next = await before(link, current, shown)
        if ('status' in next) return { request: current, seen, compresses: false, stopped: next }
        seen.push({ link, request: current, shown })
        current = next
      }
      const { streams } = current
      if (streams === undefined || !seen.some(needsWhole)) return { request: current, seen, compresses: false }
      // Neither a part of a file nor one that is compressed could be read.
      const plain = { ...streams, takesGzip: false, range: undefined }
      return { request: { ...current, streams: plain }, seen, compresses: streams.takesGzip }
    },
    async finish({ seen, compresses }, answer) {
      let going = answer
      for (const one of seen.toReversed()) going = await after(one, going, maxBodyBytes)
      const { headers, body } = going
      return compresses && isInPieces(body) && headers['Content-Type'] === NDJSON ? gzipped({ ...going, body }) : going
    },
  }
}

async function before(
  { loaded, deps }: Link,
  request: FhirRequest,
  shown: ProcessorRequest,
): Promise<FhirRequest | Answer> {
  const { processor } = loaded
  if (processor.before === undefined) return request
  return call(loaded, 'before', request, deps, async (services, got) => {
    const verdict = readBefore(await processor.before?.(shown, services))
    if (verdict.kind === 'stop') return stopped(verdict, got)
    const { path = shown.path, body } = verdict
    // A file that is still to come was taken for this path alone.
    if (path !== shown.path && request.written?.file !== undefined) throw new ProcessorFault('it moved a file')
    const interaction = path === shown.path ? request.interaction : interactionAt({ method: shown.method, path })
    if (body === undefined) return { ...request, interaction }
    if (request.written === undefined || shown.body === undefined)
      throw new ProcessorFault('it gave a body to a request that has none')
    return { ...request, interaction, written: { ...request.written, body } }
  })
}

/** Undefined: what is not carried out in any case. */
function shownOf({ interaction, written, actor }: FhirRequest): ProcessorRequest | undefined {
  const line = requestLine(interaction)
  if (line === undefined) return undefined
  const { clientId, subject, person, patient, scope } = actor
  const brought =
    written === undefined || written.body === '' ? {} : { body: written.body, contentType: written.contentType }
  return {
    interaction,
    ...line,
    ...brought,
    ...(written?.ifMatch === undefined ? {} : { ifMatch: written.ifMatch }),
    ...(written?.condition === undefined ? {} : { ifNoneExist: written.condition }),
    caller: {
      clientId,
      subject,
      ...(person === undefined ? {} : { person }),
      ...(patient === undefined ? {} : { patient }),
      scopes: scope.split(' ').filter((one) => one !== ''),
    },
  }
}
