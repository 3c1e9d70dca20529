// Lists that we put together, around records in the upstream's own characters.

import type { JudgedRecord } from './judged-page.ts'

export type BundleLink = { relation: string; url: string }

/** An entry of ours around a record in the upstream's own characters. */
export function searchEntry(fhirBase: string, { key, text }: JudgedRecord, mode: 'match' | 'include'): string {
  return `{"fullUrl":${JSON.stringify(`${fhirBase}/${key}`)},"resource":${text},"search":{"mode":"${mode}"}}`
}

/** A list that we put together. `total`: of all its pages, where it is known. */
export function searchset(
  entries: readonly string[],
  { link, total }: { link: readonly BundleLink[]; total?: number },
): string {
  const counted = total === undefined ? '' : `,"total":${total}`
  const entry = entries.length === 0 ? '' : `,"entry":[${entries.join(',')}]`
  return `{"resourceType":"Bundle","type":"searchset"${counted},"link":${JSON.stringify(link)}${entry}}`
}
