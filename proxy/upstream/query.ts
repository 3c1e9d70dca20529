// Search parameters as they go into a URL or a form.

import type { Parameter } from '../../smart/fhir/interaction.ts'

export function encodeQuery(query: readonly Parameter[]): string {
  return query.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`).join('&')
}
