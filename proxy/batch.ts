// A batch: each entry is its own request, decided and answered as if it had come alone (ENF-39). Nothing of it goes upstream
// as a batch: what one entry may is no other's business.

import type { Access } from '../smart/access.ts'
import { addFormParameters, type Interaction, parseInteraction } from '../smart/interaction.ts'
import { type Answer, fhirAnswer, refusal } from './answer.ts'
import { type JsonBody, parseJsonBody } from './body.ts'
import type { FhirRequest } from './fhir.ts'
import { elementSpans, scanJson } from './json-text.ts'
import { isVersion, type Written } from './written.ts'

export type BatchRequest = {
  access: Access
  holder: string
  body: string
  contentType: string
  signal: AbortSignal
}

type Entry = {
  method: string
  url: string
  /** The resource's own characters: numbers keep their digits. */
  resource: string
  ifMatch: string | undefined
  condition?: string
  /** Why it is not carried out. */
  refused?: Answer
}

const MAX_ENTRIES = 200
/** Entries that wait for the upstream at one time. */
const AT_ONCE = 6

export function createBatch(parts: {
  fhirBase: string
  fhir: (request: FhirRequest) => Promise<Answer>
}): (request: BatchRequest) => Promise<Answer> {
  const { fhirBase, fhir } = parts
  const basePath = new URL(fhirBase).pathname.replace(/\/+$/, '')

  async function answerEntry(entry: Entry, { access, holder, signal }: BatchRequest): Promise<Answer> {
    if (entry.refused !== undefined) return entry.refused
    const interaction = interactionOf(entry)
    if ('status' in interaction) return interaction
    return fhir({ access, interaction, holder, signal, written: writtenOf(entry) })
  }

  function interactionOf({ method, url }: Entry): Interaction | Answer {
    // An address of ours, or one below the base: no other host is ever asked (ENF-39).
    const below = url.startsWith(`${fhirBase}/`) ? url.slice(fhirBase.length + 1) : url
    const parsed = parseInteraction(method, `${basePath}/${below}`, basePath)
    if (!parsed.ok) return refusal(parsed.reason === 'malformed' ? 400 : 403, 'invalid', parsed.message)
    const { interaction } = parsed
    if (interaction.kind === 'bundle' || interaction.kind === 'capabilities' || interaction.kind === 'page')
      return refusal(403, 'not-supported', 'This has no place in a batch.')
    if (interaction.kind !== 'search' || !interaction.form) return interaction
    const form = addFormParameters(interaction, '')
    return form.ok ? form.interaction : refusal(400, 'invalid', form.message)
  }

  return async (request) => {
    const bundle = readBundle(request)
    if ('status' in bundle) return bundle
    const answers: Answer[] = []
    for (let at = 0; at < bundle.length; at += AT_ONCE) {
      const some = bundle.slice(at, at + AT_ONCE).map((entry) => answerEntry(entry, request))
      answers.push(...(await Promise.all(some)))
    }
    return fhirAnswer(
      200,
      `{"resourceType":"Bundle","type":"batch-response","entry":[${answers.map(entryText).join(',')}]}`,
    )
  }
}

/** In the order in which they came: the app tells them apart by nothing else. */
function entryText({ status, headers, body }: Answer): string {
  const isOk = status < 400
  const { Location: location, ETag: etag, 'Last-Modified': modified } = headers
  const response = {
    status: String(status),
    ...(location === undefined ? {} : { location }),
    ...(etag === undefined ? {} : { etag }),
    ...(modified === undefined ? {} : { lastModified: new Date(modified).toISOString() }),
  }
  const members = JSON.stringify(response).slice(0, -1)
  if (body === '') return `{"response":${members}}}`
  return isOk ? `{"response":${members}},"resource":${body}}` : `{"response":${members},"outcome":${body}}}`
}

function writtenOf({ resource, ifMatch, condition }: Entry): Written {
  const written = { body: resource, contentType: 'application/fhir+json', ifMatch, wantsMinimal: false }
  return condition === undefined ? written : { ...written, condition }
}

function readBundle({ body, contentType }: BatchRequest): Entry[] | Answer {
  if (!/^application\/(fhir\+)?json *(;|$)/i.test(contentType))
    return refusal(415, 'not-supported', 'This takes application/fhir+json.')
  const parsed = parseJsonBody(body)
  const { resourceType, type, entry } = (parsed?.value ?? {}) as Record<string, unknown>
  if (parsed === undefined || resourceType !== 'Bundle' || !Array.isArray(entry))
    return refusal(400, 'invalid', 'The body is not a Bundle with entries that can be read in one way only.')
  if (type === 'transaction')
    return refusal(403, 'not-supported', 'Transactions are not supported here; a batch is, entry by entry.')
  if (type !== 'batch') return refusal(400, 'invalid', 'The Bundle is no batch.')
  if (entry.length > MAX_ENTRIES) return refusal(413, 'too-long', `A batch has at most ${MAX_ENTRIES} entries.`)
  const texts = resourceTexts(parsed)
  return entry.map((one, at) => entryOf(one, texts[at] ?? ''))
}

/** The text of each entry's resource; empty where there is none. */
function resourceTexts({ text, members }: JsonBody): string[] {
  const entries = members.find(({ key }) => key === 'entry')
  if (entries === undefined) return []
  return elementSpans(text, entries).map(({ start, end }) => {
    const entry = text.slice(start, end)
    const scan = scanJson(entry)
    const resource = scan.ok ? scan.members.find(({ key }) => key === 'resource') : undefined
    return resource === undefined ? '' : entry.slice(resource.start, resource.end)
  })
}

function entryOf(value: unknown, resource: string): Entry {
  const { request } = (value ?? {}) as { request?: Record<string, unknown> }
  const { method, url, ifMatch, ifNoneExist, ifNoneMatch, ifModifiedSince } = request ?? {}
  const entry: Entry = {
    method: String(method),
    url: String(url),
    resource,
    ifMatch: undefined,
    ...(typeof ifNoneExist === 'string' ? { condition: ifNoneExist } : {}),
  }
  const refused = (status: number, message: string): Entry => ({
    ...entry,
    refused: refusal(status, status === 400 ? 'invalid' : 'not-supported', message),
  })
  if (typeof method !== 'string' || typeof url !== 'string') return refused(400, 'An entry needs a method and a url.')
  if (ifNoneExist !== undefined && (typeof ifNoneExist !== 'string' || method !== 'POST'))
    return refused(400, 'ifNoneExist is a search, for a create.')
  if (ifNoneMatch !== undefined || ifModifiedSince !== undefined)
    return refused(403, 'Conditional entries are not supported here.')
  if (method === 'PATCH') return refused(403, 'Patches are not supported in a batch.')
  if (ifMatch === undefined) return entry
  return typeof ifMatch === 'string' && isVersion(ifMatch)
    ? { ...entry, ifMatch }
    : refused(400, 'ifMatch takes one version.')
}
