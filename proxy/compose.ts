// Puts the parts together that answer FHIR requests, from configuration.

import { randomBytes } from 'node:crypto'
import type { Logger } from 'pino'
import type { PlanSettings, plan } from '../smart/plan/plan.ts'
import type { ServerLimits } from '../smart/plan/server-limits.ts'
import type { Alarm } from './answers/body.ts'
import { unlessKnown } from './answers/known.ts'
import type { AccessLog } from './audit/access-log.ts'
import { withDecisionLog } from './audit/decision-log.ts'
import { createBatch } from './bundles/batch.ts'
import { createBundle } from './bundles/bundle.ts'
import { createTransaction } from './bundles/transaction.ts'
import type { ProxyConfig } from './config.ts'
import { createFhir, type Fhir } from './fhir.ts'
import { createDecide, createReachFor } from './identity/decide.ts'
import { createOptOuts } from './identity/opt-outs.ts'
import { createFindReach } from './identity/reach-facts.ts'
import { createSettle } from './lists/chains.ts'
import { createFindAll } from './lists/find-all.ts'
import { createIncludes } from './lists/includes.ts'
import { createFetchJudgedPage } from './lists/judged-page.ts'
import { createListing } from './lists/listing.ts'
import { createMerged } from './lists/merged.ts'
import { createPageLinks } from './lists/page-links.ts'
import { createPageSeal } from './lists/paging.ts'
import { createAnswerAccessLog } from './operations/access-log.ts'
import { createExport } from './operations/export.ts'
import { createExportLinks } from './operations/export-links.ts'
import { createGather } from './operations/gather.ts'
import { createLatest } from './operations/latest.ts'
import { createOperations } from './operations/operations.ts'
import { createPass } from './operations/pass.ts'
import { createValidate } from './operations/validate.ts'
import { createReadPatient } from './operations/visible-patient.ts'
import type { Loaded } from './processors/call.ts'
import { around, type Chain, withProcessors } from './processors/chain.ts'
import { createFile } from './reads/file.ts'
import { createHistory } from './reads/history.ts'
import { createRead } from './reads/read.ts'
import { createFindVersions } from './reads/versions.ts'
import { createMetadata, type Metadata } from './upstream/metadata.ts'
import type { Known } from './upstream/probe.ts'
import type { Upstream } from './upstream/upstream.ts'
import { createByteRewriter, createRewriteUrls } from './upstream/url-rewriter.ts'
import { createConditions, withConditions } from './writes/conditional.ts'
import { createWriteFile } from './writes/file-write.ts'
import { createWriter } from './writes/write.ts'

export type Composed = {
  getMetadata: Metadata['statement']
  fhir: Fhir
}

export function compose(
  config: ProxyConfig,
  deps: {
    upstream: Upstream
    /** Where files of exports are; undefined: the upstream has them. */
    exportFiles: Upstream | undefined
    probe: Known
    /** Undefined: none is kept. */
    accessLog: AccessLog | undefined
    /** In the order of the operator's file. */
    processors: readonly Loaded[]
    plan?: typeof plan | undefined
    clock: () => Date
    log: Logger
    alarm: Alarm
  },
): Composed {
  const { upstream, probe, processors, clock, log, alarm } = deps
  const { fhirBase, upstreamUrl, panelLimit, maxBodyBytes, operations, compartment } = config
  const bases = [fhirBase, upstreamUrl]
  const { unconfinable, proven, oneByOne, ignoredModifiers, distrust } = probe
  const limits: ServerLimits = { unconfinable, proven, oneByOne, ignoredModifiers }
  const settings: PlanSettings = { ...limits, panelLimit, bases, operations, compartment }
  const rewriteUrls = createRewriteUrls(upstreamUrl, fhirBase)
  const toUpstreamUrls = createRewriteUrls(fhirBase, upstreamUrl)

  const findReach = createFindReach(upstream, { ...config, bases, clock })
  const { optOut } = config
  const optOuts = optOut && {
    find: createOptOuts({ upstream, upstreamUrl, bases, clock, settings: optOut }),
    onFailure: optOut.onFailure,
  }
  const reachFor = createReachFor(findReach, optOuts)
  const decide = createDecide(reachFor, settings, deps.plan)
  const writer = createWriter({ fhirBase, upstreamUrl, upstream, rewriteUrls, toUpstreamUrls, alarm })
  const includes = createIncludes({ upstream, upstreamUrl, fhirBase, settings, reachFor, alarm })
  const seal = createPageSeal(config.pagingSecret ?? randomBytes(32).toString('base64'))
  const links = createPageLinks({ fhirBase, seal, clock })
  const findVersions = createFindVersions({ upstream, upstreamUrl, fhirBase, alarm })
  const read = createRead({ upstream, includes, rewriteUrls, alarm })
  const list = createListing({
    upstream,
    upstreamUrl,
    includes,
    links,
    rewriter: createByteRewriter(upstreamUrl, fhirBase),
    maxBodyBytes,
    alarm,
    distrust,
  })
  const metadata = createMetadata(upstream, rewriteUrls, config, clock)
  const { searchableTypes } = metadata
  const fetchPage = createFetchJudgedPage({ upstream, upstreamUrl, alarm })
  const findAll = createFindAll(fetchPage)
  const settle = createSettle({ decide, findAll, settings })
  // Of what is asked, not of what that takes.
  const decisions = config.logsDecisions ? { log, reachFor, settings } : undefined
  const merge = createMerged({ findAll, includes, links, fhirBase, rewriteUrls })
  const readPatient = createReadPatient({ decide, read })
  const carryOut = createOperations({
    decide,
    settle,
    links,
    list,
    merge,
    gather: createGather({ fhirBase, decide, fetchPage, includes, links, rewriteUrls, searchableTypes, readPatient }),
    accessLog: createAnswerAccessLog({ log: deps.accessLog, readPatient, links, fhirBase }),
    latest: createLatest({ fhirBase, fetchPage, findAll, rewriteUrls }),
    validate: createValidate({ upstream, writer, rewriteUrls, alarm }),
    pass: createPass({ upstream, rewriteUrls, toUpstreamUrls, alarm }),
  })
  const unconditional = createFhir({
    settle: withDecisionLog(settle, decisions),
    links,
    read,
    list,
    merge,
    carryOut,
    history: createHistory({ findVersions, links, rewriteUrls }),
    file: createFile({ ...config, upstream, decide, read, findAll, rewriteUrls, alarm }),
    write: writer.write,
    writeFile: createWriteFile({ upstream, writer, maxFileBytes: config.maxFileBytes }),
    bulk: createExport({
      ...config,
      upstream,
      storage: config.exportFiles && deps.exportFiles && { url: config.exportFiles.url, upstream: deps.exportFiles },
      bases,
      reachFor,
      links: createExportLinks({ fhirBase, seal, clock }),
      rewriteUrls,
      alarm,
    }),
  })
  const conditions = createConditions({ fhirBase, fhir: unconditional, settle })
  const alone = withConditions(unconditional, conditions)
  const carryOutWithin = (chain: Chain): Fhir => {
    const fhir = unlessKnown(around(chain, alone))
    const batch = createBatch({ fhirBase, fhir })
    const transaction = createTransaction({
      fhirBase,
      upstream,
      decide: withDecisionLog(decide, decisions),
      conditions,
      writer,
      chain,
      alarm,
    })
    const bundle = around(chain, createBundle({ batch, transaction }))
    return (request) => (request.interaction.kind === 'bundle' ? bundle(request) : fhir(request))
  }
  return {
    getMetadata: metadata.statement,
    fhir: withProcessors(processors, { log, clock, fhirBase, maxBodyBytes }, carryOutWithin),
  }
}
