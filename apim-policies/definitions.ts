// What API Management is told of each API, in OpenAPI 3.0: the paths that programs use, one by one, and behind them every verb of
// every path, which the services answer themselves.

import { OF_PROGRAMS } from '../auth-server/front/methods.ts'

const VERBS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const

type Api = { name: string; title: string; documents: readonly { id: string; path: string }[] }
/** As `/openapi.json` lists them. */
export type OwnPaths = Readonly<Record<string, Readonly<Record<string, { summary?: string }>>>>

type Operation = { operationId: string; summary: string; responses: object; parameters?: object[] }
type Paths = Record<string, Record<string, Operation>>

const responses = { default: { description: 'As docs/endpoints.md says.' } }

/** @param ownPaths of the authorization server's own APIs; of other APIs none */
export function definitionOf({ name, title, documents }: Api, ownPaths: OwnPaths): Record<string, unknown> {
  const paths: Paths = {}
  const add = (path: string, verb: string, operation: Pick<Operation, 'operationId' | 'summary'>) => {
    const parameters = [...path.matchAll(/\{(\w+)\}/g)].map(([, named]) => ({
      name: named,
      in: 'path',
      required: true,
      schema: { type: 'string' },
    }))
    const known = paths[path] ?? {}
    paths[path] = known
    known[verb.toLowerCase()] ??= { ...operation, ...(parameters.length === 0 ? {} : { parameters }), responses }
  }
  for (const { id, path } of documents) add(path, 'GET', { operationId: id, summary: path })
  const programs = name === 'auth-server' ? OF_PROGRAMS : new Map<string, readonly string[]>()
  for (const [path, verbs] of programs)
    for (const verb of verbs) add(path, verb, { operationId: idOf(verb, path), summary: `${verb} ${path}` })
  for (const [path, verbs] of Object.entries(ownPaths))
    for (const [verb, { summary = path }] of Object.entries(verbs))
      add(path, verb, { operationId: idOf(verb, path), summary })
  for (const path of ['/', '/*'])
    for (const verb of VERBS)
      add(path, verb, { operationId: idOf(verb, path === '/' ? 'root' : 'all'), summary: `${verb} ${path}` })
  return { openapi: '3.0.1', info: { title, version: '1' }, paths }
}

function idOf(verb: string, path: string): string {
  return [verb.toLowerCase(), ...path.split(/[^A-Za-z0-9]+/).filter((word) => word !== '')].join('-')
}
