// The CapabilityStatement that clients see: the upstream's, cut down to what passes here, with our address and security.

import { smartSecurity } from '../../smart/discovery.ts'
import { findReferenceElement, isResourceType } from '../../smart/fhir/resource-types.ts'
import type { ProxyConfig } from '../config.ts'

export type Json = Record<string, unknown>

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
/** Those that can be judged. */
const PATCH_FORMATS = ['application/json-patch+json', 'application/fhir+json']
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

/** Built member by member: what a server may say of itself beyond these (software, messaging) is not ours. */
export function publicStatement(statement: Json, config: ProxyConfig): Json {
  const copied = Object.fromEntries(COPIED.filter((name) => name in statement).map((name) => [name, statement[name]]))
  const server = serverOf(statement)
  const theirs = Array.isArray(statement.patchFormat) ? statement.patchFormat : []
  const patchFormat = PATCH_FORMATS.filter((format) => theirs.includes(format))
  return {
    ...copied,
    implementation: { description: 'FHIR R4 with SMART App Launch', url: config.fhirBase },
    format: ['application/fhir+json', 'json'],
    ...(patchFormat.length === 0 ? {} : { patchFormat }),
    rest: [
      {
        mode: 'server',
        security: smartSecurity(config),
        resource: withIncludes(listOf(server?.resource).flatMap((one) => publicResource(one, config))),
        // A batch is carried out here, entry by entry; the others need a server that can.
        interaction: [
          { code: 'batch' },
          ...listOf(server?.interaction).filter(({ code }) => SYSTEM_INTERACTIONS.has(String(code))),
        ],
        ...ofServer(server, config),
      },
    ],
  }
}

function publicResource(resource: Json, config: ProxyConfig): Json[] {
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
  const operation = operationsOf(resource, can('search-type'), config)
  return [
    {
      ...Object.fromEntries(described.filter(([, value]) => value !== undefined)),
      interaction,
      ...conditional,
      ...(operation.length === 0 ? {} : { operation }),
    },
  ]
}

/** Composed here of searches, so that the server behind need not have them. */
const OURS: ReadonlyMap<unknown, Json> = new Map(
  Object.entries({
    Patient: { name: 'everything', definition: 'http://hl7.org/fhir/OperationDefinition/Patient-everything' },
    Observation: { name: 'lastn', definition: 'http://hl7.org/fhir/OperationDefinition/Observation-lastn' },
    DocumentReference: { name: 'docref', definition: 'http://hl7.org/fhir/us/core/OperationDefinition/docref' },
  }),
)

function ofServer(server: Json | undefined, { operations }: ProxyConfig): { operation?: Json[] } {
  const operation = listOf(server?.operation)
    .filter(({ name }) => name === 'export' || operations.has(`$${name}`))
    .map(({ name, definition }) => ({ name, definition }))
  return operation.length === 0 ? {} : { operation }
}

/** Carried out where the server behind can. */
const PASSED: ReadonlySet<unknown> = new Set(['export', 'validate'])

function operationsOf({ type, operation }: Json, canSearch: boolean, config: ProxyConfig): Json[] {
  const { operations, audit, fhirBase } = config
  const passed = listOf(operation).filter(({ name }) => PASSED.has(name) || operations.has(`${type}/$${name}`))
  const ours = canSearch ? OURS.get(type) : undefined
  const isLogged = type === 'Patient' && audit.sinks.has('table')
  const accessLog = { name: 'access-log', definition: `${fhirBase}/OperationDefinition/Patient-access-log` }
  return [
    ...(ours === undefined ? [] : [ours]),
    ...(isLogged ? [accessLog] : []),
    ...passed.map(({ name, definition }) => ({ name, definition })),
  ]
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

export function serverOf(statement: Json): Json | undefined {
  return listOf(statement.rest).find(({ mode }) => mode === 'server')
}

export function listOf(value: unknown): Json[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'object' && one !== null) : []
}
