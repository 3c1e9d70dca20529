// The access logs that a signed-in person may read: of their own record, and of those whom they represent. The proxy decides
// on each reading; here is only said for whom it is asked.
import type { LogReader, PersonReader, Resource } from '../fhir/person-reader.ts'
import type { Personas } from '../identity/personas.ts'
import { patientOfPersona } from '../interactions/records.ts'
import type { Identity } from '../sign-in/identity-provider.ts'
import { Unavailable } from '../unavailable.ts'
import { type AccessLine, accessLine } from './access-lines.ts'

export type LogHolder = {
  /** As whom: `Patient/42`, or `RelatedPerson/7` for a child. */
  persona: string
  patient: Resource & { id: string }
}

export type LogQuery = {
  /** ISO 8601 instants: from the first to before the second. */
  from?: string
  until?: string
  clientId?: string
}

export type Logged = {
  /** Newest first. */
  lines: AccessLine[]
  /** The AuditEvents that they are of. */
  events: Resource[]
  /** False: there are more. */
  isWhole: boolean
}

export type PersonLogs = {
  /** Those that hold now, as they hold for consent. */
  holders(identity: Identity): Promise<LogHolder[]>
  /** Undefined: it cannot be read just now, or none is kept. */
  read(holder: LogHolder, query: LogQuery, bound: { count: number; pages: number }): Promise<Logged | undefined>
}

export function personLogs(parts: {
  personas: Personas
  readerFor(persona: string): PersonReader
  logFor(persona: string, patient: string): LogReader
  fhirBase: string
}): PersonLogs {
  const { personas, readerFor, logFor, fhirBase } = parts

  async function holderOf(persona: string): Promise<LogHolder[]> {
    if (persona.startsWith('Practitioner/')) return []
    const patient = await patientOfPersona(persona, readerFor(persona))
    return patient?.id === undefined ? [] : [{ persona, patient: { ...patient, id: patient.id } }]
  }

  async function readPages({ persona, patient }: LogHolder, query: LogQuery, bound: { count: number; pages: number }) {
    const reader = logFor(persona, patient.id)
    const events: Resource[] = []
    let next: string | undefined = `?${parametersOf(query, bound.count)}`
    for (let page = 0; page < bound.pages && next !== undefined; page++) {
      const bundle: Resource = await reader.page(next)
      events.push(...((bundle.entry ?? []) as { resource: Resource }[]).map(({ resource }) => resource))
      const links = (bundle.link ?? []) as { relation: string; url: string }[]
      next = links.find(({ relation }) => relation === 'next')?.url
    }
    return { lines: events.map((event) => accessLine(event, fhirBase)), events, isWhole: next === undefined }
  }

  return {
    holders: async (identity) =>
      (await Promise.all((await personas.of(identity)).map(({ record }) => holderOf(record)))).flat(),
    async read(...of) {
      try {
        return await readPages(...of)
      } catch (error) {
        if (error instanceof Unavailable) return undefined
        throw error
      }
    },
  }
}

function parametersOf({ from, until, clientId }: LogQuery, count: number): URLSearchParams {
  const parameters = new URLSearchParams({ _count: String(count) })
  if (from !== undefined) parameters.append('date', `ge${from}`)
  if (until !== undefined) parameters.append('date', `lt${until}`)
  if (clientId !== undefined) parameters.append('client', clientId)
  return parameters
}
