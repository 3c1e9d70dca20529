// What a caller may see, worked out anew: slowly, over all data, from the words of the requirements. It shares no code with
// what decides, so that a mistake there is not made here as well.

export type Caller = { scope: string; patient?: string; person?: string }
export type Data = readonly Thing[]
export type Thing = { resourceType: string; id: string; [element: string]: unknown }

/** `Type/id`, without a version; an address elsewhere stays what it is. */
function nameOf(reference: unknown): string | undefined {
  return (reference as { reference?: string } | undefined)?.reference?.replace(/\/_history\/.*$/, '')
}

type Clause = { context: string; type: string; letters: string; filter: [string, string][] }

const V1: Record<string, string> = { read: 'rs', write: 'cud', '*': 'cruds' }
const SHARED = ['Practitioner', 'Organization', 'Medication']
/** Where a record says whose it is. */
const WHOSE: Record<string, (thing: Thing) => unknown[]> = {
  Observation: ({ subject }) => [subject],
  Encounter: ({ subject }) => [subject],
  Condition: ({ subject }) => [subject],
  MedicationRequest: ({ subject }) => [subject],
  Coverage: ({ beneficiary }) => [beneficiary],
  Appointment: ({ participant }) => list(participant).map(({ actor }) => actor),
  Account: ({ subject }) => list(subject),
}
/** Conditions that the oracle knows; a scope with any other gives nothing. */
const KNOWN = ['category', 'code', 'status', 'date', 'performer', 'patient', '_id', 'encounter']

export type Oracle = {
  /** Undefined: refused, whatever is there. */
  read(caller: Caller, type: string, id: string): boolean | undefined
  /** Ids that a search finds. */
  search(caller: Caller, type: string, criteria: readonly (readonly [string, string])[]): string[] | undefined
}

/** @param clinicianWithAll who may open every patient */
export function oracleOf(data: Data, clinicianWithAll: string): Oracle {
  function reachOf({ person }: Caller): 'all' | string[] {
    if (person === clinicianWithAll) return 'all'
    if (person?.startsWith('Patient/')) return [person.slice(8)]
    const patients: string[] = []
    for (const thing of data) {
      if (thing.resourceType === 'Patient')
        for (const one of list(thing.generalPractitioner)) if (nameOf(one) === person) patients.push(thing.id)
      if (thing.resourceType !== 'Encounter' || thing.status === 'cancelled') continue
      for (const { individual } of list(thing.participant)) {
        const patient = nameOf(thing.subject)
        if (nameOf(individual) === person && patient?.startsWith('Patient/')) patients.push(patient.slice(8))
      }
    }
    return patients
  }

  function isAbout(thing: Thing, patients: string[]): boolean {
    if (thing.resourceType === 'Patient') return patients.includes(thing.id)
    const named = (WHOSE[thing.resourceType]?.(thing) ?? []).map(nameOf)
    const isTheirs = (name = '') => name.startsWith('Patient/') && patients.includes(name.slice(8))
    // Of an account all people must be theirs; what cannot be read may be one.
    const isNobody = (name = '') => /^[A-Z][A-Za-z]+\/[a-z0-9]+$/.test(name) && !name.startsWith('Patient/')
    const isAll = thing.resourceType !== 'Account' || named.every((name) => isTheirs(name) || isNobody(name))
    return isAll && named.some((name) => isTheirs(name))
  }

  /** Whose records a clause is about: undefined when it gives nothing on the type. */
  function patientsOf(clause: Clause, caller: Caller, type: string): 'all' | string[] | undefined {
    const isConfinable = type === 'Patient' || WHOSE[type] !== undefined || SHARED.includes(type)
    if (clause.context === 'system') return 'all'
    const patients = clause.context === 'patient' ? [caller.patient ?? ''] : reachOf(caller)
    if (patients === 'all') return 'all'
    return isConfinable && patients.length > 0 ? patients : undefined
  }

  function isAllowed(caller: Caller, letter: string, thing: Thing): boolean {
    return clausesOf(caller, thing.resourceType, letter).some((clause) => {
      const patients = patientsOf(clause, caller, thing.resourceType)
      if (patients === undefined) return false
      const isTheirs = patients === 'all' || SHARED.includes(thing.resourceType) || isAbout(thing, patients)
      return isTheirs && clause.filter.every(([name, value]) => meets(thing, name, value))
    })
  }

  function isAnswered(caller: Caller, letter: string, type: string): boolean {
    return clausesOf(caller, type, letter).some((clause) => patientsOf(clause, caller, type) !== undefined)
  }

  function meets(thing: Thing, name: string, value: string): boolean {
    return value.split(',').some((one) => meetsOne(thing, name, one))
  }

  function meetsOne(thing: Thing, name: string, value: string): boolean {
    switch (name) {
      case '_id':
        return thing.id === value
      case 'status':
        return thing.status === value
      case 'category':
      case 'code':
        return list(thing[name]).some((concept) =>
          list(concept.coding).some(({ system, code }) => `${system}|${code}` === value || code === value),
        )
      case 'patient':
      case 'performer':
      case 'encounter': {
        const elements = name === 'patient' ? list(thing.subject) : list(thing[name])
        return elements.some((element) => nameOf(element) === value)
      }
      default:
        return typeof thing.effectiveDateTime === 'string' && isDated(thing.effectiveDateTime, value)
    }
  }

  return {
    read(caller, type, id) {
      if (!isAnswered(caller, 'r', type)) return undefined
      return data.some((one) => one.resourceType === type && one.id === id && isAllowed(caller, 'r', one))
    },
    search(caller, type, criteria) {
      if (!isAnswered(caller, 's', type)) return undefined
      let found = data.filter((one) => one.resourceType === type && isAllowed(caller, 's', one))
      for (const [name, value] of criteria) {
        const chain = /^encounter\.(\w+)$/.exec(name)
        const reverse = /^_has:Observation:encounter:(\w+)$/.exec(name)
        const through = chain === null ? 'Observation' : 'Encounter'
        if ((chain !== null || reverse !== null) && !isAnswered(caller, 's', through)) return undefined
        const step = chain?.[1] ?? reverse?.[1] ?? ''
        const met = data.filter(
          (one) => one.resourceType === through && isAllowed(caller, 's', one) && meets(one, step, value),
        )
        found = found.filter((one) => {
          if (chain !== null) return met.some(({ id }) => nameOf(one.encounter) === `Encounter/${id}`)
          if (reverse !== null) return met.some(({ encounter }) => nameOf(encounter) === `${type}/${one.id}`)
          return meets(one, name, value)
        })
      }
      return found.map(({ id }) => id)
    },
  }
}

function clausesOf({ scope, patient, person }: Caller, type: string, letter: string): Clause[] {
  return scope.split(' ').flatMap((text) => {
    const [, context = '', scoped = '', suffix = '', , query] =
      /^(patient|user|system)\/([A-Za-z*]+)\.([a-z*]+)(\?(.*))?$/.exec(text) ?? []
    const filter = (query?.split('&') ?? []).map((pair) => pair.split('=') as [string, string])
    const letters = V1[suffix] ?? suffix
    const isThere = { patient: patient !== undefined, user: person !== undefined, system: !patient && !person }[context]
    const isUsable = isThere === true && filter.every(([name]) => KNOWN.includes(name))
    return isUsable && (scoped === '*' || scoped === type) && letters.includes(letter)
      ? [{ context, type: scoped, letters, filter }]
      : []
  })
}

/** Days of UTC, as a first and a last one. */
function isDated(stored: string, wanted: string): boolean {
  const [, prefix = '', date = ''] = /^(ge|lt|ne|sa)?(.*)$/.exec(wanted) ?? []
  const [from, to] = daysOf(date)
  const [first, last] = daysOf(stored)
  const isWithin = first >= from && last <= to
  if (prefix === 'ge') return last > to || isWithin
  if (prefix === 'lt') return first < from
  if (prefix === 'sa') return first > to
  return prefix === 'ne' ? !isWithin : isWithin
}

function daysOf(date: string): [number, number] {
  const [year = 0, month, day] = date.split('-').map(Number)
  const first = Date.UTC(year, (month ?? 1) - 1, day ?? 1)
  if (day !== undefined) return [first, first]
  const next = month === undefined ? Date.UTC(year + 1, 0) : Date.UTC(year, month)
  return [first, next - 86_400_000]
}

function list(value: unknown): Record<string, unknown>[] {
  return (value === undefined ? [] : [value].flat()) as Record<string, unknown>[]
}
