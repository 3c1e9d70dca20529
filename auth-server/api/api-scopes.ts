// Scopes of our own APIs; a token for them has the issuer as its only audience (INT-03).

export const API_SCOPES = [
  '__launch',
  '__introspect',
  '__clients',
  '__links',
  '__grants',
  '__explain',
  '__reports',
] as const

export type ApiScope = (typeof API_SCOPES)[number]

export function isApiScope(scope: string): boolean {
  return (API_SCOPES as readonly string[]).includes(scope)
}
