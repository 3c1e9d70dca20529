// The library's MemoryRepository, completed: version numbers, tombstones, stable history, rollback, and searches by our own evaluator.
import { allOk, created, deepClone, type SearchRequest, type WithId } from '@medplum/core'
import { MemoryRepository, type UpdateResourceOptions } from '@medplum/fhir-router'
import type { Bundle, OperationOutcome, Resource } from '@medplum/fhirtypes'
import { refusal } from './refusal.ts'
import { loadProfiles } from './validate.ts'

export type Version = {
  type: string
  id: string
  versionId: string
  lastUpdated: string
  method: 'POST' | 'PUT' | 'DELETE'
  /** Absent: this version is a deletion. */
  resource?: WithId<Resource>
}

/** Finds what a search request of the library asks for; given by the server, which knows parameters. */
export type Finder = (request: SearchRequest) => readonly WithId<Resource>[]

export class ResourceRepository extends MemoryRepository {
  private current = new Map<string, Map<string, WithId<Resource>>>()
  private latest = new Map<string, Version>()
  /** Every version of everything, oldest first. */
  private log: Version[] = []
  private find: Finder = () => []

  /** Conditional requests and batches search through the library's request form. */
  searchBy(find: Finder): void {
    this.find = find
  }

  /** Puts a record in as version 1 under its own id; its meta.lastUpdated is kept. */
  seed(resource: Resource): void {
    if (!resource.id) throw new Error(`a seeded ${resource.resourceType} needs an id`)
    this.write(resource as WithId<Resource>, 'PUT', resource.meta?.lastUpdated)
  }

  /** Live resources of a type, in the order they first came. Not copies: read only. */
  all(type: string): Iterable<WithId<Resource>> {
    return this.current.get(type)?.values() ?? []
  }

  findCurrent(type: string, id: string): WithId<Resource> | undefined {
    return this.current.get(type)?.get(id)
  }

  isDeleted(type: string, id: string): boolean {
    return this.latest.get(`${type}/${id}`)?.method === 'DELETE'
  }

  /** Versions, newest first, of one resource, of a type, or of everything. */
  versions(type?: string, id?: string): Version[] {
    const wanted = this.log.filter((one) => (!type || one.type === type) && (!id || one.id === id))
    return wanted.reverse()
  }

  override async createResource<T extends Resource>(
    resource: T,
    options?: { assignedId?: boolean },
  ): Promise<WithId<T>> {
    // The server names what it creates; only a batch brings ids, which it took from generateId itself.
    const id = options?.assignedId && resource.id ? resource.id : this.generateId()
    return this.write({ ...resource, id }, 'POST')
  }

  override async updateResource<T extends Resource>(resource: T, options?: UpdateResourceOptions): Promise<WithId<T>> {
    if (!resource.id) throw refusal(400, 'required', 'The resource needs an id')
    this.checkVersion(resource.resourceType, resource.id, options?.ifMatch)
    return this.write(resource as WithId<T>, 'PUT')
  }

  override patchResource<T extends Resource>(
    type: T['resourceType'],
    id: string,
    patch: Parameters<MemoryRepository['patchResource']>[2],
    options?: UpdateResourceOptions,
  ): Promise<WithId<T>> {
    // Without them the library takes each element of a FHIRPath Patch for a single one.
    if (!Array.isArray(patch)) loadProfiles()
    return this.withTransaction(async () => {
      const patched = await super.patchResource<T>(type, id, patch, options)
      if (patched.resourceType === type && patched.id === id) return patched
      throw refusal(400, 'business-rule', 'A patch may not turn a record into another one')
    })
  }

  override async readResource<T extends Resource>(type: string, id: string): Promise<WithId<T>> {
    const found = this.findCurrent(type, id)
    if (found) return deepClone(found) as WithId<T>
    throw this.isDeleted(type, id)
      ? refusal(410, 'deleted', `${type}/${id} has been deleted`)
      : refusal(404, 'not-found', `${type}/${id} is not known`)
  }

  override async readVersion<T extends Resource>(type: string, id: string, versionId: string): Promise<WithId<T>> {
    const version = this.log.find((one) => one.type === type && one.id === id && one.versionId === versionId)
    if (!version) throw refusal(404, 'not-found', `${type}/${id} has no version ${versionId}`)
    if (!version.resource) throw refusal(410, 'deleted', `Version ${versionId} of ${type}/${id} is its deletion`)
    return deepClone(version.resource) as WithId<T>
  }

  override async deleteResource(type: string, id: string, options?: { ifMatch?: string }): Promise<void> {
    this.checkVersion(type, id, options?.ifMatch)
    if (!this.findCurrent(type, id)) return // deleting twice is no error in FHIR
    this.record({ type, id, method: 'DELETE', versionId: this.nextVersion(type, id), lastUpdated: now() })
    this.current.get(type)?.delete(id)
  }

  override async search<T extends Resource>(request: SearchRequest<T>): Promise<Bundle<WithId<T>>> {
    const found = this.find(request as SearchRequest)
    const page = found.slice(0, request.count ?? found.length)
    return {
      resourceType: 'Bundle',
      type: 'searchset',
      total: found.length,
      entry: page.map((resource) => ({ search: { mode: 'match' }, resource: deepClone(resource) as WithId<T> })),
    }
  }

  // MemoryRepository would look into its own maps, which stay empty here.
  override async conditionalCreate<T extends Resource>(
    resource: T,
    search: SearchRequest<T>,
    options?: { assignedId?: boolean },
  ): Promise<{ resource: WithId<T>; outcome: OperationOutcome }> {
    const [match, second] = this.find(search as SearchRequest)
    if (second) throw refusal(412, 'multiple-matches', 'More than one record meets If-None-Exist')
    if (match) return { resource: deepClone(match) as WithId<T>, outcome: allOk }
    return { resource: await this.createResource(resource, options), outcome: created }
  }

  override async withTransaction<TResult>(callback: (repo: this) => Promise<TResult>): Promise<TResult> {
    const before = {
      current: new Map([...this.current].map(([type, resources]) => [type, new Map(resources)])),
      latest: new Map(this.latest),
      log: [...this.log],
    }
    try {
      return await callback(this)
    } catch (error) {
      Object.assign(this, before)
      throw error
    }
  }

  private checkVersion(type: string, id: string, ifMatch: string | undefined): void {
    if (ifMatch === undefined) return
    const found = this.findCurrent(type, id)
    if (found?.meta?.versionId !== ifMatch) throw refusal(412, 'conflict', `${type}/${id} is not at version ${ifMatch}`)
  }

  private write<T extends Resource>(resource: WithId<T>, method: 'POST' | 'PUT', lastUpdated = now()): WithId<T> {
    const { resourceType: type, id } = resource
    const versionId = this.nextVersion(type, id)
    const stored = deepClone({ ...resource, meta: { ...resource.meta, versionId, lastUpdated } }) as WithId<T>
    const resources = this.current.get(type) ?? new Map<string, WithId<Resource>>()
    this.current.set(type, resources.set(id, stored))
    this.record({ type, id, versionId, lastUpdated, method, resource: stored })
    return deepClone(stored)
  }

  private record(version: Version): void {
    this.log.push(version)
    this.latest.set(`${version.type}/${version.id}`, version)
  }

  private nextVersion(type: string, id: string): string {
    return String(Number(this.latest.get(`${type}/${id}`)?.versionId ?? 0) + 1)
  }
}

function now(): string {
  return new Date().toISOString()
}
