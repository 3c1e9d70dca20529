// The addresses of an export's status and files: sealed like paging links, for the client that began it and for nobody else.

import type { ExportFile, ExportTypes } from '../../smart/plan/plan-export.ts'
import type { PageSeal } from '../lists/paging.ts'

/** `target`: below the upstream's base. */
export type Job = { target: string; types: ExportTypes; request: string }
/** `target`: below the base of where it lies: the upstream, or the storage beside it. */
export type File = { at: 'upstream' | 'storage'; target: string } & ExportFile

export type ExportLinks = {
  jobUrl(job: Job, clientId: string): string
  fileUrl(file: File, clientId: string): string
  /** Undefined: not ours, another client's, or too old. */
  openJob(handle: string, clientId: string): Job | undefined
  openFile(handle: string, clientId: string): File | undefined
}

/** As long as servers keep files, and longer. */
const LIFETIME_SECONDS = 7 * 86_400

export function createExportLinks(deps: { fhirBase: string; seal: PageSeal; clock: () => Date }): ExportLinks {
  const { fhirBase, seal, clock } = deps
  const sealed = (target: string, path: string, decided: unknown, holder: string) =>
    seal.seal({
      target,
      path,
      parameters: [],
      decided: JSON.stringify(decided),
      holder,
      expiresAtEpochSeconds: Math.floor(clock().getTime() / 1000) + LIFETIME_SECONDS,
    })
  const open = (handle: string, holder: string) => {
    const page = seal.open(handle, clock())
    return page?.holder === holder ? page : undefined
  }
  return {
    jobUrl: ({ target, types, request }, clientId) =>
      `${fhirBase}/_export/${sealed(target, request, named(types), `export of ${clientId}`)}`,
    fileUrl: ({ at, target, as, type, types }, clientId) =>
      `${fhirBase}/_file/${sealed(target, at, [as, type, named(types)], `file of ${clientId}`)}`,
    openJob(handle, clientId) {
      const page = open(handle, `export of ${clientId}`)
      return page === undefined
        ? undefined
        : { target: page.target, request: page.path, types: typesIn(JSON.parse(page.decided)) }
    },
    openFile(handle, clientId) {
      const page = open(handle, `file of ${clientId}`)
      if (page === undefined) return undefined
      const [as, type, types] = JSON.parse(page.decided) as [ExportFile['as'], string, 'any' | string[]]
      const at = page.path === 'storage' ? 'storage' : 'upstream'
      return { at, target: page.target, as, type, types: typesIn(types) }
    },
  }
}

function named(types: ExportTypes): 'any' | string[] {
  return types === 'any' ? types : [...types]
}

function typesIn(named: 'any' | string[]): ExportTypes {
  return named === 'any' ? named : new Set(named)
}
