// Records that are written are shown to a validator first, for the profiles that an operator asks of their type (SEED-58).
// Entries of batches and transactions come one by one, like any other write.

import { resolve } from 'node:path'
import type { Interaction } from '../../../smart/fhir/interaction.ts'
import { type Issue, issuesIn, outcomeWith } from '../../answers/outcome-issues.ts'
import { defineProcessor, type Services } from '../processor.ts'
import { type Policy, policyOf, policySchema } from './profile-policy.ts'

type Settings = {
  url: string
  policy?: Policy | undefined
  policyFile?: string | undefined
  timeoutSeconds: number
  whenUnreachable: Choice
  patches: Choice
}
type Choice = 'refuse' | 'let-through'

/** Whether or not the record keeps to a profile, validators differ in the status. */
const STATUSES: ReadonlySet<number> = new Set([200, 400, 412, 422])

export default defineProcessor<Settings>({
  name: 'profile-validation',
  kind: 'convenience',
  timeLimitSeconds: 130,
  settings: (z) =>
    z
      .strictObject({
        url: z.string().regex(/^https?:\/\/[^\s]+$/, 'must be an http or https URL'),
        policy: policySchema.optional(),
        policyFile: z.string().min(1).optional(),
        timeoutSeconds: z.number().positive().max(120).default(30),
        whenUnreachable: z.enum(['refuse', 'let-through']).default('refuse'),
        patches: z.enum(['refuse', 'let-through']).default('refuse'),
      })
      .refine(({ policy, policyFile }) => (policy === undefined) !== (policyFile === undefined), {
        path: ['policy'],
        message: 'either policy or policyFile is needed',
      }),
  async create({ policy, policyFile, url, ...choices }, { folder, log }) {
    const findPolicy =
      policyFile === undefined
        ? async (): Promise<Policy> => policy ?? new Map()
        : await policyOf(resolve(folder, policyFile), log)
    return {
      async before({ interaction, body }, services) {
        const written = writeOf(interaction)
        const profiles = written === undefined ? undefined : (await findPolicy()).get(written.type)
        if (written === undefined || profiles === undefined) return { kind: 'go-on' }
        if (written.isPatch)
          return choices.patches === 'let-through'
            ? { kind: 'go-on' }
            : services.refuse(
                403,
                'not-supported',
                `A ${written.type} is replaced as a whole here, so that it can be checked.`,
              )
        if (body === undefined) return services.refuse(422, 'invalid', 'What has no body of JSON cannot be checked.')
        const at = url.replaceAll('{type}', written.type)
        const found = await Promise.all(
          profiles.map((profile) => validate({ at, profile, body, timeoutSeconds: choices.timeoutSeconds }, services)),
        )
        if (found.includes(undefined)) {
          services.log('error', 'validator-unreachable')
          return choices.whenUnreachable === 'let-through'
            ? { kind: 'go-on' }
            : services.refuse(503, 'transient', 'Records cannot be checked just now.')
        }
        const broken = found.flatMap((issues) => (issues?.some(isFault) ? issues : []))
        return broken.length === 0 ? { kind: 'go-on' } : { kind: 'stop', status: 422, body: outcomeWith(broken) }
      },
    }
  },
})

function isFault({ severity }: Issue): boolean {
  return severity === 'error' || severity === 'fatal'
}

/** Undefined: not one that gives a record its content. */
function writeOf(interaction: Readonly<Interaction>): { type: string; isPatch: boolean } | undefined {
  const { kind } = interaction
  if (kind === 'create' || kind === 'update') return { type: interaction.type, isPatch: false }
  if (kind === 'patch') return { type: interaction.type, isPatch: true }
  if (kind !== 'conditional' || interaction.method === 'delete') return undefined
  return { type: interaction.type, isPatch: interaction.method === 'patch' }
}

/** @returns what the validator remarks; undefined when it did not come to an answer */
async function validate(
  { at, profile, body, timeoutSeconds }: { at: string; profile: string; body: string; timeoutSeconds: number },
  { fetch }: Services,
): Promise<Issue[] | undefined> {
  const asked = `${at}${at.includes('?') ? '&' : '?'}profile=${encodeURIComponent(profile)}`
  try {
    const answer = await fetch(asked, {
      method: 'POST',
      headers: { 'Content-Type': 'application/fhir+json', Accept: 'application/fhir+json' },
      body,
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutSeconds * 1_000),
    })
    return STATUSES.has(answer.status) ? issuesIn(await answer.json()) : undefined
  } catch {
    return undefined
  }
}
