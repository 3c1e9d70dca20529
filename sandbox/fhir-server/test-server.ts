// For tests: the server with its people, driven in process through supertest.
import type { Resource } from '@medplum/fhirtypes'
import supertest from 'supertest'
import { syntheticPeople } from '../people/synthetic-people.ts'
import { createFhirServer } from './fhir-server.ts'

export const BASE_URL = 'http://fhir.example/r4'

/** supertest opens and closes a port of its own for each request. */
export function startPeople({ lenient = false, resources = syntheticPeople() as readonly Resource[] } = {}) {
  return supertest(createFhirServer({ baseUrl: BASE_URL, lenient, resources }))
}

export type Answer = {
  status: number
  headers: Record<string, string>
  body: {
    resourceType?: string
    id?: string
    total?: number
    type?: string
    link?: { relation: string; url: string }[]
    entry?: {
      fullUrl?: string
      resource?: { resourceType: string; id: string; [name: string]: unknown }
      search?: { mode: string }
      request?: { method: string }
      response?: { status: string; etag?: string; location?: string }
    }[]
    issue?: { code: string; details?: { text?: string } }[]
    [name: string]: unknown
  }
}

/** `Type/id` of the entries, includes marked with a plus. */
export function entriesOf({ body }: Answer): string[] {
  return (body.entry ?? []).map(({ resource, search }) => {
    const address = `${resource?.resourceType}/${resource?.id}`
    return search?.mode === 'include' ? `+${address}` : address
  })
}

export function linkOf({ body }: Answer, relation: string): string | undefined {
  return body.link?.find((one) => one.relation === relation)?.url
}
