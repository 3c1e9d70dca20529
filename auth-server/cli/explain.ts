// `explain`: what a request to the FHIR base would be decided, and why. Needs no server: the rules are the same everywhere.
import { type ExplainRequest, type Explanation, explain } from '../../smart/plan/explain.ts'
import { type Command, textOf, UsageError } from './command.ts'

const BASES = ['https://fhir.example']
const PANEL_LIMIT = 500

export const explainCommand: Command = {
  name: 'explain',
  usage: 'METHOD URL --scope "SCOPES" [--patient ID] [--person TYPE/ID] [--reach ID,ID|all]',
  about: 'why a request to the FHIR base is allowed or refused; URL is what follows the base',
  words: 2,
  options: {
    scope: { type: 'string' },
    patient: { type: 'string' },
    person: { type: 'string' },
    reach: { type: 'string' },
  },
  async run({ words: [method = '', url = ''], options }) {
    const scope = textOf(options, 'scope')
    if (scope === undefined) throw new UsageError('--scope is needed')
    const [patient, person, reach] = [textOf(options, 'patient'), textOf(options, 'person'), textOf(options, 'reach')]
    const request: ExplainRequest = {
      method,
      url,
      scope,
      ...(patient === undefined ? {} : { patient }),
      ...(person === undefined ? {} : { person }),
      ...(reach === undefined ? {} : { reach: reachOf(reach) }),
    }
    const value = explain(request, { panelLimit: PANEL_LIMIT, bases: BASES })
    return { value, lines: linesOf(value) }
  },
}

function reachOf(text: string): NonNullable<ExplainRequest['reach']> {
  return text === 'all' ? { kind: 'all' } : { kind: 'patients', ids: new Set(text.split(',')) }
}

function linesOf({ decision, interaction, clauses, reason, message, upstream, before = [], guard = [] }: Explanation) {
  return [
    `${decision}${interaction === undefined ? '' : `: ${interaction}`}`,
    ...(message === undefined ? [] : [`  ${message}${reason === undefined ? '' : ` (${reason})`}`]),
    ...clauses.map((clause) => `  scope     ${clause}`),
    ...before.map((one) => `  first     ${one}`),
    ...(upstream === undefined ? [] : [`  upstream  ${upstream}`]),
    ...guard.map((one) => `  must be   ${one}`),
  ]
}
