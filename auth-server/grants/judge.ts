// Judges a grant again at every refresh: who left, whose link ended or whose patient is out of reach gets no new token,
// and what is left of the old ones ends at the proxies (REF-09).
import type { PersonReader } from '../fhir/person-reader.ts'
import type { Personas } from '../identity/personas.ts'
import type { Sessions } from '../identity/sessions.ts'
import type { Launches } from '../launch/launches.ts'
import type { Endings } from './endings.ts'
import type { GrantRecord } from './grants.ts'

export type Fault = 'ended' | 'persona-gone' | 'record-inactive' | 'patient-out-of-reach' | 'session-over'

export type Judge = {
  /** For a code, minutes after the person's own decision: what can have been ended since. */
  quickly(grant: GrantRecord): Promise<Fault | undefined>
  /** For a refresh. Rejects when the records cannot be read: nothing is decided then. */
  fully(grant: GrantRecord): Promise<Fault | undefined>
}

export function grantJudge(parts: {
  endings: Endings
  personas: Personas
  sessions: Sessions
  launches: Pick<Launches, 'find'>
  readerFor(persona: string): PersonReader
}): Judge {
  const { endings, personas, sessions, launches, readerFor } = parts

  async function quickly({ sub, clientId, since, session, persona }: GrantRecord): Promise<Fault | undefined> {
    const at = Date.parse(since)
    const [isEnded, isSignedIn, holds] = await Promise.all([
      endings.isEnded({ clientId, sub, at }),
      session === undefined || sessions.isLive(session),
      personas.stillHolds(sub, persona),
    ])
    if (isEnded) return 'ended'
    if (!holds) return 'persona-gone'
    return isSignedIn ? undefined : 'session-over'
  }

  /** An EHR answers for the patient while it has the chart open; one that it forgot is no answer (EHR-05). */
  async function isVouched({ isVouchedFor, launch }: GrantRecord): Promise<boolean> {
    return isVouchedFor === true && launch !== undefined && (await launches.find(launch))?.closed === false
  }

  async function ofRecords(grant: GrantRecord): Promise<Fault | undefined> {
    const { persona, context } = grant
    const reader = readerFor(persona.record)
    const [type = '', id = ''] = persona.record.split('/')
    const { patient } = context
    const isOwn = persona.record === `Patient/${patient}`
    const needsReach = patient !== undefined && !isOwn && !(await isVouched(grant))
    const [record, reached] = await Promise.all([
      reader.read(type, id),
      needsReach ? reader.read('Patient', patient) : undefined,
    ])
    if (record === undefined || record.active === false) return 'record-inactive'
    return needsReach && reached === undefined ? 'patient-out-of-reach' : undefined
  }

  return { quickly, fully: async (grant) => (await quickly(grant)) ?? ofRecords(grant) }
}
