// Starts the front door. Settings: HOST, PORT, PUBLIC_URL, AUTH_SERVER_URL, PROXY_URL, ENTRA_URL, RUNS_KEY, SANDBOX_GATEWAY,
// MAINTENANCE.

import { z } from 'zod'
import { listen, refuseToStart } from '../listen.ts'
import { frontDoor } from './front-door.ts'
import { openGateway } from './policies/gateway.ts'

const NAME = 'front-door'

const settings = z
  .object({
    HOST: z.string().default('127.0.0.2'),
    PORT: z.coerce.number().int().min(1).max(65_535).default(4000),
    PUBLIC_URL: z.url().optional(),
    AUTH_SERVER_URL: z.url().default('http://127.0.0.1:4001'),
    PROXY_URL: z.url().default('http://127.0.0.1:4002'),
    ENTRA_URL: z.url().default('http://localhost:4004'),
    RUNS_KEY: z.string().min(32),
    SANDBOX_GATEWAY: z.enum(['true', 'false']).default('false'),
    MAINTENANCE: z.enum(['true', 'false']).default('false'),
  })
  .safeParse(process.env)
if (!settings.success) {
  refuseToStart(
    NAME,
    settings.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`),
  )
}

const { HOST, PORT, PUBLIC_URL = `http://${HOST}:${PORT}` } = settings.data
const { AUTH_SERVER_URL, PROXY_URL, ENTRA_URL, RUNS_KEY } = settings.data
const { SANDBOX_GATEWAY, MAINTENANCE } = settings.data

/** The values that a deployment gives the policies (infra/modules/api-management.bicep). */
function gateway() {
  try {
    return openGateway({
      maintenance: MAINTENANCE,
      'validate-tokens': 'true',
      issuer: PUBLIC_URL,
      'fhir-base': `${PUBLIC_URL}/fhir`,
      'auth-server-url': AUTH_SERVER_URL,
      'proxy-url': PROXY_URL,
    })
  } catch (error) {
    return refuseToStart(NAME, [(error as Error).message])
  }
}

const server = frontDoor({
  publicUrl: PUBLIC_URL,
  authServerUrl: AUTH_SERVER_URL,
  proxyUrl: PROXY_URL,
  entraUrl: ENTRA_URL,
  runsKey: RUNS_KEY,
  ...(SANDBOX_GATEWAY === 'true' ? { gateway: gateway() } : {}),
})
listen(server, NAME, HOST, PORT)
