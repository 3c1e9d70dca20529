// The definitions that API Management is given, made anew from the routes. `UPDATE_DEFINITIONS=1` writes them.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import request from 'supertest'
import { definitionOf } from '../apim-policies/definitions.ts'
import { startAuthServer } from '../auth-server/testing/auth-server-fixture.ts'
import { ENDPOINTS } from '../smart/discovery.ts'

const FOLDER = join(import.meta.dirname, '../apim-policies')
const APIS = JSON.parse(readFileSync(join(FOLDER, 'apis.json'), 'utf8')) as Parameters<typeof definitionOf>[0][]

type Definition = { paths: Record<string, Record<string, { operationId: string }>> }

async function made(name: string): Promise<Definition> {
  const api = APIS.find((one) => one.name === name)
  if (api === undefined) throw new Error(name)
  if (name === 'proxy') return definitionOf(api, {}) as Definition
  const fixture = await startAuthServer()
  const { body } = await request(fixture.server).get('/openapi.json')
  await fixture.close()
  return definitionOf(api, body.paths) as Definition
}

test.each(['auth-server', 'proxy'])(
  'SEED-75: %s: what stands in apim-policies/ is what the routes are',
  async (name) => {
    const definition = await made(name)
    const file = join(FOLDER, `${name}.openapi.json`)
    if (process.env.UPDATE_DEFINITIONS === '1') writeFileSync(file, `${JSON.stringify(definition, null, 2)}\n`)
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(definition)
  },
)

test('every verb has an operation, each operation a name of its own, and documents those that policies are given to', async () => {
  for (const api of APIS) {
    const { paths } = await made(api.name)
    expect(Object.keys(paths['/*'] ?? {}).sort()).toEqual(['delete', 'get', 'head', 'options', 'patch', 'post', 'put'])
    const names = Object.values(paths).flatMap((verbs) => Object.values(verbs).map(({ operationId }) => operationId))
    expect(new Set(names).size).toBe(names.length)
    for (const { id, path } of api.documents) expect(paths[path]?.get?.operationId).toBe(id)
  }
  const { paths } = await made('auth-server')
  const { management, authorization, registration, ...ofPrograms } = ENDPOINTS
  expect(Object.values(ofPrograms).filter((path) => paths[path] === undefined)).toEqual([])
  expect(Object.keys(paths)).toEqual(expect.arrayContaining(['/launch', '/clients/{id}']))
})
