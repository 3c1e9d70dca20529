// Starts the front door. Settings: HOST, PORT, PUBLIC_URL, AUTH_SERVER_URL, PROXY_URL, ENTRA_URL, RUNS_KEY.

import { z } from 'zod'
import { listen, refuseToStart } from '../listen.ts'
import { frontDoor } from './front-door.ts'

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
const server = frontDoor({
  publicUrl: PUBLIC_URL,
  authServerUrl: AUTH_SERVER_URL,
  proxyUrl: PROXY_URL,
  entraUrl: ENTRA_URL,
  runsKey: RUNS_KEY,
})
listen(server, NAME, HOST, PORT)
