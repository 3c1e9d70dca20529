// A scenario: everything that decides how a launch of the sandbox goes, as data. It is kept as a file, passed on as a link, and run
// with or without a browser.

import { z } from 'zod'
import { FAULT_NAMES } from './faults.ts'

const fhirId = z.string().regex(/^[A-Za-z0-9.-]{1,64}$/, 'is no FHIR id')
const reference = z.string().regex(/^[A-Z][A-Za-z]+\/[A-Za-z0-9.-]{1,64}$/, 'is no relative reference')
const scopeText = z
  .string()
  .trim()
  .min(1)
  .max(8_000)
  .transform((text) => text.replace(/\s+/g, ' '))

const common = {
  name: z.string().trim().min(1, 'is missing').max(80, 'is longer than 80 characters'),
  /** One or two sentences for whoever opens it. */
  about: z.string().trim().max(300, 'is longer than 300 characters').optional(),
  /** `client_id` of a registered app. */
  app: z.string().min(1).max(200),
  scope: scopeText,
  fault: z.enum(FAULT_NAMES).optional(),
  /** How late `-slow` faults are. */
  faultSeconds: z.int().min(1, 'is 1 to 30').max(30, 'is 1 to 30').optional(),
  /** Paths below the FHIR base that the app reads once it is connected. */
  requests: z.array(z.string().min(1).max(2_000)).max(20).optional(),
}

const person = {
  /** Who signs in: the user name before the `@`. */
  signIn: z.string().min(1).max(100),
  /** As whom, where the person may choose, such as `RelatedPerson/maria-for-mateo`. */
  persona: reference.optional(),
  /** Scopes that the person turns off. */
  unticks: z.array(z.string().max(500)).max(100).optional(),
  /** The person presses Don't share. */
  declines: z.boolean().optional(),
  /** The person lets the app in while away, where it asks for that. */
  keepsAccess: z.boolean().optional(),
  /** The person is asked as somebody who has decided before; else what they granted to the app is ended first. */
  again: z.boolean().optional(),
}

/** SMART's own members keep SMART's names. */
const launchContext = {
  patient: fhirId.optional(),
  encounter: fhirId.optional(),
  intent: z.string().trim().max(200).optional(),
  need_patient_banner: z.boolean().optional(),
  /** Further references, as the launch API takes them. */
  fhirContext: z.array(z.looseObject({})).max(20).optional(),
  /** The app is told of the EHR's own colours (`smart_style_url`). */
  style: z.boolean().optional(),
  tenant: z.string().max(200).optional(),
  /** The EHR does not say who sits there. */
  anybody: z.boolean().optional(),
}

export const scenarioSchema = z
  .discriminatedUnion('launch', [
    z.strictObject({ ...common, launch: z.literal('ehr'), ...person, ...launchContext }),
    /** `patient` and `encounter`: whom and which visit the person picks, where asked. */
    z.strictObject({
      ...common,
      launch: z.literal('standalone'),
      ...person,
      patient: fhirId.optional(),
      encounter: fhirId.optional(),
    }),
    z.strictObject({ ...common, launch: z.literal('backend') }),
  ])
  .refine(({ launch, fault = '' }) => launch === 'ehr' || !/^(launch|chart)-/.test(fault), {
    path: ['fault'],
    message: 'is a fault of launches by an EHR',
  })
  .refine(({ launch, fault = '' }) => launch === 'backend' || !fault.startsWith('assertion-'), {
    path: ['fault'],
    message: 'is a fault of backend services',
  })

export type Scenario = z.infer<typeof scenarioSchema>
export type EhrScenario = Extract<Scenario, { launch: 'ehr' }>
export type BackendScenario = Extract<Scenario, { launch: 'backend' }>
/** One in which a person signs in. */
export type PersonScenario = Exclude<Scenario, BackendScenario>

/** What was given is none; the message names each fault, one a line. */
export class NoScenario extends Error {}

/** @throws NoScenario */
export function parseScenario(value: unknown): Scenario {
  const parsed = scenarioSchema.safeParse(value)
  if (parsed.success) return parsed.data
  throw new NoScenario(parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${wordsFor(issue)}`).join('\n'))
}

function wordsFor({ code, message, path, ...issue }: z.core.$ZodIssue): string {
  if (code === 'unrecognized_keys' && 'keys' in issue) return `${issue.keys.join(', ')} is unknown here`
  if (code === 'invalid_type') return message.endsWith('received undefined') ? 'is missing' : 'is of the wrong kind'
  return message.startsWith('Invalid') ? 'is none of those that are possible' : message
}

/** Name of the parameter that carries a whole scenario. */
export const SCENARIO_PARAMETER = 'scenario'

/** For an address: nothing but letters, digits, `-` and `_`. */
export function scenarioText(scenario: Scenario): string {
  return Buffer.from(JSON.stringify(scenario)).toString('base64url')
}

/** @throws NoScenario */
export function readScenarioText(text: string): Scenario {
  try {
    return parseScenario(JSON.parse(Buffer.from(text, 'base64url').toString()))
  } catch (error) {
    throw error instanceof NoScenario ? error : new NoScenario('the address holds no scenario, or not the whole of it')
  }
}
