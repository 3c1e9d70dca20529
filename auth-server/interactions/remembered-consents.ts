// What a person decided on for an app, as one persona, for one patient and one redirect URI: another child, another role
// or another place to go is asked for again (SEED-21).
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
  granted: readonly string[]
  /** What the page said of the app: another name or purpose is another question. */
  app: string
  /** Milliseconds since 1970. */
  at: number
}

export type RememberedConsents = {
  /** Nothing, too, when access of the person or the app was ended since. */
  find(key: ConsentKey): Promise<RememberedConsent | undefined>
  remember(key: ConsentKey, consent: Omit<RememberedConsent, 'at'>): Promise<void>
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
    async forget(sub, clientId) {
      const ofClient = (await store.list('Consent', sub)).filter(({ name }) => JSON.parse(name)[0] === clientId)
      await Promise.all(ofClient.map(({ name }) => store.remove('Consent', { group: sub, name })))
    },
  }
}
