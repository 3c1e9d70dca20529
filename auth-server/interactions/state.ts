// How far one authorization request has come: who signed in, as whom, for which patient. Kept until the person decides.
import { randomToken } from '../random-token.ts'
import { isSameText } from '../same-text.ts'
import type { Identity } from '../sign-in/identity-provider.ts'
import type { RecordStore } from '../storage/record-store.ts'

export type ChosenPatient = { id: string; name: string; birthDate?: string }

export type InteractionState = {
  csrf: string
  identity?: Identity
  /** The browser in which that person signed in: the only one that goes on, whoever else has the request's cookies. */
  holder?: string
  /** Relative reference of the record that the person acts as. */
  persona?: string
  patient?: ChosenPatient
  /** Whether another patient could be picked. */
  isPatientPicked?: boolean
  /** The launch named the clinician: the EHR answers for the patient, not our rule of reach. */
  isVouchedFor?: boolean
  /** Empty: none, chosen as such. */
  encounter?: string
  /** In a frame: the window in which the person signs in. */
  window?: string
  /** A sign-in that came back without an identity ends the request with this. */
  failure?: { error: string; description: string }
}

export type InteractionStates = {
  open(uid: string): Promise<InteractionState>
  save(uid: string, state: InteractionState): Promise<void>
  remove(uid: string): Promise<void>
}

/** As long as the library keeps its own interaction. */
export const INTERACTION_SECONDS = 3600

export function interactionStates(store: RecordStore): InteractionStates {
  const save = (uid: string, state: InteractionState) => store.put('InteractionState', uid, state, INTERACTION_SECONDS)
  return {
    async open(uid) {
      const found = await store.find('InteractionState', uid)
      if (found !== undefined) return found.value as InteractionState
      const state = { csrf: randomToken() }
      await save(uid, state)
      return state
    },
    save,
    remove: (uid) => store.remove('InteractionState', uid),
  }
}

/** Whether a posted form is one that we gave to this interaction. */
export function isFormOf(state: InteractionState, form: URLSearchParams): boolean {
  return isSameText(form.get('csrf') ?? '', state.csrf)
}
