// Where the answer of a request goes, as people read it and as a content security policy names it.

/** The web origin of a redirect URI; the scheme alone of an app's own one. */
export function redirectTarget(redirectUri: string): string {
  const { origin, protocol } = new URL(redirectUri)
  return origin === 'null' ? protocol : origin
}
