// A scenario as a form's fields, and back.

import { NoScenario, parseScenario, type Scenario, scenarioSchema } from '../scenarios/scenario.ts'

/** What stands in each field. */
export type FormValues = Readonly<Record<string, string>>

/** By field: what is wrong with it. */
export type FormFaults = Readonly<Record<string, string>>

const LISTS = ['requests', 'unticks'] as const
const SWITCHES = ['style', 'anybody', 'declines', 'keepsAccess', 'again', 'need_patient_banner'] as const

/** What a new scenario begins with. */
export const BLANK: FormValues = {
  launch: 'standalone',
  app: 'sample-app',
  scope: 'openid fhirUser launch/patient patient/Patient.rs patient/Observation.rs',
  signIn: 'ana.ruiz',
}

export function valuesOf(scenario: Scenario): FormValues {
  return Object.fromEntries(
    Object.entries(scenario).map(([name, value]) => [
      name,
      isList(name) ? (value as string[]).join('\n') : textOf(value),
    ]),
  )
}

function textOf(value: unknown): string {
  return typeof value === 'object' ? JSON.stringify(value, null, 2) : String(value)
}

export function valuesOfForm(form: URLSearchParams): FormValues {
  return Object.fromEntries(form)
}

/** Fields that the kind of launch does not have are left out. */
export function readScenarioForm(values: FormValues): { scenario: Scenario } | { faults: FormFaults } {
  const members = scenarioSchema.options.find(({ shape }) => shape.launch.value === values.launch)?.shape ?? {}
  const faults: Record<string, string> = {}
  const given = Object.entries(values)
    .filter(([name, text]) => name in members && text.trim() !== '')
    .map(([name, text]) => [name, fieldValue(name, text, faults)])
  try {
    const scenario = parseScenario(Object.fromEntries(given))
    return Object.keys(faults).length > 0 ? { faults } : { scenario }
  } catch (error) {
    if (!(error instanceof NoScenario)) throw error
    for (const line of error.message.split('\n')) {
      const [path = '', ...words] = line.split(': ')
      faults[path.split('.')[0] ?? ''] ??= words.join(': ')
    }
    return { faults }
  }
}

function fieldValue(name: string, text: string, faults: Record<string, string>): unknown {
  if (isList(name)) return text.split('\n').flatMap((line) => (line.trim() === '' ? [] : [line.trim()]))
  if (name === 'faultSeconds') return Number(text)
  if (SWITCHES.some((one) => one === name)) return text === 'true'
  if (name !== 'fhirContext') return text
  try {
    return JSON.parse(text)
  } catch {
    faults.fhirContext = 'is no JSON'
    return undefined
  }
}

function isList(name: string): boolean {
  return LISTS.some((one) => one === name)
}
