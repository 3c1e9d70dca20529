// What a sign-in is for: an app's request, or the person's own page of apps.

/** Kept here while the person is away, never taken from an address. */
export type Continuation =
  | {
      purpose: 'interaction'
      uid: string
      /** The app's name, for pages on the way. */
      app: string
    }
  | { purpose: 'apps' }
