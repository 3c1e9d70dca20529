// AuditEvents of the access log (docs/audit.md) as lines: when, which app, who, what was done, how much of which types.
import type { CountedType } from '../../consent-ui/index.ts'
import type { Resource } from '../fhir/person-reader.ts'

export type Deed = 'saw' | 'added' | 'changed' | 'deleted' | 'tried'

export type AccessLine = {
  /** Id of the AuditEvent. */
  id: string
  /** ISO 8601 instant. */
  at: string
  deed: Deed
  clientId?: string
  /** The record that somebody acted as, `Practitioner/42`; none: the app acted for itself. */
  person?: string
  /** Our subject of the account. */
  subject?: string
  /** How many records of which types; undefined where that is not said. */
  types: readonly CountedType[]
  /** By which an operator finds it again. */
  request?: string
}

type Coded = { code?: string; system?: string }
type Agent = {
  type?: { coding?: Coded[] }
  who?: { reference?: string; identifier?: { value?: string } }
  network?: { type?: string }
}
type Entity = {
  what?: { reference?: string; identifier?: { value?: string } }
  type?: Coded
  role?: Coded
  description?: string
  detail?: { type: string; valueString?: string }[]
}
type AuditEvent = Resource & {
  recorded?: string
  action?: string
  outcome?: string
  agent?: Agent[]
  entity?: Entity[]
}

const DEEDS: ReadonlyMap<string, Deed> = new Map([
  ['C', 'added'],
  ['U', 'changed'],
  ['D', 'deleted'],
])

export function accessLine(event: AuditEvent, fhirBase: string): AccessLine {
  const { agent = [], entity = [] } = event
  const isUser = ({ type }: Agent) => type?.coding?.some(({ code }) => code === 'UserOauthAgent') === true
  const user = agent.find(isUser)?.who
  const clientId = agent.find((one) => !isUser(one) && one.who?.identifier?.value !== fhirBase)?.who?.identifier?.value
  const request = entity.find(({ type }) => type?.code === 'XrequestId')?.what?.identifier?.value
  return {
    id: String(event.id),
    at: String(event.recorded),
    deed: event.outcome === '0' ? (DEEDS.get(event.action ?? '') ?? 'saw') : 'tried',
    ...(clientId === undefined ? {} : { clientId }),
    ...(user?.reference === undefined ? {} : { person: user.reference }),
    ...(user?.identifier?.value === undefined ? {} : { subject: user.identifier.value }),
    types: typesOf(entity),
    ...(request === undefined ? {} : { request }),
  }
}

/** Counted where records went out; else the one that was named, or only the kind that was asked for. */
function typesOf(entities: readonly Entity[]): AccessLine['types'] {
  const counted = entities.flatMap(({ detail = [] }) => detail)
  if (counted.length > 0) return counted.map(({ type, valueString }) => ({ type, count: Number(valueString) }))
  const named = entities.find(({ role }) => role?.code === '4')?.what?.reference?.split('/')[0]
  if (named !== undefined) return [{ type: named, count: 1 }]
  const asked = /^[A-Za-z]+/.exec(entities.find(({ role }) => role?.code === '24')?.description ?? '')?.[0]
  return asked === undefined ? [] : [{ type: asked, count: undefined }]
}

export type LastUse = { day: string; count: number }

/** When records of each type were last seen, and how many on that day. @param lines newest first */
export function lastUses(
  lines: readonly AccessLine[],
  dayOf: (instant: string) => string,
): ReadonlyMap<string, LastUse> {
  const uses = new Map<string, LastUse>()
  for (const { at, deed, types } of lines) {
    if (deed === 'tried' || deed === 'deleted') continue
    const day = dayOf(at)
    for (const { type, count = 0 } of types) {
      const known = uses.get(type)
      if (known === undefined) uses.set(type, { day, count })
      else if (known.day === day) known.count += count
    }
  }
  return uses
}
