// The entries of a batch or transaction: read strictly, each with the characters of its own resource.

import { isUtf8 } from 'node:buffer'
import { z } from 'zod'
import { addFormParameters, type Interaction, parseInteraction, takesForm } from '../../smart/fhir/interaction.ts'
import { type Answer, refusal } from '../answers/answer.ts'
import { isVersion, parseJsonBody } from '../answers/body.ts'
import { isFhirJson } from '../answers/format.ts'
import { type Known, knownOf } from '../answers/known.ts'
import { elementTexts, memberText } from '../json/json-text.ts'
import type { UpstreamCall } from '../upstream/upstream.ts'
import type { Written } from '../writes/written.ts'

export type BundleType = 'batch' | 'transaction'

export type Entry = {
  method: string
  url: string
  /** By which other entries refer to what this one makes. */
  fullUrl?: string
  /** The resource's own characters: numbers keep their digits. Of a patch, what it would be if it came alone. */
  body: string
  contentType: string
  ifMatch: string | undefined
  condition?: string
  /** Of a read. */
  known?: Known
  /** Why it is not carried out. */
  refused?: Answer
}

const MAX_ENTRIES = 200
const FHIR = 'application/fhir+json'
const JSON_PATCH = 'application/json-patch+json'
/** Addresses that we gave out. */
const PLACED: ReadonlySet<string> = new Set(['page', 'export-job', 'export-file'])

/** `urn:` names alone: an address could be taken for a record that is there. */
export function isOwnName(fullUrl: string | undefined): fullUrl is string {
  return fullUrl !== undefined && /^urn:(uuid|oid):[A-Za-z0-9.-]{1,64}$/.test(fullUrl)
}

/** The interaction that an entry is, parsed as strictly as if it had come alone. */
export function interactionOf({ method, url }: Entry, fhirBase: string): Interaction | Answer {
  const basePath = new URL(fhirBase).pathname.replace(/\/+$/, '')
  // An address of ours, or one below the base: no other host is ever asked (ENF-39).
  const below = url.startsWith(`${fhirBase}/`) ? url.slice(fhirBase.length + 1) : url
  const parsed = parseInteraction(method, `${basePath}/${below}`, basePath)
  if (!parsed.ok) return refusal(parsed.reason === 'malformed' ? 400 : 403, 'invalid', parsed.message)
  const { interaction } = parsed
  if (interaction.kind === 'bundle' || interaction.kind === 'capabilities' || PLACED.has(interaction.kind))
    return refusal(403, 'not-supported', 'This has no place in a batch.')
  if (!takesForm(interaction)) return interaction
  const form = addFormParameters(interaction, '')
  return form.ok ? form.interaction : refusal(400, 'invalid', form.message)
}

/** @param preferred of the whole Bundle; an entry's outcome has a place of its own, and needs no words */
export function writtenOf({ body, contentType, ifMatch, condition }: Entry, preferred: Written['returns']): Written {
  const returns = preferred === 'representation' ? preferred : 'minimal'
  const written = { body, contentType, ifMatch, returns } as const
  return condition === undefined ? written : { ...written, condition }
}

export function readBundle({
  body,
  contentType,
}: {
  body: string
  contentType: string
}): { type: BundleType; entries: Entry[] } | Answer {
  if (!isFhirJson(contentType)) return refusal(415, 'not-supported', 'This takes application/fhir+json.')
  const parsed = parseJsonBody(body)
  const { resourceType, type, entry } = (parsed?.value ?? {}) as Record<string, unknown>
  if (parsed === undefined || resourceType !== 'Bundle' || !Array.isArray(entry))
    return refusal(400, 'invalid', 'The body is not a Bundle with entries that can be read in one way only.')
  if (type !== 'batch' && type !== 'transaction')
    return refusal(400, 'invalid', 'The Bundle is neither a batch nor a transaction.')
  if (entry.length > MAX_ENTRIES) return refusal(413, 'too-long', `A Bundle has at most ${MAX_ENTRIES} entries here.`)
  const texts = elementTexts(parsed.text, 'entry').map((text) => memberText(text, 'resource') ?? '')
  return { type, entries: entry.map((one, at) => entryOf(one, texts[at] ?? '')) }
}

function entryOf(value: unknown, text: string): Entry {
  const { request, resource, fullUrl } = (value ?? {}) as {
    request?: Record<string, unknown>
    resource?: unknown
    fullUrl?: unknown
  }
  const { method, url, ifMatch, ifNoneExist, ifNoneMatch, ifModifiedSince } = request ?? {}
  const entry: Entry = {
    method: typeof method === 'string' ? method : '',
    url: typeof url === 'string' ? url : '',
    body: text,
    contentType: FHIR,
    ifMatch: undefined,
    ...(typeof ifNoneExist === 'string' ? { condition: ifNoneExist } : {}),
    ...(typeof fullUrl === 'string' ? { fullUrl } : {}),
  }
  const refused = (status: number, message: string): Entry => ({
    ...entry,
    refused: refusal(status, status === 400 ? 'invalid' : 'not-supported', message),
  })
  if (typeof method !== 'string' || typeof url !== 'string') return refused(400, 'An entry needs a method and a url.')
  if (ifNoneExist !== undefined && (typeof ifNoneExist !== 'string' || method !== 'POST'))
    return refused(400, 'ifNoneExist is a search, for a create.')
  if (method === 'GET') return { ...entry, known: knownOf(textIn(ifNoneMatch), textIn(ifModifiedSince)) }
  if (ifNoneMatch !== undefined || ifModifiedSince !== undefined)
    return refused(403, 'ifNoneMatch and ifModifiedSince are for reads here.')
  const patch = method === 'PATCH' ? patchIn(resource, text) : {}
  if (patch === undefined)
    return refused(400, 'A patch in a Bundle is Parameters, or a Binary that holds a JSON Patch.')
  if (ifMatch === undefined) return { ...entry, ...patch }
  return typeof ifMatch === 'string' && isVersion(ifMatch)
    ? { ...entry, ...patch, ifMatch }
    : refused(400, 'ifMatch takes one version.')
}

function textIn(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

const binarySchema = z.strictObject({
  resourceType: z.literal('Binary'),
  contentType: z.literal(JSON_PATCH),
  data: z.base64(),
})

/** A patch that is no resource stands in a Binary (R4, "Patching Resources"). */
function patchIn(resource: unknown, text: string): Pick<Entry, 'body' | 'contentType'> | undefined {
  if ((resource as { resourceType?: unknown } | null | undefined)?.resourceType === 'Parameters')
    return { body: text, contentType: FHIR }
  const binary = binarySchema.safeParse(resource)
  const bytes = Buffer.from(binary.data?.data ?? '', 'base64')
  return binary.success && isUtf8(bytes) ? { body: bytes.toString(), contentType: JSON_PATCH } : undefined
}

/** The resource of an entry that a write to the FHIR server becomes. */
export function resourceTextOf({ body, contentType }: Pick<UpstreamCall, 'body' | 'contentType'>): string | undefined {
  if (body === undefined || contentType !== JSON_PATCH) return body
  return JSON.stringify({ resourceType: 'Binary', contentType, data: Buffer.from(body).toString('base64') })
}
