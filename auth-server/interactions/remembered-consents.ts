// What a person decided on for an app, as one persona, for one patient and one redirect URI: another child, another role
// or another place to go is asked for again (SEED-21).
import type { Ending } from '../../smart/access/consent-terms.ts'
import { limitedFrom } from '../../smart/access/look-back.ts'
import type { Endings } from '../grants/endings.ts'
import type { RecordStore } from '../storage/record-store.ts'

export type ConsentKey = {
  sub: string
  clientId: string
  persona: string
  patient: string | undefined
  redirectUri: string
}

export type RememberedConsent = {
  /** All that could be granted then, in the app's spelling. */
  asked: readonly string[]
  /** Without its limit in time. */
  granted: readonly string[]
  /** First day of what may be seen of dated records. */
  from?: string
  ending?: Ending
  /** Last day of access, where one was chosen. */
  lastDay?: string
  /** What the page said of the app: another name or purpose is another question. */
  app: string
  /** Milliseconds since 1970. */
  at: number
}

export type RememberedConsents = {
  /** Nothing, too, when access of the person or the app was ended since. */
  find(key: ConsentKey): Promise<RememberedConsent | undefined>
  remember(key: ConsentKey, consent: Omit<RememberedConsent, 'at'>): Promise<void>
  /** What a person takes out of an app's access is not given back without a question. */
  narrow(key: Omit<ConsentKey, 'redirectUri'>, lose: (scopes: readonly string[]) => readonly string[]): Promise<void>
  /** Whoever takes access back is asked again. */
  forget(sub: string, clientId: string): Promise<void>
}

/** People forget what they allowed: once a year they are asked again. */
const LIFETIME_SECONDS = 365 * 24 * 3600

export function rememberedConsents(store: RecordStore, endings: Endings, now: () => number): RememberedConsents {
  const recordKey = ({ sub, clientId, persona, patient, redirectUri }: ConsentKey) => ({
    group: sub,
    name: JSON.stringify([clientId, persona, patient ?? null, redirectUri]),
  })
  return {
    async find(key) {
      const found = (await store.find('Consent', recordKey(key)))?.value as RememberedConsent | undefined
      if (found === undefined) return undefined
      const { clientId, sub } = key
      return (await endings.isEnded({ clientId, sub, at: found.at })) ? undefined : found
    },
    remember: (key, consent) => store.put('Consent', recordKey(key), { ...consent, at: now() }, LIFETIME_SECONDS),
    async narrow({ sub, clientId, persona, patient }, lose) {
      const held = (await store.list('Consent', sub)).filter(({ name }) => {
        const [ofClient, ofPersona, ofPatient] = JSON.parse(name) as unknown[]
        return ofClient === clientId && ofPersona === persona && ofPatient === (patient ?? null)
      })
      for (const { name, value, version } of held) {
        const consent = value as RememberedConsent
        const narrower = { ...consent, granted: lose(consent.granted) }
        // What cannot be taken out here, or was decided again at this very moment, is asked again the next time.
        const isTaken = isWithoutLimitToo(consent, narrower, lose)
        if (!isTaken || !(await store.replace('Consent', { group: sub, name }, version, narrower)))
          await store.remove('Consent', { group: sub, name })
      }
    },
    async forget(sub, clientId) {
      const ofClient = (await store.list('Consent', sub)).filter(({ name }) => JSON.parse(name)[0] === clientId)
      await Promise.all(ofClient.map(({ name }) => store.remove('Consent', { group: sub, name })))
    },
  }
}

/** What is taken out is named as granted, with a limit in time; what is remembered has none. */
function isWithoutLimitToo(
  { granted, from }: RememberedConsent,
  narrower: RememberedConsent,
  lose: (scopes: readonly string[]) => readonly string[],
): boolean {
  if (from === undefined) return true
  const left = new Set(lose(limitedFrom(granted, from)))
  return limitedFrom(narrower.granted, from).every((scope) => left.has(scope))
}
