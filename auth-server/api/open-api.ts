// The description of our own APIs in OpenAPI 3.1, made from the operations that serve them.
import { z } from 'zod'
import { ENDPOINTS } from '../../smart/discovery.ts'
import type { Operation } from './own-api.ts'

const error = { type: 'object', properties: { error: { type: 'string' }, error_description: { type: 'string' } } }
const refusals = {
  '400': refusal('The request is not valid: error_description names each fault by its member.'),
  '401': refusal('No token of this issuer for this API.'),
  '403': refusal('The token lacks the scope.'),
  '405': {
    ...refusal('Not for a method that is described here: what is served at this path is told.'),
    headers: { Allow: { schema: { type: 'string' } } },
  },
  '503': refusal('Something behind this service is down. Try again.'),
}

export function openApi(issuer: string, operations: readonly Operation[]): Record<string, unknown> {
  const paths: Record<string, Record<string, unknown>> = {}
  for (const one of operations) {
    const path = paths[one.path] ?? {}
    paths[one.path] = path
    path[one.method.toLowerCase()] = described(one)
  }
  const scopes = Object.fromEntries([...new Set(operations.map(({ scope }) => scope))].map((scope) => [scope, scope]))
  return {
    openapi: '3.1.0',
    info: {
      title: 'Authorization server APIs',
      version: '1',
      description: 'For EHRs, operators and resource servers.',
    },
    servers: [{ url: issuer }],
    paths,
    components: {
      schemas: { Error: error },
      securitySchemes: {
        oauth: {
          type: 'oauth2',
          description: `client_credentials with private_key_jwt and resource=${issuer}`,
          flows: { clientCredentials: { tokenUrl: issuer + ENDPOINTS.token, scopes } },
        },
      },
    },
  }
}

function described({
  summary,
  scope,
  path,
  query,
  body,
  answer,
  method,
  refusals: own = {},
}: Operation): Record<string, unknown> {
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }))
  const inQuery = Object.entries(query ?? {}).map(([name, description]) => ({
    name,
    in: 'query',
    description,
    schema: { type: 'string' },
  }))
  const success = answer === undefined ? { description: 'Done.' } : { description: 'Done.', ...json(answer, 'output') }
  return {
    summary,
    security: [{ oauth: [scope] }],
    ...(inPath.length + inQuery.length === 0 ? {} : { parameters: [...inPath, ...inQuery] }),
    ...(body === undefined ? {} : { requestBody: { required: true, ...json(body, 'input') } }),
    responses: {
      [answer === undefined ? '204' : method === 'POST' ? '201' : '200']: success,
      ...refusals,
      ...Object.fromEntries(Object.entries(own).map(([status, when]) => [status, refusal(when)])),
    },
  }
}

function json(schema: z.ZodType, io: 'input' | 'output') {
  const { $schema: _dialect, ...shape } = z.toJSONSchema(schema, { io, unrepresentable: 'any' })
  return { content: { 'application/json': { schema: shape } } }
}

function refusal(description: string) {
  return { description, content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } } }
}
