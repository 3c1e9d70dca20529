// How far one authorization request has come: who signed in, as whom, for which patient. Kept until the person decides.
import type Provider from 'oidc-provider'
import type { Draft, Shared } from '../../consent-ui/index.ts'
import { isSameText } from '../same-text.ts'
import type { Identity } from '../sign-in/identity-provider.ts'

/** Without a name: the EHR's open chart, which the clinician's own rights do not reach. */
export type ChosenPatient = { id: string; name?: string; birthDate?: string }

export type InteractionState = {
  csrf: string
  identity?: Identity
  /** Somebody else is to sign in than the one who did. */
  asOther?: true
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
  /** The day of the first page, as in `2026-11-21`: what pages say is counted from it. */
  today?: string
  /** What was answered so far of what to share. */
  draft?: Draft
  /** Decided, and waiting for the person to go back to the app. */
  shared?: Omit<Shared, 'onward'> & { asked: readonly string[] }
  /** In a frame: the window in which the person signs in. */
  window?: string
  /** A sign-in that came back without an identity ends the request with this. */
  failure?: { error: string; description: string }
}

/** The library's own record of the request. */
export type Interaction = Awaited<ReturnType<Provider['interactionDetails']>>

export type InteractionStates = {
  of(interaction: Interaction): InteractionState
  save(interaction: Interaction, state: InteractionState): Promise<void>
  /** For the way back from the identity provider, which does not see the request's cookies. Nothing when it is over. */
  saveFor(uid: string, state: InteractionState): Promise<void>
}

/** As long as the library keeps its own record. */
export const INTERACTION_SECONDS = 3600

/** Kept in the library's record of the request, in a member that it leaves to the pages: one row, read and written once. */
export function interactionStates(provider: Provider): InteractionStates {
  const save = async (interaction: Interaction, state: InteractionState): Promise<void> => {
    interaction.lastSubmission = { state }
    await interaction.persist()
  }
  return {
    of: ({ lastSubmission }) => (lastSubmission as { state?: InteractionState } | undefined)?.state ?? NEW,
    save,
    async saveFor(uid, state) {
      const interaction = await provider.Interaction.find(uid)
      if (interaction !== undefined) await save(interaction, state)
    },
  }
}

/** No form has been given out yet: none matches. */
const NEW: InteractionState = Object.freeze({ csrf: '' })

/** Whether a posted form is one that we gave to this interaction. */
export function isFormOf(state: InteractionState, form: URLSearchParams): boolean {
  return state.csrf !== '' && isSameText(form.get('csrf') ?? '', state.csrf)
}
