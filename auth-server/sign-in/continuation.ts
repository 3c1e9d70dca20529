// What a sign-in is for: an app's request, or a page of the person's own.
import type { SignInWishes } from './identity-provider.ts'

/** Kept here while the person is away, never taken from an address. */
export type Continuation =
  | {
      purpose: 'interaction'
      uid: string
      /** The app's name, for pages on the way. */
      app: string
      wishes: SignInWishes
    }
  | {
      /** A window beside a frame that shows an app's request. */
      purpose: 'own-window'
      id: string
      app: string
      wishes: SignInWishes
    }
  | {
      purpose: 'own-page'
      /** Path and query of ours. */
      at: string
    }
