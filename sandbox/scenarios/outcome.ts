// How a run went, in lines for people.

import type { Outcome } from './run-scenario.ts'
import { type DataAnswer, isRefused } from './scenario-app.ts'

export function describeOutcome(outcome: Outcome): string[] {
  switch (outcome.kind) {
    case 'stopped':
      return [`The person was left on a page (${outcome.status}: ${outcome.heading}). The app was told nothing.`]
    case 'refused':
      return [`The app was not let in (${outcome.step}): ${outcome.error}. ${outcome.description}`.trim()]
    case 'connected': {
      const { token, answers, afterwards } = outcome
      const refreshed = afterwards?.refreshed
      return [
        `The app was let in. Granted: ${token.scope}`,
        ...answers.map(line),
        ...(afterwards === undefined ? [] : ['Afterwards:']),
        ...(refreshed === undefined ? [] : [`  refresh: ${isRefused(refreshed) ? refreshed.error : 'a new token'}`]),
        ...(afterwards?.answers ?? []).map(line),
      ]
    }
  }
}

function line({ path, status }: DataAnswer): string {
  return `  ${status}  ${path}`
}
