// The CapabilityStatement that clients see: the upstream's, cut down to what passes here, with our address and security.

import { smartSecurity } from '../smart/discovery.ts'
import { findReferenceElement, isResourceType } from '../smart/resource-types.ts'
import type { ProxyConfig } from './config.ts'
import type { Upstream } from './upstream.ts'
import type { RewriteUrls } from './url-rewriter.ts'

/** @returns the statement as JSON text, or undefined while the upstream gives none */
export type GetMetadata = () => Promise<string | undefined>

const KEPT_MS = 60_000
const INTERACTIONS: ReadonlySet<string> = new Set([
  'read',
  'vread',
  'history-instance',
  'history-type',
  'search-type',
  'create',
  'update',
  'patch',
  'delete',
])
const SYSTEM_INTERACTIONS: ReadonlySet<string> = new Set(['transaction', 'search-system', 'history-system'])
const COPIED = [
  'resourceType',
  'id',
  'url',
  'version',
  'name',
  'title',
  'status',
  'date',
  'publisher',
  'kind',
  'fhirVersion',
]

type Json = Record<string, unknown>

export function createGetMetadata(
  upstream: Upstream,
  rewriteUrls: RewriteUrls,
  config: ProxyConfig,
  clock: () => Date,
): GetMetadata {
  let kept: { text: string; until: number } | undefined
  // One fetch at a time: anyone may ask without a token, and must not multiply at the upstream.
  let pending: Promise<string | undefined> | undefined

  async function fetchStatement(): Promise<string | undefined> {
    const signal = AbortSignal.timeout(config.upstreamTimeoutMs)
    const answer = await upstream.send({ method: 'GET', target: 'metadata' }, signal)
    const statement =
      answer.kind === 'answer' && answer.status === 200 ? parseStatement(answer.body.toString()) : undefined
    if (statement === undefined) return undefined
    const text = rewriteUrls(JSON.stringify(publicStatement(statement, config)))
    kept = { text, until: clock().getTime() + KEPT_MS }
    return text
  }

  return () => {
    if (kept !== undefined && kept.until > clock().getTime()) return Promise.resolve(kept.text)
    pending ??= fetchStatement().finally(() => {
      pending = undefined
    })
    return pending
  }
}

function parseStatement(text: string): Json | undefined {
  try {
    const parsed = JSON.parse(text) as Json | null
    return parsed?.resourceType === 'CapabilityStatement' ? parsed : undefined
  } catch {
    return undefined
  }
}

/** Built member by member: what a server may say of itself beyond these (software, operations, messaging) is not ours. */
function publicStatement(statement: Json, config: ProxyConfig): Json {
  const copied = Object.fromEntries(COPIED.filter((name) => name in statement).map((name) => [name, statement[name]]))
  const server = listOf(statement.rest).find(({ mode }) => mode === 'server')
  return {
    ...copied,
    implementation: { description: 'FHIR R4 with SMART App Launch', url: config.fhirBase },
    format: ['application/fhir+json', 'json'],
    rest: [
      {
        mode: 'server',
        security: smartSecurity(config),
        resource: withIncludes(listOf(server?.resource).flatMap(publicResource)),
        // A batch is carried out here, entry by entry; the others need a server that can.
        interaction: [
          { code: 'batch' },
          ...listOf(server?.interaction).filter(({ code }) => SYSTEM_INTERACTIONS.has(String(code))),
        ],
      },
    ],
  }
}

function publicResource(resource: Json): Json[] {
  if (typeof resource.type !== 'string' || !isResourceType(resource.type)) return []
  const interaction = listOf(resource.interaction).filter(({ code }) => INTERACTIONS.has(String(code)))
  if (interaction.length === 0) return []
  const { type, profile, supportedProfile, versioning, searchParam } = resource
  const described = Object.entries({ type, profile, supportedProfile, versioning, searchParam })
  const can = (code: string) => interaction.some((one) => one.code === code)
  // Conditions are searched for here, so that only a search and the write itself are asked of the server behind.
  const conditional = can('search-type')
    ? {
        ...(can('create') ? { conditionalCreate: true } : {}),
        ...(can('update') ? { conditionalUpdate: true } : {}),
        ...(can('delete') ? { conditionalDelete: 'single' } : {}),
      }
    : {}
  return [{ ...Object.fromEntries(described.filter(([, value]) => value !== undefined)), interaction, ...conditional }]
}

/** What can be followed is ours to say: includes are resolved here, over parameters that the server behind can search by. */
function withIncludes(resources: readonly Json[]): Json[] {
  const searched = resources.filter(({ interaction }) => listOf(interaction).some(({ code }) => code === 'search-type'))
  const followed = searched.flatMap(({ type, searchParam }) =>
    listOf(searchParam).flatMap(({ name }) => {
      const element = findReferenceElement(String(type), String(name))
      return element === undefined ? [] : [{ source: String(type), directive: `${type}:${name}`, element }]
    }),
  )
  return resources.map((resource) => {
    if (!searched.includes(resource)) return resource
    const type = String(resource.type)
    const forward = followed.filter(({ source }) => source === type)
    const reverse = followed.filter(({ element }) => element.targets?.has(type) !== false)
    return {
      ...resource,
      ...(forward.length === 0 ? {} : { searchInclude: forward.map(({ directive }) => directive) }),
      ...(reverse.length === 0 ? {} : { searchRevInclude: reverse.map(({ directive }) => directive) }),
    }
  })
}

function listOf(value: unknown): Json[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'object' && one !== null) : []
}
