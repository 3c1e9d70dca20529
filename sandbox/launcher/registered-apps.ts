// The apps that are registered now, as the operator sees them: those that can be launched, and what each one can ask for.

import { z } from 'zod'
import { describeScope } from '../../consent-ui/index.ts'
import type { IssuerApi } from './issuer-api.ts'

const registeredSchema = z.object({
  client_id: z.string(),
  client_name: z.string(),
  enabled: z.boolean(),
  created: z.string(),
  launch_url: z.url().optional(),
  redirect_uris: z.array(z.string()).default([]),
  token_endpoint_auth_method: z.string(),
  scope: z.string().default(''),
  purpose: z.string().optional(),
  maker: z.string().optional(),
  checked_by: z.string().optional(),
  staff_approved: z.boolean().default(false),
})

export type RegisteredApp = z.infer<typeof registeredSchema>

/** An app that can be launched, as its registration describes it. */
export type LaunchableApp = RegisteredApp & { launch_url: string }

export type AppCard = LaunchableApp & { sees: string[]; changes: string[] }

/** Enabled ones, oldest first, the sandbox's own among them. A real EHR has a list of its own; this one asks as the operator. @throws IssuerRefused */
export async function registeredApps(operator: IssuerApi): Promise<RegisteredApp[]> {
  const answer = z.object({ clients: z.array(registeredSchema) })
  const { clients } = await operator.call('__clients', 'GET', '/clients', answer)
  return clients.filter(({ enabled }) => enabled).sort((one, other) => one.created.localeCompare(other.created))
}

/** @throws IssuerRefused when there is none of that id */
export function findApp(operator: IssuerApi, clientId: string): Promise<RegisteredApp> {
  return operator.call('__clients', 'GET', `/clients/${encodeURIComponent(clientId)}`, registeredSchema)
}

export function isLaunchable(app: RegisteredApp): app is LaunchableApp {
  return app.launch_url !== undefined
}

/** What an app can ask for at most, in the words of the consent page. */
export function appCard(app: LaunchableApp): AppCard {
  const described = app.scope.split(' ').map((text) => describeScope(text, { lang: 'en', own: false }))
  const data = described.filter(({ kind }) => kind === 'data')
  const labels = (isChange: boolean) => [
    ...new Set(
      data.filter(({ deeds }) => deeds.some((deed) => (deed === 'see') !== isChange)).map(({ label }) => label),
    ),
  ]
  return { ...app, sees: labels(false), changes: labels(true) }
}
