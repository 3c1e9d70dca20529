// Who did what an access log says: names of apps and people, as far as the reader of the log may know them.
import type { Actor } from '../../consent-ui/index.ts'
import type { ClientRecords } from '../clients/registry.ts'
import type { PersonReader, Resource } from '../fhir/person-reader.ts'
import { nameOf } from '../interactions/records.ts'
import type { AccessLine } from './access-lines.ts'
import type { LogHolder } from './person-logs.ts'

export type Actors = {
  of(line: AccessLine, holder: LogHolder): Promise<Actor>
  appName(clientId: string): Promise<string | undefined>
}

/** Looks each name up once: to be made anew for each page. */
export function logActors(parts: {
  issuer: string
  operator: string
  clients: Pick<ClientRecords, 'read'>
  readerFor(persona: string): PersonReader
}): Actors {
  const { issuer, operator, clients, readerFor } = parts
  const apps = new Map<string, Promise<string | undefined>>()
  const people = new Map<string, Promise<Resource | undefined>>()

  /** Of apps that are gone too: what they did is still theirs. */
  function appName(clientId: string): Promise<string | undefined> {
    const known = apps.get(clientId)
    if (known !== undefined) return known
    const asked = clients.read(clientId).then((held) => held?.record.client_name)
    apps.set(clientId, asked)
    return asked
  }

  /** Undefined for whom the reader may not look up. */
  function record(person: string, holder: LogHolder): Promise<Resource | undefined> {
    const known = people.get(person)
    if (known !== undefined) return known
    const [type = '', id = ''] = person.split('/')
    const asked = readerFor(holder.persona)
      .read(type, id)
      .catch(() => undefined)
    people.set(person, asked)
    return asked
  }

  async function appOf({ clientId }: AccessLine): Promise<{ app?: NonNullable<Actor['app']> }> {
    if (clientId === undefined) return {}
    const name = clientId === issuer ? operator : await appName(clientId)
    return { app: { id: clientId, ...(name === undefined ? {} : { name }) } }
  }

  return {
    appName,
    async of(line, holder) {
      const { person } = line
      if (person === undefined)
        return line.clientId === issuer ? { role: 'our-pages' } : { role: 'app-alone', ...(await appOf(line)) }
      const app = await appOf(line)
      if (person === holder.persona) return { role: 'you', ...app }
      const found = await record(person, holder)
      const name = found === undefined ? {} : { name: nameOf(found) }
      if (!person.startsWith('Practitioner/')) return { role: 'family', ...name, ...app }
      const profession = found === undefined ? undefined : professionOf(found)
      return { role: 'staff', ...name, ...(profession === undefined ? {} : { profession }), ...app }
    },
  }
}

function professionOf({ qualification }: Resource): string | undefined {
  const [first] = Array.isArray(qualification) ? (qualification as { code?: { text?: string } }[]) : []
  return first?.code?.text
}
