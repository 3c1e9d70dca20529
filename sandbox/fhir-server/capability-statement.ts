// `metadata`: what this server can do, per resource type, with its search parameters.
import type { CapabilityStatement, CapabilityStatementRestResource } from '@medplum/fhirtypes'
import type { Definitions } from './definitions.ts'

const INTERACTIONS = [
  'read',
  'vread',
  'update',
  'patch',
  'delete',
  'history-instance',
  'history-type',
  'create',
  'search-type',
] as const

export function capabilityStatement(definitions: Definitions, baseUrl: string, startedAt: Date): CapabilityStatement {
  return {
    resourceType: 'CapabilityStatement',
    status: 'active',
    date: startedAt.toISOString(),
    kind: 'instance',
    software: { name: 'Sandbox FHIR server' },
    implementation: { description: 'Synthetic people for trying things out', url: baseUrl },
    fhirVersion: '4.0.1',
    format: ['json', 'application/fhir+json'],
    patchFormat: ['application/json-patch+json', 'application/fhir+json'],
    rest: [
      {
        mode: 'server',
        resource: definitions.types.map((type) => describeType(definitions, type)),
        interaction: [
          { code: 'transaction' },
          { code: 'batch' },
          { code: 'search-system' },
          { code: 'history-system' },
        ],
        operation: [{ name: 'export', definition: 'http://hl7.org/fhir/uv/bulkdata/OperationDefinition/export' }],
        compartment: ['http://hl7.org/fhir/CompartmentDefinition/patient'],
      },
    ],
  }
}

function describeType(definitions: Definitions, type: string): CapabilityStatementRestResource {
  const parameters = [...definitions.parameters(type).values()].filter((one) => one.expression)
  const references = parameters.filter((one) => one.type === 'reference')
  return {
    type: type as CapabilityStatementRestResource['type'] & string,
    profile: `http://hl7.org/fhir/StructureDefinition/${type}`,
    interaction: INTERACTIONS.map((code) => ({ code })),
    versioning: 'versioned-update',
    readHistory: true,
    updateCreate: true,
    conditionalCreate: true,
    conditionalRead: 'not-match',
    conditionalUpdate: true,
    conditionalDelete: 'single',
    referencePolicy: ['literal', 'local'],
    ...(references.length > 0 ? { searchInclude: references.map((one) => `${type}:${one.code}`) } : {}),
    ...(parameters.length > 0
      ? { searchParam: parameters.map(({ code, type, url }) => ({ name: code, definition: url, type })) }
      : {}),
    operation: [
      { name: 'validate', definition: 'http://hl7.org/fhir/OperationDefinition/Resource-validate' },
      ...(type === 'Patient' || type === 'Group'
        ? [
            {
              name: 'export',
              definition: `http://hl7.org/fhir/uv/bulkdata/OperationDefinition/${type.toLowerCase()}-export`,
            },
          ]
        : []),
      ...(type === 'Patient'
        ? [{ name: 'everything', definition: 'http://hl7.org/fhir/OperationDefinition/Patient-everything' }]
        : []),
    ],
  } as CapabilityStatementRestResource
}
